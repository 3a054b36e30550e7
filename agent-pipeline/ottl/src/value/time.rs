//! An instant with the zone it is shown in.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// Nanoseconds since 1970, and a zone that matters for showing only.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    pub(crate) nanos: i128,
    pub(crate) zone: TimeZone,
}

impl Time {
    /// An instant in UTC.
    pub(crate) fn utc(nanos: i128) -> Self {
        Self { nanos, zone: TimeZone::UTC }
    }

    /// As the calendar functions need it: within the years -9999 to 9999.
    pub(crate) fn timestamp(&self) -> Timestamp {
        // Division of 64 bits is much quicker than of 128, and times are mostly within 1677 and 2262.
        if let Ok(nanos) = i64::try_from(self.nanos)
            && let Ok(rest) = i32::try_from(nanos.rem_euclid(SECOND))
            && let Ok(timestamp) = Timestamp::new(nanos.div_euclid(SECOND), rest)
        {
            return timestamp;
        }
        Timestamp::from_nanosecond(self.nanos).unwrap_or(if self.nanos < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    /// Nanoseconds as a timestamp field holds them; wraps as Go's conversion does.
    #[expect(clippy::cast_possible_truncation, reason = "Go's UnixNano wraps too")]
    pub(crate) fn unix_nanos(&self) -> i64 {
        self.nanos as i64
    }

    /// The nanoseconds from `other` to this, held at the ends of a duration.
    pub(crate) fn since(&self, other: &Self) -> i64 {
        let nanos = self.nanos.saturating_sub(other.nanos);
        i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
    }
}
