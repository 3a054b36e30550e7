//! One value under one verb.

use agent_otlp::AnyValue;

use super::Spec;
use crate::text::{float_parts, general_float, hex};
use crate::value::{Value, write_json};

/// Appends the value.
pub(super) fn put(verb: char, spec: Spec, value: &Value<'_>, out: &mut String) {
    match (verb, value) {
        ('s' | 'v', Value::String(text)) if spec.precision.is_none() => pad("", text, false, spec, out),
        ('d' | 'v', Value::Int(integer)) if spec.precision.is_none() => {
            let mut digits = itoa::Buffer::new();
            pad(sign(*integer < 0, spec), digits.format(integer.unsigned_abs()), true, spec, out);
        }
        _ => put_shown(verb, spec, value, out),
    }
}

fn put_shown(verb: char, spec: Spec, value: &Value<'_>, out: &mut String) {
    match show(verb, spec, value) {
        Some(Shown { text, numeric }) => {
            let sign = if numeric { text.len() - text.trim_start_matches(['+', '-', ' ']).len() } else { 0 };
            let (sign, digits) = text.split_at_checked(sign).unwrap_or(("", &text));
            pad(sign, digits, numeric, spec, out);
        }
        None if value.is_nil() => out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(<nil>)"]),
        None => out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(", &with_type(value), ")"]),
    }
}

/// The value with Go's name of its type, as in `string=text`.
pub(super) fn with_type(value: &Value<'_>) -> String {
    let name = match value {
        Value::Nil => return "<nil>".to_owned(),
        Value::Int(_) => "int64",
        Value::Double(_) => "float64",
        Value::Bool(_) => "bool",
        Value::String(_) => "string",
        Value::Bytes(_) => "[]uint8",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
        Value::Time(_) => "time.Time",
        Value::Duration(_) => "time.Duration",
        other => other.type_name(),
    };
    format!("{name}={}", plain(value))
}

struct Shown {
    text: String,
    numeric: bool,
}

impl Shown {
    fn text(text: String) -> Self {
        Self { text, numeric: false }
    }

    fn number(text: String) -> Self {
        Self { text, numeric: true }
    }
}

fn show(verb: char, spec: Spec, value: &Value<'_>) -> Option<Shown> {
    match (verb, value) {
        ('v', Value::Int(_)) => show('d', spec, value),
        ('v', Value::Double(_)) => show('g', spec, value),
        ('v', Value::Nil) => Some(Shown::text("<nil>".to_owned())),
        ('v', Value::String(_)) => show('s', spec, value),
        ('v', other) => Some(Shown::text(plain(other))),
        ('t', Value::Bool(truth)) => Some(Shown::text(truth.to_string())),
        ('s', Value::String(content)) => Some(Shown::text(cut(content, spec))),
        ('q', Value::String(content)) => Some(Shown::text(quoted(content))),
        ('x' | 'X', Value::String(content)) => Some(Shown::text(in_case(verb, hex(content.as_bytes())))),
        ('s', Value::Bytes(content)) => Some(Shown::text(cut(&String::from_utf8_lossy(content), spec))),
        ('x' | 'X', Value::Bytes(content)) => Some(Shown::text(in_case(verb, hex(content)))),
        ('s', Value::List(_) | Value::Map(_) | Value::Time(_) | Value::Duration(_)) => {
            Some(Shown::text(plain(value)))
        }
        (_, Value::Int(integer)) => int(verb, spec, *integer),
        (_, Value::Double(double)) => float(verb, spec, *double),
        _ => None,
    }
}

/// The value under `%v`.
fn plain(value: &Value<'_>) -> String {
    match value {
        Value::Nil => "<nil>".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => general_float(*number),
        Value::String(text) => text.clone().into_owned(),
        Value::Bytes(bytes) => {
            let numbers = bytes.iter().map(ToString::to_string);
            format!("[{}]", numbers.collect::<Vec<_>>().join(" "))
        }
        Value::List(_) | Value::Map(_) => {
            write_json(&value.clone().into_any().unwrap_or(AnyValue::Empty)).unwrap_or_default()
        }
        Value::Time(time) => time.timestamp().to_string(),
        Value::Duration(nanos) => crate::text::show_duration(*nanos),
        Value::TraceId(id) => hex(id),
        Value::SpanId(id) => hex(id),
        Value::Records(_) => value.type_name().to_owned(),
    }
}

fn cut(content: &str, spec: Spec) -> String {
    spec.precision.map_or_else(|| content.to_owned(), |most| content.chars().take(most).collect())
}

fn in_case(verb: char, text: String) -> String {
    if verb == 'X' { text.to_uppercase() } else { text }
}

fn quoted(content: &str) -> String {
    let mut out = String::from('"');
    for character in content.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other if other.is_control() => out.extend(["\\x", &format!("{:02x}", u32::from(other))]),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

fn int(verb: char, spec: Spec, integer: i64) -> Option<Shown> {
    let magnitude = integer.unsigned_abs();
    let digits = match verb {
        'd' => magnitude.to_string(),
        'b' => format!("{}{magnitude:b}", if spec.sharp { "0b" } else { "" }),
        'o' => format!("{}{magnitude:o}", if spec.sharp { "0" } else { "" }),
        'O' => format!("0o{magnitude:o}"),
        'x' => format!("{}{magnitude:x}", if spec.sharp { "0x" } else { "" }),
        'X' => format!("{}{magnitude:X}", if spec.sharp { "0X" } else { "" }),
        'c' => {
            let character = u32::try_from(integer).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}');
            return Some(Shown::text(character.to_string()));
        }
        'q' => {
            let character = u32::try_from(integer).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}');
            return Some(Shown::text(format!("'{character}'")));
        }
        'U' => return Some(Shown::text(format!("U+{magnitude:04X}"))),
        _ => return None,
    };
    let digits = match spec.precision {
        Some(least) => format!("{digits:0>least$}"),
        None => digits,
    };
    Some(Shown::number(format!("{}{digits}", sign(integer < 0, spec))))
}

const fn sign(negative: bool, spec: Spec) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

fn float(verb: char, spec: Spec, double: f64) -> Option<Shown> {
    if !double.is_finite() {
        let shown = general_float(double);
        let bare = if spec.plus { shown } else { shown.trim_start_matches('+').to_owned() };
        return matches!(verb, 'e' | 'E' | 'f' | 'F' | 'g' | 'G')
            .then_some(Shown { text: bare, numeric: false });
    }
    let magnitude = double.abs();
    let digits = match verb {
        'f' | 'F' => format!("{magnitude:.*}", spec.precision.unwrap_or(6)),
        'e' | 'E' => in_case(
            if verb == 'E' { 'X' } else { 'x' },
            exponent(&format!("{magnitude:.*e}", spec.precision.unwrap_or(6))),
        ),
        'g' | 'G' => in_case(if verb == 'G' { 'X' } else { 'x' }, general(magnitude, spec.precision)),
        _ => return None,
    };
    Some(Shown::number(format!("{}{digits}", sign(double.is_sign_negative(), spec))))
}

/// Rust's `1e4` as Go's `1e+04`.
fn exponent(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// The shorter of both forms; without a precision, the shortest digits that read back.
fn general(magnitude: f64, precision: Option<usize>) -> String {
    let Some(precision) = precision else { return general_float(magnitude) };
    if magnitude == 0.0 {
        return "0".to_owned();
    }
    let precision = precision.max(1);
    let rounded = format!("{magnitude:.*e}", precision - 1);
    let power: i32 = rounded.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or_default();
    let most =
        i32::try_from(precision.max(float_parts(magnitude).0.len().min(precision))).unwrap_or(i32::MAX);
    let shown = if (-4..most).contains(&power) {
        let decimals = usize::try_from(most - 1 - power).unwrap_or_default();
        format!("{magnitude:.decimals$}")
    } else {
        exponent(&rounded)
    };
    let (digits, tail) =
        shown.split_once('e').map_or((shown.as_str(), String::new()), |(d, e)| (d, format!("e{e}")));
    let digits =
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    format!("{digits}{tail}")
}

/// Appends a text, or a number's sign and digits, with what fills it up to the width.
fn pad(sign: &str, text: &str, numeric: bool, spec: Spec, out: &mut String) {
    let len = || sign.len() + text.chars().count();
    let missing = spec.width.map_or(0, |width| width.saturating_sub(len()));
    let zeros = spec.zero && (!numeric || spec.precision.is_none() || text.contains('.'));
    if !spec.minus && !zeros {
        fill(' ', missing, out);
    }
    out.push_str(sign);
    if !spec.minus && zeros {
        // Zeros stand between the sign and the digits.
        fill('0', missing, out);
    }
    out.push_str(text);
    if spec.minus {
        fill(' ', missing, out);
    }
}

fn fill(with: char, count: usize, out: &mut String) {
    for _ in 0..count {
        out.push(with);
    }
}
