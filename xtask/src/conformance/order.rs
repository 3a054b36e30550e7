//! An order for things that have none of their own, so that two outputs can be laid side by side.
//!
//! Siblings are ordered by what names them first, which keeps a difference deep inside one of them from pairing it
//! with another one. Doubles are rounded for ordering only.

use serde_json::Value;

const NAMING: [&str; 7] = ["name", "spanId", "timeUnixNano", "body", "resource", "scope", "attributes"];

/// The place of `value` among its siblings.
pub(super) fn sort_key(value: &Value) -> Vec<String> {
    let mut key: Vec<String> =
        NAMING.iter().map(|name| value.get(name).map_or(String::new(), text)).collect();
    key.push(text(value));
    key
}

/// JSON with sorted members and rounded doubles.
pub(super) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by(|left, right| left.0.cmp(right.0));
            out.push('{');
            for (key, value) in members {
                out.push_str(key);
                out.push(':');
                write(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Number(number) => match number.as_f64() {
            // Adding zero takes the sign from a negative zero.
            Some(double) if number.is_f64() => out.extend([format!("{:.7e}", double + 0.0)]),
            _ => out.extend([number.to_string()]),
        },
        other => out.push_str(&other.to_string()),
    }
}
