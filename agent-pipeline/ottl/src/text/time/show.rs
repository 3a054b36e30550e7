//! Times to text.

use std::fmt::Write;

use jiff::civil::DateTime;

use super::layout::{Field, Layout, Piece, Shape};
use crate::value::Time;

/// What most times as text fit in.
const CAPACITY: usize = 40;

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
        let mut out = String::with_capacity(CAPACITY);
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
    let month = || name(&MONTHS, usize::from(at.month().unsigned_abs()).saturating_sub(1));
    let weekday = || name(&WEEKDAYS, usize::from(at.weekday().to_sunday_zero_offset().unsigned_abs()));
    let hour12 = || match at.hour() % 12 {
        0 => 12,
        hour => hour.unsigned_abs(),
    };
    let (year, day) = (at.year(), at.day().unsigned_abs());
    match field {
        Field::LongMonth => out.push_str(month()),
        Field::Month => out.push_str(month().get(..3).unwrap_or_default()),
        Field::NumMonth => put_digits(at.month().unsigned_abs(), 1, '0', out),
        Field::ZeroMonth => put_digits(at.month().unsigned_abs(), 2, '0', out),
        Field::LongWeekday => out.push_str(weekday()),
        Field::Weekday => out.push_str(weekday().get(..3).unwrap_or_default()),
        Field::Day => put_digits(day, 1, '0', out),
        Field::UnderDay => put_digits(day, 2, ' ', out),
        Field::ZeroDay => put_digits(day, 2, '0', out),
        Field::UnderYearDay => put_digits(at.day_of_year().unsigned_abs(), 3, ' ', out),
        Field::ZeroYearDay => put_digits(at.day_of_year().unsigned_abs(), 3, '0', out),
        Field::Hour => put_digits(at.hour().unsigned_abs(), 2, '0', out),
        Field::Hour12 => put_digits(hour12(), 1, '0', out),
        Field::ZeroHour12 => put_digits(hour12(), 2, '0', out),
        Field::Minute => put_digits(at.minute().unsigned_abs(), 1, '0', out),
        Field::ZeroMinute => put_digits(at.minute().unsigned_abs(), 2, '0', out),
        Field::Second => put_digits(at.second().unsigned_abs(), 1, '0', out),
        Field::ZeroSecond => put_digits(at.second().unsigned_abs(), 2, '0', out),
        Field::LongYear if year < 0 => {
            // As the width counts the sign.
            out.push('-');
            put_digits(year.unsigned_abs(), 3, '0', out);
        }
        Field::LongYear => put_digits(year.unsigned_abs(), 4, '0', out),
        Field::Year => put_digits(year.rem_euclid(100).unsigned_abs(), 2, '0', out),
        Field::UpperPm => out.push_str(if at.hour() >= 12 { "PM" } else { "AM" }),
        Field::LowerPm => out.push_str(if at.hour() >= 12 { "pm" } else { "am" }),
        Field::Fraction { digits, cut, separator } => {
            put_fraction(at.subsec_nanosecond(), digits, cut, separator, out);
        }
        Field::Abbreviation | Field::Offset { .. } => {}
    }
}

/// A number with at least so many digits, or what stands for them.
fn put_digits(number: impl Into<u32>, least: usize, filler: char, out: &mut String) {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(number.into());
    for _ in digits.len()..least {
        out.push(filler);
    }
    out.push_str(digits);
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
