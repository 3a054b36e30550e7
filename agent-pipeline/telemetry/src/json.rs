//! The few pieces of JSON that a log line is made of. Not a serializer: keys are known, values are flat.

use std::fmt::Write as _;

use jiff::Timestamp;
use tracing::Level;

/// Keys that the line itself uses; a field of that name gets an underscore behind it.
const RESERVED: [&str; 5] = ["level", "library", "msg", "suppressed", "ts"];

/// Begins a line: `{"level":"info","ts":"...","msg":"` + `msg` (already escaped) + `"`.
pub(crate) fn begin(level: Level, at: Timestamp, msg: &str) -> String {
    let mut line = String::with_capacity(msg.len() + 192);
    line.push_str("{\"level\":\"");
    line.push_str(level_name(level));
    // A String takes all that is written to it.
    let _ = write!(line, "\",\"ts\":\"{at:.3}\",\"msg\":\"{msg}\"");
    line
}

/// Appends `,"key":` with the key in camel case.
pub(crate) fn push_key(out: &mut String, name: &str) {
    out.push_str(",\"");
    let name = name.strip_prefix("r#").unwrap_or(name);
    let mut upper = false;
    for (place, letter) in name.char_indices() {
        if letter == '_' && place > 0 && place + 1 < name.len() {
            upper = true;
        } else if upper {
            escape_into(out, letter.to_ascii_uppercase().encode_utf8(&mut [0; 4]));
            upper = false;
        } else {
            escape_into(out, letter.encode_utf8(&mut [0; 4]));
        }
    }
    if RESERVED.contains(&name) {
        out.push('_');
    }
    out.push_str("\":");
}

/// Appends `text` as the inside of a JSON string (RFC 8259, section 7).
pub(crate) fn escape_into(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(place) = rest.find(|letter: char| letter < ' ' || letter == '"' || letter == '\\') {
        let (plain, tail) = rest.split_at(place);
        out.push_str(plain);
        let mut letters = tail.chars();
        match letters.next() {
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(letter @ ('"' | '\\')) => {
                out.push('\\');
                out.push(letter);
            }
            Some(letter) => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            None => {}
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        _ => "debug",
    }
}
