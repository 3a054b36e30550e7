//! What a backend says to a batch: `ExportXxxServiceResponse`, the same shape for each signal, and when to come again.

use std::time::Duration;

use agent_component::Accepted;
use agent_net::wire::{Value, fields};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body;
use serde::Deserialize;

/// As much of an answer is read; the most that gRPC clients take unless told otherwise.
pub(crate) const READ_AT_MOST: usize = 4 << 20;
/// A wish to wait longer is taken for a mistake: following it would stop the exporter for good.
const LONGEST_WAIT: Duration = Duration::from_hours(24);
/// As much of the backend's words is kept; they end in logs and in answers to clients.
const MOST_WORDS: usize = 2048;

/// A body up to `limit` bytes, and the trailers if it ended within.
///
/// What is beyond the limit is not read.
pub(crate) async fn read_at_most<B>(body: B, limit: usize) -> Result<(Bytes, Option<HeaderMap>), B::Error>
where
    B: Body<Data = Bytes>,
{
    use http_body_util::BodyExt as _;
    let mut body = std::pin::pin!(body);
    let mut whole = Bytes::new();
    let mut joined: Option<BytesMut> = None;
    let mut trailers = None;
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) => {
                let held = joined.as_ref().map_or(whole.len(), BytesMut::len);
                let data = data.slice(..data.len().min(limit - held.min(limit)));
                match &mut joined {
                    Some(joined) => joined.extend_from_slice(&data),
                    None if whole.is_empty() => whole = data,
                    None => joined = Some(whole.iter().chain(data.iter()).collect()),
                }
                if held + 1 > limit {
                    break;
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    Ok((joined.map_or(whole, BytesMut::freeze), trailers))
}

/// Reads the partial success of a protobuf response; `None` when there is none or the bytes are no response.
pub(crate) fn partial_from_protobuf(response: &[u8]) -> Option<Accepted> {
    let mut partial = None;
    for field in fields(response) {
        if let (1, Value::Bytes(message)) = field.ok()? {
            partial = Some(message);
        }
    }
    let mut accepted = Accepted::default();
    for field in fields(partial?) {
        match field.ok()? {
            // Negative makes no sense and reads as a very large number: taken for none.
            (1, Value::Varint(count)) => accepted.rejected = if count > i64::MAX as u64 { 0 } else { count },
            (2, Value::Bytes(text)) => accepted.message = words(&String::from_utf8_lossy(text)),
            _ => {}
        }
    }
    Some(accepted)
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Response {
    partial_success: Option<Partial>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Partial {
    rejected_spans: Count,
    rejected_data_points: Count,
    rejected_log_records: Count,
    error_message: String,
}

/// A 64-bit number of protobuf's JSON mapping: text, or a number.
#[derive(Default)]
struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        Ok(Self(number.unwrap_or(0)))
    }
}

/// Reads the partial success of a JSON response; `None` when there is none or the text is no response.
pub(crate) fn partial_from_json(response: &[u8]) -> Option<Accepted> {
    let partial = serde_json::from_slice::<Response>(response).ok()?.partial_success?;
    let counts = [partial.rejected_spans, partial.rejected_data_points, partial.rejected_log_records];
    let rejected = counts.iter().map(|count| count.0).max().unwrap_or(0);
    Some(Accepted { rejected, message: words(&partial.error_message) })
}

/// What the backend says, cut where it says too much.
pub(crate) fn words(text: &str) -> String {
    if text.len() <= MOST_WORDS {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(MOST_WORDS);
    format!("{}...", text.get(..end).unwrap_or_default())
}

/// How long the backend wishes to be left alone, if that can be meant.
pub(crate) fn wait(told: Option<Duration>) -> Option<Duration> {
    told.filter(|wait| *wait <= LONGEST_WAIT)
}

/// `Retry-After`: whole seconds, or a date, which counts from `now`; a date gone by is no wait.
pub(crate) fn retry_after(headers: &HeaderMap, now: std::time::SystemTime) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return wait(Some(Duration::from_secs(seconds)));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    wait(Some(date.duration_since(now).unwrap_or_default()))
}
