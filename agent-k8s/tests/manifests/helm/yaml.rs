//! Values as YAML text, in the style of Helm's `toYaml`: keys sorted, two spaces, lists not indented below their key.

use serde_json::Value;

use super::template::sorted;

/// `value` as YAML, without a line break at its end. It is read again to be sure that it says the same.
pub(crate) fn text(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write(value, 0, &mut out);
    let text = out.trim_end_matches('\n').to_owned();
    match serde_saphyr::from_str::<Value>(&text) {
        Ok(again) if again == *value => Ok(text),
        other => Err(format!("{value} is not {text:?}: {other:?}")),
    }
}

/// Writes `value` from the current column on, further lines behind `indent` spaces; ends with a line break.
fn write(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (at, (key, value)) in sorted(fields).into_iter().enumerate() {
                pad(at, indent, out);
                out.push_str(&scalar(key, indent));
                out.push(':');
                match value {
                    Value::Object(fields) if !fields.is_empty() => nested(value, indent + 2, out),
                    Value::Array(items) if !items.is_empty() => nested(value, indent, out),
                    value => {
                        out.push(' ');
                        write(value, indent + 2, out);
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                pad(at, indent, out);
                out.push_str("- ");
                write(item, indent + 2, out);
            }
        }
        Value::String(text) => {
            out.push_str(&scalar(text, indent));
            out.push('\n');
        }
        other => {
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

fn nested(value: &Value, indent: usize, out: &mut String) {
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    write(value, indent, out);
}

/// The first entry stands where the cursor is.
fn pad(at: usize, indent: usize, out: &mut String) {
    if at > 0 {
        out.push_str(&" ".repeat(indent));
    }
}

fn scalar(text: &str, indent: usize) -> String {
    if text.contains('\n') && !text.starts_with([' ', '\n']) && !text.ends_with("\n\n") {
        let mark = if text.ends_with('\n') { "|" } else { "|-" };
        let pad = format!("\n{}", " ".repeat(indent.max(2)));
        return format!("{mark}{pad}{}", text.trim_end_matches('\n').replace('\n', &pad));
    }
    if is_of_another_type(text) || text.contains(char::is_control) {
        return Value::String(text.to_owned()).to_string();
    }
    let starts = text.starts_with(|first: char| "-?:,[]{}#&*!|>'\"%@` ".contains(first));
    if starts || text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ']) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    text.to_owned()
}

/// What YAML 1.1 or 1.2 would take for something else than a text.
fn is_of_another_type(text: &str) -> bool {
    const WORDS: [&str; 13] =
        ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"];
    let number = text.replace('_', "").to_lowercase();
    let only = |letters: &str| text.chars().all(|letter| letter.is_ascii_digit() || letters.contains(letter));
    // Besides numbers: numbers to the base of 60, and dates.
    WORDS.contains(&number.as_str())
        || number.parse::<f64>().is_ok()
        || number.starts_with(|first: char| first.is_ascii_digit())
            && (only(":") || only("-") || number.starts_with("0x") || number.starts_with("0o"))
}
