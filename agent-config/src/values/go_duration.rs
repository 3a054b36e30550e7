//! Durations as Go writes them: `300ms`, `1m30s`, `-1.5h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use crate::decode::SCALAR;

/// A signed span of time in nanoseconds, with Go's text form. A bare number in a configuration means nanoseconds, as in
/// the Collector, with the fraction cut off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoDuration(i64);

/// Why a text is not a duration. The words are those of Go's `time.ParseDuration`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not of the form number and unit, or too large.
    #[error("time: invalid duration {0:?}")]
    Invalid(String),
    /// A number without a unit. Only `0` may stand alone.
    #[error("time: missing unit in duration {0:?}")]
    MissingUnit(String),
    /// A unit that does not exist.
    #[error("time: unknown unit {unit:?} in duration {text:?}")]
    UnknownUnit {
        /// The unit as written.
        unit: String,
        /// The whole text.
        text: String,
    },
}

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
/// The magnitude of the smallest 64-bit number.
const LIMIT: u64 = 1 << 63;

impl GoDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `nanoseconds`.
    pub const fn from_nanos(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// A span of `milliseconds`; saturates.
    pub const fn from_millis(milliseconds: i64) -> Self {
        Self(milliseconds.saturating_mul(1_000_000))
    }

    /// A span of `seconds`; saturates.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// The span in nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The span for timers: a negative one is zero.
    pub const fn to_std(self) -> Duration {
        if self.0 < 0 { Duration::ZERO } else { Duration::from_nanos(self.0.unsigned_abs()) }
    }

    /// Whether it is exactly zero, which many settings read as "off".
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl From<Duration> for GoDuration {
    fn from(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl From<GoDuration> for Duration {
    fn from(duration: GoDuration) -> Self {
        duration.to_std()
    }
}

impl FromStr for GoDuration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let invalid = || DurationError::Invalid(text.to_owned());
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Ok(Self::ZERO);
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (amount, after) = amount(rest).ok_or_else(invalid)?;
            let length = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
            let (unit, after) = after.split_at(length);
            let nanoseconds = unit_size(unit).ok_or_else(|| match unit {
                "" => DurationError::MissingUnit(text.to_owned()),
                _ => DurationError::UnknownUnit { unit: unit.to_owned(), text: text.to_owned() },
            })?;
            let part = amount.nanoseconds(nanoseconds).ok_or_else(invalid)?;
            total = total.checked_add(part).filter(|total| *total <= LIMIT).ok_or_else(invalid)?;
            rest = after;
        }
        let signed = if negative { 0i64.checked_sub_unsigned(total) } else { i64::try_from(total).ok() };
        signed.map(Self).ok_or_else(invalid)
    }
}

/// A decimal number as read: whole part, and the digits after the point over a power of ten.
struct Amount {
    whole: u64,
    fraction: u64,
    scale: f64,
}

impl Amount {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "Go computes the fraction in floating point; the result must be the same to the nanosecond"
    )]
    fn nanoseconds(&self, unit: u64) -> Option<u64> {
        let whole = self.whole.checked_mul(unit).filter(|whole| *whole <= LIMIT)?;
        let fraction = self.fraction as f64 * (unit as f64 / self.scale);
        whole.checked_add(fraction as u64).filter(|sum| *sum <= LIMIT)
    }
}

/// Reads `12`, `12.5`, `.5` or `5.` and what follows it.
fn amount(text: &str) -> Option<(Amount, &str)> {
    let not_digit = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (whole_digits, mut rest) = text.split_at(not_digit(text));
    let whole = match whole_digits {
        "" => 0,
        digits => digits.parse::<u64>().ok().filter(|whole| *whole <= LIMIT)?,
    };
    let (mut fraction, mut scale, mut fraction_digits) = (0u64, 1f64, "");
    if let Some(after) = rest.strip_prefix('.') {
        (fraction_digits, rest) = after.split_at(not_digit(after));
        for digit in fraction_digits.bytes().map(|byte| u64::from(byte - b'0')) {
            // Digits that no longer fit are beyond a nanosecond and are left away, as in Go.
            match fraction
                .checked_mul(10)
                .and_then(|tens| tens.checked_add(digit))
                .filter(|next| *next < LIMIT)
            {
                Some(next) => (fraction, scale) = (next, scale * 10.0),
                None => break,
            }
        }
    }
    if whole_digits.is_empty() && fraction_digits.is_empty() {
        return None;
    }
    Some((Amount { whole, fraction, scale }, rest))
}

fn unit_size(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        // The micro sign and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    })
}

impl fmt::Display for GoDuration {
    /// The shortest exact Go form: `1m30s`, `1.5s`, `200ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        if magnitude == 0 {
            return f.write_str("0s");
        }
        let (unit, name) = match magnitude {
            0..MICROSECOND => (1, "ns"),
            MICROSECOND..MILLISECOND => (MICROSECOND, "µs"),
            MILLISECOND..SECOND => (MILLISECOND, "ms"),
            _ => (SECOND, "s"),
        };
        if magnitude >= HOUR {
            write!(f, "{}h", magnitude / HOUR)?;
        }
        if magnitude >= MINUTE {
            write!(f, "{}m", magnitude % HOUR / MINUTE)?;
        }
        let below_a_minute = magnitude % MINUTE;
        write!(f, "{}", below_a_minute / unit)?;
        let fraction = below_a_minute % unit;
        if fraction > 0 {
            let width = unit.ilog10() as usize;
            write!(f, ".{}", format!("{fraction:0width$}").trim_end_matches('0'))?;
        }
        f.write_str(name)
    }
}

impl Serialize for GoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SCALAR, DurationVisitor)
    }
}

struct DurationVisitor;

impl<'de> Visitor<'de> for DurationVisitor {
    type Value = GoDuration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as `10s`, `1m30s` or `200ms`")
    }

    fn visit_i64<E: Error>(self, nanoseconds: i64) -> Result<GoDuration, E> {
        Ok(GoDuration(nanoseconds))
    }

    fn visit_u64<E: Error>(self, nanoseconds: u64) -> Result<GoDuration, E> {
        i64::try_from(nanoseconds).map(GoDuration).map_err(|_| E::custom("the duration is too long"))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fraction of a nanosecond is cut off, as in the Collector"
    )]
    fn visit_f64<E: Error>(self, nanoseconds: f64) -> Result<GoDuration, E> {
        if nanoseconds.is_finite() {
            Ok(GoDuration(nanoseconds as i64))
        } else {
            Err(E::custom("a duration must be finite"))
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<GoDuration, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<GoDuration, D::Error> {
        deserializer.deserialize_any(self)
    }
}
