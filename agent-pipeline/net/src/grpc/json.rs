//! The JSON form of `google.rpc.Status`, as protobuf's JSON mapping writes it.
//!
//! Only what OTLP/HTTP needs: code, message, and the delay of a `RetryInfo`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Detail, RETRY_INFO_TYPE, Status};

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Form {
    #[serde(skip_serializing_if = "is_zero")]
    code: u32,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<FormDetail>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct FormDetail {
    #[serde(rename = "@type")]
    type_url: String,
    #[serde(rename = "retryDelay", skip_serializing_if = "Option::is_none")]
    retry_delay: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(code: &u32) -> bool {
    *code == 0
}

pub(super) fn write(status: &Status) -> Vec<u8> {
    let delays = status.details.iter().filter_map(Detail::retry_delay);
    let details = delays.map(|delay| FormDetail {
        type_url: RETRY_INFO_TYPE.to_owned(),
        retry_delay: Some(format_seconds(delay)),
    });
    let form = Form { code: status.code, message: status.message.clone(), details: details.collect() };
    // Strings and numbers always have a JSON form.
    serde_json::to_vec(&form).unwrap_or_default()
}

pub(super) fn read(text: &[u8]) -> Option<Status> {
    let form: Form = serde_json::from_slice(text).ok()?;
    let delays = form.details.into_iter().filter(|detail| detail.type_url == RETRY_INFO_TYPE);
    let details = delays.filter_map(|detail| detail.retry_delay.as_deref().and_then(parse_seconds));
    Some(Status {
        code: form.code,
        message: form.message,
        details: details.map(Detail::retry_info).collect(),
    })
}

/// `1.5s`, `30s`: a duration in protobuf's JSON mapping.
fn format_seconds(delay: Duration) -> String {
    let (whole, nanos) = (delay.as_secs(), delay.subsec_nanos());
    if nanos == 0 {
        return format!("{whole}s");
    }
    let digits = format!("{nanos:09}");
    format!("{whole}.{}s", digits.trim_end_matches('0'))
}

fn parse_seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
