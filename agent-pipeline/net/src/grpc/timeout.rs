//! `grpc-timeout`: at most eight digits and a unit.

use std::time::Duration;

const MOST_DIGITS: usize = 8;
/// Units from fine to coarse with their length in nanoseconds.
const UNITS: [(char, u128); 6] = [
    ('n', 1),
    ('u', 1_000),
    ('m', 1_000_000),
    ('S', 1_000_000_000),
    ('M', 60_000_000_000),
    ('H', 3_600_000_000_000),
];

/// Reads a header value such as `1500m`; `None` when it is none.
pub fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > MOST_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "n" => Duration::from_nanos(amount),
        "u" => Duration::from_micros(amount),
        "m" => Duration::from_millis(amount),
        "S" => Duration::from_secs(amount),
        "M" => Duration::from_secs(amount * 60),
        "H" => Duration::from_secs(amount * 3600),
        _ => return None,
    })
}

/// Writes a header value in the finest unit that holds the whole time, rounded up.
pub fn format_timeout(timeout: Duration) -> String {
    let nanos = timeout.as_nanos();
    let fits =
        UNITS.into_iter().map(|(unit, len)| (nanos.div_ceil(len), unit)).find(|(n, _)| *n < 100_000_000);
    let (amount, unit) = fits.unwrap_or((99_999_999, 'H'));
    format!("{amount}{unit}")
}
