//! Text to times.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::layout::{Field, Layout, Piece, Shape};
use super::show::{MONTHS, WEEKDAYS};
use crate::value::Time;

/// What was read so far. A field that the layout lacks keeps the value here.
#[derive(Debug)]
struct Fields {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    year_day: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanos: i32,
    pm: Option<bool>,
    offset: Option<i32>,
    zone: Option<String>,
}

type Read<T> = Option<T>;

impl Layout {
    /// Reads a time. `location` is the zone of a text that names none; without one, UTC if the format ends in `Z`,
    /// else the zone of this machine.
    ///
    /// # Errors
    /// The text does not fit the layout, or names a zone that does not exist.
    pub(crate) fn parse(&self, text: &str, location: Option<&TimeZone>) -> Result<Time, &'static str> {
        let fields = self.fields(text).ok_or("the text does not fit the time format")?;
        let civil = fields.civil().ok_or("the text names a day or time that does not exist")?;
        let default = || match location {
            Some(zone) => zone.clone(),
            None if self.utc => TimeZone::UTC,
            None => TimeZone::system(),
        };
        let zone = match (fields.offset, &fields.zone) {
            (Some(0), _) => TimeZone::UTC,
            (Some(seconds), _) => {
                let offset = Offset::from_seconds(seconds).map_err(|_| "the offset is out of range")?;
                TimeZone::fixed(offset)
            }
            (None, Some(name)) => named_zone(name, civil, default())?,
            (None, None) => default(),
        };
        let civil = if fields.year == 0 { with_year(civil, &zone)? } else { civil };
        let timestamp = zone.to_ambiguous_timestamp(civil).compatible();
        let timestamp = timestamp.map_err(|_| "the time is out of range")?;
        Ok(Time { nanos: timestamp.as_nanosecond(), zone })
    }

    fn fields(&self, text: &str) -> Read<Fields> {
        let mut fields = Fields {
            year: 0,
            month: None,
            day: None,
            year_day: None,
            hour: 0,
            minute: 0,
            second: 0,
            nanos: 0,
            pm: None,
            offset: None,
            zone: None,
        };
        let mut rest = text;
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Text(prefix) => rest = skip(rest, prefix)?,
                Piece::Field(field) => {
                    rest = fields.read(*field, rest)?;
                    let fraction_next =
                        matches!(self.pieces.get(index + 1), Some(Piece::Field(Field::Fraction { .. })));
                    if matches!(field, Field::Second | Field::ZeroSecond) && !fraction_next {
                        rest = fields.fraction(rest);
                    }
                }
            }
        }
        rest.is_empty().then_some(fields)
    }
}

impl Fields {
    fn read<'t>(&mut self, field: Field, text: &'t str) -> Read<&'t str> {
        let fixed = matches!(
            field,
            Field::ZeroMonth | Field::ZeroDay | Field::ZeroHour12 | Field::ZeroMinute | Field::ZeroSecond
        );
        Some(match field {
            Field::LongYear => {
                let (number, rest) = digits(text, 4)?;
                self.year = i16::try_from(number).ok()?;
                rest
            }
            Field::Year => {
                let (number, rest) = digits(text, 2)?;
                self.year = i16::try_from(number).ok()? + if number >= 69 { 1900 } else { 2000 };
                rest
            }
            Field::LongMonth | Field::Month => {
                let len = if field == Field::Month { 3 } else { usize::MAX };
                let (index, rest) = name(text, &MONTHS, len)?;
                self.month = Some(i8::try_from(index + 1).ok()?);
                rest
            }
            Field::LongWeekday => name(text, &WEEKDAYS, usize::MAX)?.1,
            Field::Weekday => name(text, &WEEKDAYS, 3)?.1,
            Field::NumMonth | Field::ZeroMonth => number(text, fixed, 12).map(|(month, rest)| {
                self.month = Some(month);
                rest
            })?,
            Field::UnderDay | Field::Day | Field::ZeroDay => {
                let text =
                    if field == Field::UnderDay { text.strip_prefix(' ').unwrap_or(text) } else { text };
                let (day, rest) = number(text, fixed, 31)?;
                self.day = Some(day);
                rest
            }
            Field::UnderYearDay | Field::ZeroYearDay => {
                let (day, rest) = digits(text.trim_start(), 3)?;
                self.year_day = Some(i16::try_from(day).ok()?);
                rest
            }
            Field::Hour => store(&mut self.hour, number(text, false, 23)?),
            Field::Hour12 | Field::ZeroHour12 => store(&mut self.hour, number(text, fixed, 12)?),
            Field::Minute | Field::ZeroMinute => store(&mut self.minute, number(text, fixed, 59)?),
            Field::Second | Field::ZeroSecond => store(&mut self.second, number(text, fixed, 59)?),
            Field::UpperPm | Field::LowerPm => {
                let (half, rest) = text.split_at_checked(2)?;
                self.pm = Some(match (field, half) {
                    (Field::UpperPm, "PM") | (Field::LowerPm, "pm") => true,
                    (Field::UpperPm, "AM") | (Field::LowerPm, "am") => false,
                    _ => return None,
                });
                rest
            }
            Field::Abbreviation => self.abbreviation(text)?,
            Field::Offset { z, shape } => self.offset(text, z, shape)?,
            Field::Fraction { digits: count, cut: false, .. } => {
                let (_, rest) = digits(text.strip_prefix(['.', ','])?, count)?;
                self.fraction(text);
                rest
            }
            Field::Fraction { .. } => self.fraction(text),
        })
    }

    /// A fraction of any length, or none.
    fn fraction<'t>(&mut self, text: &'t str) -> &'t str {
        let Some(after) = text.strip_prefix(['.', ',']) else { return text };
        let len = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let Some((digits, rest)) = after.split_at_checked(len).filter(|(digits, _)| !digits.is_empty())
        else {
            return text;
        };
        let nine = format!("{:0<9}", digits.get(..9).unwrap_or(digits));
        self.nanos = nine.parse().unwrap_or_default();
        rest
    }

    fn offset<'t>(&mut self, text: &'t str, z: bool, shape: Shape) -> Read<&'t str> {
        if z && let Some(rest) = text.strip_prefix('Z') {
            self.offset = Some(0);
            return Some(rest);
        }
        let sign = match text.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let (hours, mut rest) = digits(text.get(1..)?, 2)?;
        let mut part = |colon: bool| {
            if colon {
                rest = rest.strip_prefix(':')?;
            }
            let (number, after) = digits(rest, 2)?;
            rest = after;
            (number < 60).then_some(number)
        };
        let (minutes, seconds) = match shape {
            Shape::Hours => (0, 0),
            Shape::HoursMinutes => (part(false)?, 0),
            Shape::HoursColonMinutes => (part(true)?, 0),
            Shape::Seconds => (part(false)?, part(false)?),
            Shape::ColonSeconds => (part(true)?, part(true)?),
        };
        self.offset = Some(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60 + i32::from(seconds)));
        Some(rest)
    }

    fn abbreviation<'t>(&mut self, text: &'t str) -> Read<&'t str> {
        if let Some(rest) = text.strip_prefix("UTC") {
            self.offset = Some(0);
            return Some(rest);
        }
        let len = text.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(len).filter(|(name, _)| (3..=5).contains(&name.len()))?;
        self.zone = Some(name.to_owned());
        Some(rest)
    }

    fn civil(&self) -> Read<DateTime> {
        let hour = match (self.pm, self.hour) {
            (Some(true), hour) if hour < 12 => hour + 12,
            (Some(false), 12) => 0,
            (_, hour) => hour,
        };
        // A leap day without a year is valid until a year is put in.
        let year = if self.year == 0 { 4 } else { self.year };
        let date = match self.year_day {
            Some(day) => {
                Date::new(year, 1, 1).ok()?.checked_add(jiff::Span::new().days(i64::from(day) - 1)).ok()?
            }
            None => Date::new(year, self.month.unwrap_or(1), self.day.unwrap_or(1)).ok()?,
        };
        Some(date.at(hour, self.minute, self.second, self.nanos))
    }
}

/// The year of a text that has none: this one, or the last where that would be more than a week ahead.
fn with_year(civil: DateTime, zone: &TimeZone) -> Result<DateTime, &'static str> {
    let now = Timestamp::now();
    let year = zone.to_datetime(now).year();
    let in_year = |year: i16| civil.with().year(year).build().map_err(|_| "the day does not exist this year");
    let this = in_year(year)?;
    let at = zone.to_ambiguous_timestamp(this).compatible().map_err(|_| "the time is out of range")?;
    if at.duration_since(now) > SignedDuration::from_hours(7 * 24) { in_year(year - 1) } else { Ok(this) }
}

/// The zone a text names by its letters: the default one if it has that name then, else one of the database.
fn named_zone(name: &str, civil: DateTime, default: TimeZone) -> Result<TimeZone, &'static str> {
    if let Ok(at) = default.to_ambiguous_timestamp(civil).compatible()
        && default.to_offset_info(at).abbreviation() == name
    {
        return Ok(default);
    }
    TimeZone::get(name).map_err(|_| "the time zone is not known")
}

fn store<'t>(place: &mut i8, (number, rest): (i8, &'t str)) -> &'t str {
    *place = number;
    rest
}

/// Exactly that many digits.
fn digits(text: &str, count: usize) -> Read<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(count)?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // A fraction may have more digits than fit; its value is read elsewhere.
    Some((digits.parse().unwrap_or(u16::MAX), rest))
}

/// One or two digits, or exactly two, with an upper bound.
fn number(text: &str, fixed: bool, most: i8) -> Read<(i8, &str)> {
    let two = text.get(..2).is_some_and(|two| two.bytes().all(|digit| digit.is_ascii_digit()));
    if fixed && !two {
        return None;
    }
    let (digits, rest) = text.split_at_checked(if two { 2 } else { 1 })?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|number| *number <= most).map(|number| (number, rest))
}

/// One of the names, or of their first letters, in any case; its index.
fn name<'t>(text: &'t str, names: &[&str], len: usize) -> Read<(usize, &'t str)> {
    names.iter().enumerate().find_map(|(index, name)| {
        let wanted = name.get(..len).unwrap_or(name);
        let (head, rest) = text.split_at_checked(wanted.len())?;
        head.eq_ignore_ascii_case(wanted).then_some((index, rest))
    })
}

/// Skips a literal piece; a run of spaces in it stands for any run in the text.
fn skip<'t>(mut text: &'t str, mut prefix: &str) -> Read<&'t str> {
    while let Some(character) = prefix.chars().next() {
        if character == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            prefix = prefix.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
            continue;
        }
        text = text.strip_prefix(character)?;
        prefix = prefix.get(character.len_utf8()..)?;
    }
    Some(text)
}
