//! The delay that a gRPC failure asks for: `google.rpc.RetryInfo` in `grpc-status-details-bin`.
//!
//! Decoded with types of our own, not with the agent's, which wrote it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use prost::Message;

const TYPE: &str = "type.googleapis.com/google.rpc.RetryInfo";

#[derive(Message)]
struct Status {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

#[derive(Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// The delay in these details, the text of the trailer; `None` where there is none to be had.
pub(super) fn delay(details: &str) -> Option<Duration> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(details).ok()?;
    let status = Status::decode(bytes.as_slice()).ok()?;
    let info = status.details.into_iter().find(|detail| detail.type_url == TYPE)?;
    let delay = RetryInfo::decode(info.value.as_slice()).ok()?.retry_delay?;
    Some(Duration::new(u64::try_from(delay.seconds).ok()?, u32::try_from(delay.nanos).ok()?))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The trailer of a failure that asks for so much.
    pub(in crate::load) fn details(seconds: i64) -> String {
        let info = RetryInfo { retry_delay: Some(Delay { seconds, nanos: 0 }) };
        let detail = Any { type_url: TYPE.to_owned(), value: info.encode_to_vec() };
        let status = Status { details: vec![detail] }.encode_to_vec();
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(status)
    }

    #[test]
    fn a_delay_is_read_and_nonsense_is_none() {
        assert_eq!(delay(&details(3)), Some(Duration::from_secs(3)));
        assert_eq!(delay(&details(-3)), None);
        assert_eq!((delay("AA"), delay("!"), delay("")), (None, None, None));
    }
}
