//! Formats and times.

use jiff::tz::TimeZone;

use super::*;
use crate::value::Time;

fn show(format: &str, nanos: i128) -> String {
    Layout::new(format).unwrap().show(&Time::utc(nanos))
}

fn parse(text: &str, format: &str) -> Result<i128, &'static str> {
    Layout::new(format).unwrap().parse(text, Some(&TimeZone::UTC)).map(|time| time.nanos)
}

#[test]
fn times_are_shown_as_the_collector_shows_them() {
    let late = 1_709_251_199_987_654_321;
    for (format, shown) in [
        ("%Y-%m-%d %H:%M:%S", "2024-02-29 23:59:59"),
        ("%y %B %b %A %a", "24 February Feb Thursday Thu"),
        ("%e|%g|%d|%I %l %p %P", "29|29|29|11 11 PM pm"),
        ("%S.%L|%S.%f|%S.%s", "59.987|59.987654|59.987654321"),
        ("%z %Z %i %j %w %k", "Z UTC +00 +00:00 +000000 +00:00:00"),
        ("%D %F %T %r %R", "02/29/2024 2024-02-29 23:59:59 11:59:59 pm 23:59"),
        ("%c", "Thu Feb 29 23:59:59 2024"),
        ("100%% %L Monday", "200% 999 Thursday"),
        ("%o %q", "_2 2"),
    ] {
        assert_eq!(show(format, late), shown, "{format}");
    }
    assert_eq!(show("%S.%L", 1_700_000_000_000_000_000), "20");
    // Before 1970, beyond what 64 bits of nanoseconds hold, and before the year 0.
    assert_eq!(show("%F %T.%s", -1), "1969-12-31 23:59:59.999999999");
    assert_eq!(show("%F %T", 10_000_000_000_000_000_000), "2286-11-20 17:46:40");
    assert_eq!(show("%Y %y", -63_000_000_000_000_000_000), "-027 73");
    assert!(Layout::new("%Q").is_err() && Layout::new("").is_err());
}

#[test]
fn times_are_read() {
    for (text, format, seconds) in [
        ("2023-04-05 06:07:08", "%Y-%m-%d %H:%M:%S", 1_680_674_828),
        ("05/Apr/2023:06:07:08 +0200", "%d/%b/%Y:%H:%M:%S %z", 1_680_667_628),
        ("April 05, 2023", "%B %d, %Y", 1_680_652_800),
        ("12/31/99 11:59:58 PM", "%m/%d/%y %I:%M:%S %p", 946_684_798),
        ("2023-04-05T06:07:08-07:00", "%Y-%m-%dT%H:%M:%S%j", 1_680_700_028),
        ("Wed Apr  5 2023", "%a %b %e %Y", 1_680_652_800),
        ("2023-04-05 06:07:08 UTC", "%Y-%m-%d %H:%M:%S %Z", 1_680_674_828),
        ("2023-04-05T06:07:08Z", "2006-01-02T15:04:05Z07:00", 1_680_674_828),
    ] {
        assert_eq!(parse(text, format), Ok(seconds * 1_000_000_000), "{text}");
    }
    assert_eq!(parse("1970-01-01 00:00:00.5", "%Y-%m-%d %H:%M:%S"), Ok(500_000_000));
    assert_eq!(parse("1970-01-01 00:00:00,123", "%Y-%m-%d %H:%M:%S,%L"), Ok(123_000_000));
    for (text, format) in
        [("bad", "%Y"), ("2023-02-30", "%F"), ("2023-04-05x", "%F"), ("25:00", "%H:%M"), ("é", "%d")]
    {
        assert!(parse(text, format).is_err(), "{text}");
    }
    let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
    let time = Layout::new("%F %T").unwrap().parse("2023-04-05 06:07:08", Some(&tokyo)).unwrap();
    assert_eq!(Layout::new("%H:%M %z %Z").unwrap().show(&time), "06:07 +0900 JST");
    // Without a year: this one or the last, never far ahead.
    let near = parse("Jan  1 00:00:00", "%b %e %H:%M:%S").unwrap();
    let now = jiff::Timestamp::now().as_nanosecond();
    assert!(near < now + 8 * 86_400_000_000_000 && near > now - 367 * 86_400_000_000_000);
}
