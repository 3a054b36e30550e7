//! Times to text.

use std::fmt::Write;

use jiff::civil::DateTime;

use super::layout::{Field, Layout, Piece, Shape};
use crate::value::Time;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Layout {
    /// The time in the layout, in its zone.
    pub(crate) fn show(&self, time: &Time) -> String {
        let timestamp = time.timestamp();
        let info = time.zone.to_offset_info(timestamp);
        let offset = info.offset().seconds();
        let civil = info.offset().to_datetime(timestamp);
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Field(Field::Abbreviation) => abbreviation(info.abbreviation(), offset, &mut out),
                Piece::Field(Field::Offset { z, shape }) => put_offset(*z, *shape, offset, &mut out),
                Piece::Field(field) => put(*field, civil, &mut out),
            }
        }
        out
    }
}

fn put(field: Field, at: DateTime, out: &mut String) {
    let name = |names: &[&'static str], index: usize| names.get(index).copied().unwrap_or_default();
    let month = name(&MONTHS, usize::from(at.month().unsigned_abs()).saturating_sub(1));
    let weekday = name(&WEEKDAYS, usize::from(at.weekday().to_sunday_zero_offset().unsigned_abs()));
    let hour12 = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    // Writing to a string cannot fail.
    let _ = match field {
        Field::LongMonth => write!(out, "{month}"),
        Field::Month => write!(out, "{}", month.get(..3).unwrap_or_default()),
        Field::NumMonth => write!(out, "{}", at.month()),
        Field::ZeroMonth => write!(out, "{:02}", at.month()),
        Field::LongWeekday => write!(out, "{weekday}"),
        Field::Weekday => write!(out, "{}", weekday.get(..3).unwrap_or_default()),
        Field::Day => write!(out, "{}", at.day()),
        Field::UnderDay => write!(out, "{:2}", at.day()),
        Field::ZeroDay => write!(out, "{:02}", at.day()),
        Field::UnderYearDay => write!(out, "{:3}", at.day_of_year()),
        Field::ZeroYearDay => write!(out, "{:03}", at.day_of_year()),
        Field::Hour => write!(out, "{:02}", at.hour()),
        Field::Hour12 => write!(out, "{hour12}"),
        Field::ZeroHour12 => write!(out, "{hour12:02}"),
        Field::Minute => write!(out, "{}", at.minute()),
        Field::ZeroMinute => write!(out, "{:02}", at.minute()),
        Field::Second => write!(out, "{}", at.second()),
        Field::ZeroSecond => write!(out, "{:02}", at.second()),
        Field::LongYear => write!(out, "{:04}", at.year()),
        Field::Year => write!(out, "{:02}", at.year().rem_euclid(100)),
        Field::UpperPm => write!(out, "{}", if at.hour() >= 12 { "PM" } else { "AM" }),
        Field::LowerPm => write!(out, "{}", if at.hour() >= 12 { "pm" } else { "am" }),
        Field::Fraction { digits, cut, separator } => {
            put_fraction(at.subsec_nanosecond(), digits, cut, separator, out);
            Ok(())
        }
        Field::Abbreviation | Field::Offset { .. } => Ok(()),
    };
}

fn put_fraction(nanos: i32, digits: usize, cut: bool, separator: char, out: &mut String) {
    let all = format!("{nanos:09}");
    let mut shown = format!("{:0<digits$}", all.get(..digits.min(9)).unwrap_or_default());
    if cut {
        shown.truncate(shown.trim_end_matches('0').len());
        if shown.is_empty() {
            return;
        }
    }
    out.push(separator);
    out.push_str(&shown);
}

/// The zone's name; where it has none, its offset as Go writes it there.
fn abbreviation(name: &str, offset: i32, out: &mut String) {
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        out.push_str(name);
    } else if offset % 3600 == 0 {
        put_offset(false, Shape::Hours, offset, out);
    } else {
        put_offset(false, Shape::HoursMinutes, offset, out);
    }
}

fn put_offset(z: bool, shape: Shape, offset: i32, out: &mut String) {
    if z && offset == 0 {
        out.push('Z');
        return;
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (offset.abs() / 3600, offset.abs() / 60 % 60, offset.abs() % 60);
    // Writing to a string cannot fail.
    let _ = match shape {
        Shape::Hours => write!(out, "{sign}{hours:02}"),
        Shape::HoursMinutes => write!(out, "{sign}{hours:02}{minutes:02}"),
        Shape::HoursColonMinutes => write!(out, "{sign}{hours:02}:{minutes:02}"),
        Shape::Seconds => write!(out, "{sign}{hours:02}{minutes:02}{seconds:02}"),
        Shape::ColonSeconds => write!(out, "{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    };
}
