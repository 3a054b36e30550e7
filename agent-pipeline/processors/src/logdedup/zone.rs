//! The time zone in which attributes tell times, named and written as Go does it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// See the file's head.
#[derive(Clone, Debug)]
pub(super) struct Zone(TimeZone);

impl Zone {
    /// The zone of an IANA name; none is UTC, and `Local` is the machine's.
    pub(super) fn load(name: &str) -> Result<Self, String> {
        match name {
            "" | "UTC" => Ok(Self(TimeZone::UTC)),
            "Local" => Ok(Self(TimeZone::system())),
            _ if name.contains("..") || name.starts_with(['/', '\\']) => {
                Err("time: invalid location name".to_owned())
            }
            // Names differ by case in Go.
            _ => match TimeZone::get(name) {
                Ok(zone) if zone.iana_name() == Some(name) => Ok(Self(zone)),
                _ => Err(format!("unknown time zone {name}")),
            },
        }
    }

    /// RFC 3339 without fractions.
    pub(super) fn text(&self, time: Timestamp) -> String {
        let time = time.to_zoned(self.0.clone());
        let format = if time.offset().is_zero() { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%:z" };
        time.strftime(format).to_string()
    }
}
