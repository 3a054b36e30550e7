//! What a status may carry beside code and message: any messages, of which `google.rpc.RetryInfo` is understood.

use std::time::Duration;

use bytes::Bytes;

use crate::wire::{Value, fields, put_bytes, put_varint};

/// The type URL of `google.rpc.RetryInfo`.
pub const RETRY_INFO_TYPE: &str = "type.googleapis.com/google.rpc.RetryInfo";
const NANOS_A_SECOND: u64 = 1_000_000_000;

/// A message of any type (`google.protobuf.Any`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Which message it is.
    pub type_url: String,
    /// The message itself.
    pub value: Bytes,
}

impl Detail {
    /// A `google.rpc.RetryInfo`: the client should wait this long before it tries again.
    pub fn retry_info(delay: Duration) -> Self {
        let mut duration = Vec::new();
        put_varint(&mut duration, 1, delay.as_secs());
        put_varint(&mut duration, 2, u64::from(delay.subsec_nanos()));
        let mut value = Vec::new();
        put_bytes(&mut value, 1, &duration);
        Self { type_url: RETRY_INFO_TYPE.to_owned(), value: Bytes::from(value) }
    }

    /// The delay, where this is a well-formed `google.rpc.RetryInfo`; a negative one counts as none at all.
    pub fn retry_delay(&self) -> Option<Duration> {
        if self.type_url.rsplit('/').next() != Some("google.rpc.RetryInfo") {
            return None;
        }
        let mut delay = Duration::ZERO;
        for field in fields(&self.value) {
            if let (1, Value::Bytes(duration)) = field.ok()? {
                delay = parse_duration(duration)?;
            }
        }
        Some(delay)
    }
}

fn parse_duration(message: &[u8]) -> Option<Duration> {
    let (mut seconds, mut nanos) = (0_u64, 0_u64);
    for field in fields(message) {
        match field.ok()? {
            (1, Value::Varint(value)) => seconds = value,
            (2, Value::Varint(value)) => nanos = value,
            _ => {}
        }
    }
    // A negative number has the highest bit set.
    let negative = seconds > i64::MAX.unsigned_abs() || nanos > i64::MAX.unsigned_abs();
    let nanos = u32::try_from(nanos).ok().filter(|nanos| u64::from(*nanos) < NANOS_A_SECOND);
    if negative {
        return Some(Duration::ZERO);
    }
    Some(Duration::new(seconds, nanos?))
}
