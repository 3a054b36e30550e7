//! Times and durations.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param, failed};
use crate::text::{Layout, parse_duration};
use crate::value::{Time, Value};

const TIME_ARG: Param = Param::of("time", Kind::Time);
const DURATION_ARG: Param = Param::of("duration", Kind::Duration);

macro_rules! part_of_time {
    ($($id:ident $name:literal |$at:ident| $part:expr, $shown:literal;)*) => {$(
        converter!(
            $id, $name, [TIME_ARG], |args| {
                let $at = civil(&args.time(0)?);
                Ok(Value::Int(i64::from($part)))
            },
            [concat!(r#"set(attributes["k"], "#, $name, r#"(Time("2024-02-29 13:14:15.5", "%F %T")))"#), "{}",
                concat!(r#"{"k":"#, $shown, "}")],
        );
    )*};
}

part_of_time! {
    DAY "Day" |at| at.day(), "29";
    HOUR "Hour" |at| at.hour(), "13";
    MINUTE "Minute" |at| at.minute(), "14";
    MONTH "Month" |at| at.month(), "2";
    NANOSECOND "Nanosecond" |at| at.subsec_nanosecond(), "500000000";
    SECOND "Second" |at| at.second(), "15";
    WEEKDAY "Weekday" |at| at.weekday().to_sunday_zero_offset(), "4";
    YEAR "Year" |at| at.year(), "2024";
}

macro_rules! of_duration {
    ($($id:ident $name:literal |$nanos:ident| $value:expr, $shown:literal;)*) => {$(
        converter!(
            $id, $name, [DURATION_ARG], |args| {
                let $nanos = args.duration(0)?;
                Ok($value)
            },
            [concat!(r#"set(attributes["k"], "#, $name, r#"(Duration("1h30m")))"#), "{}", concat!(r#"{"k":"#, $shown, "}")],
        );
    )*};
}

of_duration! {
    HOURS "Hours" |nanos| Value::Double(units(nanos, 3_600_000_000_000)), "1.5";
    MICROSECONDS "Microseconds" |nanos| Value::Int(nanos / 1_000), "5400000000";
    MILLISECONDS "Milliseconds" |nanos| Value::Int(nanos / 1_000_000), "5400000";
    MINUTES "Minutes" |nanos| Value::Double(units(nanos, 60_000_000_000)), "90.0";
    NANOSECONDS "Nanoseconds" |nanos| Value::Int(nanos), "5400000000000";
    SECONDS "Seconds" |nanos| Value::Double(units(nanos, 1_000_000_000)), "5400.0";
}

macro_rules! unix {
    ($($id:ident $name:literal $unit:literal, $shown:literal;)*) => {$(
        converter!(
            $id, $name, [TIME_ARG], |args| {
                let nanos = args.time(0)?.nanos.div_euclid($unit);
                Ok(Value::Int(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })))
            },
            [concat!(r#"set(attributes["k"], "#, $name, "(Unix(1, 500000000)))"), "{}", concat!(r#"{"k":"#, $shown, "}")],
        );
    )*};
}

unix! {
    UNIX_MICRO "UnixMicro" 1_000, "1500000";
    UNIX_MILLI "UnixMilli" 1_000_000, "1500";
    UNIX_NANO "UnixNano" 1, "1500000000";
    UNIX_SECONDS "UnixSeconds" 1_000_000_000, "1";
}

converter!(
    DURATION,
    "Duration",
    [Param::of("duration", Kind::Text)],
    |args| match parse_duration(&args.text(0)?) {
        Some(nanos) => Ok(Value::Duration(nanos)),
        None => failed("Duration", "the text is no duration"),
    },
    [r#"set(attributes["k"], Nanoseconds(Duration("1.5ms")))"#, "{}", r#"{"k":1500000}"#],
);
converter!(
    FORMAT_TIME, "FormatTime", [TIME_ARG, Param::of("format", Kind::Text)], |args| {
        let layout = args.text(1)?;
        let time = args.time(0)?;
        match args.prepared {
            Prepared::Layout(layout, _) => Ok(Value::string(layout.show(&time))),
            _ => match Layout::new(&layout) {
                Ok(layout) => Ok(Value::string(layout.show(&time))),
                Err(reason) => failed("FormatTime", reason),
            },
        }
    },
    [r#"set(attributes["k"], FormatTime(Unix(0), "%Y-%m-%d"))"#, "{}", r#"{"k":"1970-01-01"}"#],
    prepare: Some(layout_of),
);
converter!(
    NOW,
    "Now",
    [],
    |_| Ok(Value::Time(Time::utc(jiff::Timestamp::now().as_nanosecond()))),
    [r#"set(attributes["k"], true) where Now() > Unix(1700000000)"#, "{}", r#"{"k":true}"#],
);
converter!(
    TIME, "Time", [
        Param::of("time", Kind::Text),
        Param::of("format", Kind::Text),
        Param::optional("location", Kind::LiteralText),
        Param::optional("locale", Kind::LiteralText),
    ], parse,
    [r#"set(attributes["k"], UnixSeconds(Time("2023-04-05 06:07:08", "%Y-%m-%d %H:%M:%S", "Europe/Prague")))"#, "{}",
        r#"{"k":1680667628}"#],
    prepare: Some(layout_of),
);
converter!(
    TRUNCATE_TIME,
    "TruncateTime",
    [TIME_ARG, DURATION_ARG],
    |args| {
        let unit = i128::from(args.duration(1)?);
        let time = args.time(0)?;
        let since_zero = time.nanos + ZERO_TIME;
        let over = if unit > 0 { since_zero.rem_euclid(unit) } else { 0 };
        Ok(Value::Time(Time { nanos: time.nanos - over, zone: time.zone }))
    },
    [r#"set(attributes["k"], UnixSeconds(TruncateTime(Unix(3725), Duration("1h"))))"#, "{}", r#"{"k":3600}"#],
);
converter!(
    UNIX,
    "Unix",
    [Param::of("seconds", Kind::Int), Param::optional("nanoseconds", Kind::Int)],
    |args| {
        let nanos = args.given(1).map_or(Ok(0), |value| value.int())?;
        Ok(Value::Time(Time::utc(i128::from(args.int(0)?) * 1_000_000_000 + i128::from(nanos))))
    },
    [r#"set(attributes["k"], FormatTime(Unix(86400), "%F"))"#, "{}", r#"{"k":"1970-01-02"}"#],
);

/// Nanoseconds from the first day of year 1, where Go counts from, to 1970.
const ZERO_TIME: i128 = 62_135_596_800 * 1_000_000_000;

fn civil(time: &Time) -> DateTime {
    time.zone.to_datetime(time.timestamp())
}

/// As Go divides: whole units and the rest apart.
#[expect(clippy::cast_precision_loss, reason = "a duration in units is a double")]
fn units(nanos: i64, unit: i64) -> f64 {
    (nanos / unit) as f64 + (nanos % unit) as f64 / unit as f64
}

fn layout_of(literals: &Literals<'_>) -> Result<Prepared, String> {
    let zone = literals
        .text(2)
        .map(|name| zone(name).ok_or_else(|| format!("unknown time zone {name}")))
        .transpose()?;
    if let Some(locale) = literals.text(3)
        && !locale.to_ascii_lowercase().starts_with("en")
    {
        return Err(format!("the locale {locale:?} is not supported, only English ones are"));
    }
    match literals.text(1) {
        Some(format) => Ok(Prepared::Layout(Layout::new(format)?, zone)),
        None => Ok(Prepared::Nothing),
    }
}

fn zone(name: &str) -> Option<TimeZone> {
    match name {
        "" | "UTC" => Some(TimeZone::UTC),
        "Local" => Some(TimeZone::system()),
        name => TimeZone::get(name).ok(),
    }
}

fn parse<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let format = args.text(1)?;
    let text = args.text(0)?;
    if text.is_empty() {
        return failed("Time", "the time cannot be empty");
    }
    let parsed = if let Prepared::Layout(layout, zone) = args.prepared {
        layout.parse(&text, zone.as_ref())
    } else {
        let location = args.look(2).and_then(|name| name.text().ok()).and_then(|name| zone(&name));
        match Layout::new(&format) {
            Ok(layout) => layout.parse(&text, location.as_ref()),
            Err(reason) => return failed("Time", reason),
        }
    };
    match parsed {
        Ok(time) => Ok(Value::Time(time)),
        Err(reason) => failed("Time", reason),
    }
}
