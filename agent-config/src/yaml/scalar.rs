//! The type of a plain scalar: YAML 1.2 core, plus what the Collector's YAML library (yaml.v3) accepts besides.
//!
//! Only `true` and `false` (in three spellings) are booleans: `yes`, `on` and their kin stay text, as in the Collector.

use super::Kind;

/// The typed content of an unquoted scalar.
pub(crate) fn resolve_plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" => return Kind::Bool(true),
        "false" | "False" | "FALSE" => return Kind::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Kind::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Kind::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Kind::Float(f64::NEG_INFINITY),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Kind::Text(text.to_owned());
    }
    integer(text).or_else(|| float(text)).unwrap_or_else(|| Kind::Text(text.to_owned()))
}

/// Decimal, `0x`, `0o`, `0b`, a leading `0` for octal (yaml.v3 keeps that from YAML 1.1), `_` between digits.
fn integer(text: &str) -> Option<Kind> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, digits.get(2..)?),
        Some("0o" | "0O") => (8, digits.get(2..)?),
        Some("0b" | "0B") => (2, digits.get(2..)?),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-', '_']) || digits.ends_with('_') {
        return None;
    }
    let plain;
    let digits = if digits.contains('_') {
        plain = digits.replace('_', "");
        plain.as_str()
    } else {
        digits
    };
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -magnitude } else { magnitude };
    i64::try_from(value).map(Kind::Int).or_else(|_| u64::try_from(value).map(Kind::UInt)).ok()
}

/// `1.5`, `.5`, `5.`, `1e3`; not `inf`, `nan` or `infinity`, which Rust would accept.
fn float(text: &str) -> Option<Kind> {
    let mut digits = 0;
    let bytes = text.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| bytes.get(before));
        match byte {
            b'0'..=b'9' => digits += 1,
            b'+' | b'-' if matches!(before, None | Some(b'e' | b'E')) => {}
            b'.' => {}
            b'e' | b'E' if digits > 0 => {}
            _ => return None,
        }
    }
    if digits == 0 { None } else { text.parse().ok().map(Kind::Float) }
}
