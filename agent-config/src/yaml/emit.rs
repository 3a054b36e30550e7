//! The tree as YAML text again: block style, strings quoted wherever a reader could take them for something else.

use std::fmt::Write;

use super::{Kind, Node, resolve_plain};

/// Writes a tree. `hide` says, for the keys on the way to a scalar, whether the value is shown as `[REDACTED]`.
pub(crate) fn emit(node: &Node, hide: &dyn Fn(&[&str]) -> bool) -> String {
    let mut text = String::new();
    let mut keys = Vec::new();
    block(&mut text, node, 0, &mut keys, hide);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Writes a value after `key:` or `-`; the position is behind that mark.
fn block<'a>(
    text: &mut String,
    node: &'a Node,
    indent: usize,
    keys: &mut Vec<&'a str>,
    hide: &dyn Fn(&[&str]) -> bool,
) {
    match &node.kind {
        Kind::Map(entries) if !entries.is_empty() => {
            for (index, (key, entry)) in entries.iter().enumerate() {
                start_line(text, indent, index);
                text.push_str(&quoted(key));
                text.push(':');
                keys.push(key);
                let inner = indent + usize::from(!matches!(entry.value.kind, Kind::List(_))) * 2;
                value(text, &entry.value, inner, keys, hide);
                keys.pop();
            }
        }
        Kind::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                start_line(text, indent, index);
                text.push('-');
                match &item.kind {
                    Kind::Map(entries) if !entries.is_empty() => {
                        text.push(' ');
                        block(text, item, indent + 2, keys, hide);
                    }
                    _ => value(text, item, indent + 2, keys, hide),
                }
            }
        }
        _ => text.push_str(&scalar(node, keys, hide)),
    }
}

fn value<'a>(
    text: &mut String,
    node: &'a Node,
    indent: usize,
    keys: &mut Vec<&'a str>,
    hide: &dyn Fn(&[&str]) -> bool,
) {
    let is_filled = match &node.kind {
        Kind::Map(entries) => !entries.is_empty(),
        Kind::List(items) => !items.is_empty(),
        _ => false,
    };
    if is_filled {
        text.push('\n');
        let _ = write!(text, "{:indent$}", "");
        block(text, node, indent, keys, hide);
    } else if !node.is_null() {
        text.push(' ');
        text.push_str(&scalar(node, keys, hide));
    }
}

/// Starts the line of an entry. The first one begins where the text already is.
fn start_line(text: &mut String, indent: usize, index: usize) {
    if index > 0 {
        text.push('\n');
        let _ = write!(text, "{:indent$}", "");
    }
}

fn scalar(node: &Node, keys: &[&str], hide: &dyn Fn(&[&str]) -> bool) -> String {
    if !node.is_null() && hide(keys) {
        return quoted(crate::values::REDACTED);
    }
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => as_written(node).unwrap_or_else(|| value.to_string()),
        Kind::UInt(value) => value.to_string(),
        Kind::Float(value) if value.is_nan() => ".nan".to_owned(),
        Kind::Float(value) if value.is_infinite() => if *value > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
        Kind::Float(value) => as_written(node).unwrap_or_else(|| format!("{value:?}")),
        Kind::Text(text) => quoted(text),
        Kind::List(_) => "[]".to_owned(),
        Kind::Map(_) => "{}".to_owned(),
    }
}

/// The text of a number, when it is nothing but the number.
fn as_written(node: &Node) -> Option<String> {
    node.text.clone().filter(|text| resolve_plain(text) == node.kind)
}

/// Plain where that reads back as the same text, else in double quotes.
fn quoted(text: &str) -> String {
    let first_is_safe = text.starts_with(|c: char| c.is_alphanumeric() || "_/.(".contains(c));
    let all_are_safe = text.chars().all(|c| !c.is_control() && !"\u{feff}\u{2028}\u{2029}\u{85}".contains(c));
    let reads_back = matches!(resolve_plain(text), crate::yaml::Kind::Text(_));
    let no_marks = !text.contains(": ") && !text.contains(" #") && !text.ends_with([':', ' ']);
    let no_flow = !text.contains(['{', '}', '[', ']', ',', '"', '\'', '`']);
    if first_is_safe && all_are_safe && reads_back && no_marks && no_flow && !text.starts_with("...") {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() || "\u{feff}\u{2028}\u{2029}".contains(c) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
