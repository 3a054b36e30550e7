//! The functions of Helm that the chart uses, as Go, Sprig and Helm define them. An unknown one is an error.

use serde_json::{Map, Value};

use super::eval::{is_true, printed};
use crate::helm::yaml;

/// Calls a function.
pub(super) fn call(name: &str, arguments: Vec<Value>) -> Result<Value, String> {
    let wrong = format!("{name} of {arguments:?}");
    of_texts(name, &arguments)
        .or_else(|| of_lists(name, &arguments))
        .unwrap_or_else(|| of_values(name, arguments).unwrap_or(Err(wrong)))
}

/// `None`: not a function on texts.
fn of_texts(name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
    let texts: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
    let result = match (name, texts.as_slice(), arguments) {
        ("contains", [part, text], [_, _]) => text.contains(part).into(),
        ("replace", [old, new, text], [_, _, _]) => text.replace(old, new).into(),
        ("trimSuffix", [suffix, text], [_, _]) => text.strip_suffix(suffix).unwrap_or(text).into(),
        ("upper", [text], [_]) => text.to_uppercase().into(),
        ("trunc", [text], [length, _]) => {
            let length = usize::try_from(length.as_u64()?).ok()?;
            text.get(..length).unwrap_or(text).into()
        }
        ("nindent", [text], [width, _]) => {
            let pad = " ".repeat(usize::try_from(width.as_u64()?).ok()?);
            format!("\n{pad}{}", text.replace('\n', &format!("\n{pad}"))).into()
        }
        ("printf", [format, texts @ ..], all) if texts.len() + 1 == all.len() => {
            return Some(printf(format, texts));
        }
        ("fail", [message], [_]) => return Some(Err((*message).to_owned())),
        ("fromYaml", [text], [_]) => {
            let parsed = serde_saphyr::from_str::<Value>(text);
            return Some(parsed.map_err(|error| format!("{error} in {text}")));
        }
        _ => return None,
    };
    Some(Ok(result))
}

fn printf(format: &str, texts: &[&str]) -> Result<Value, String> {
    let parts: Vec<&str> = format.split("%s").collect();
    if parts.len() != texts.len() + 1 || parts.iter().any(|part| part.contains('%')) {
        return Err(format!("printf {format:?} of {texts:?}"));
    }
    let mut text = parts[0].to_owned();
    for (argument, part) in texts.iter().zip(&parts[1..]) {
        text.push_str(argument);
        text.push_str(part);
    }
    Ok(text.into())
}

/// `None`: not a function on lists and maps.
fn of_lists(name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
    let result = match (name, arguments) {
        ("list", items) => items.to_vec().into(),
        ("has", [item, Value::Array(items)]) => items.contains(item).into(),
        ("append", [Value::Array(items), item]) => {
            items.iter().chain([item]).cloned().collect::<Vec<_>>().into()
        }
        ("prepend", [Value::Array(items), item]) => {
            [item].into_iter().chain(items).cloned().collect::<Vec<_>>().into()
        }
        ("concat", lists) => {
            let lists: Option<Vec<&Vec<Value>>> = lists.iter().map(Value::as_array).collect();
            lists?.into_iter().flatten().cloned().collect::<Vec<_>>().into()
        }
        ("dict", pairs) => {
            let pair = |pair: &[Value]| Some((pair.first()?.as_str()?.to_owned(), pair.get(1)?.clone()));
            pairs.chunks(2).map(pair).collect::<Option<Map<String, Value>>>()?.into()
        }
        ("hasKey", [Value::Object(fields), Value::String(key)]) => fields.contains_key(key).into(),
        ("index", [value, keys @ ..]) if !keys.is_empty() => return Some(index(value, keys)),
        _ => return None,
    };
    Some(Ok(result))
}

/// What is not there is nil, but nothing is in nil.
fn index(value: &Value, keys: &[Value]) -> Result<Value, String> {
    let mut value = value.clone();
    for key in keys {
        let (Some(fields), Some(key)) = (value.as_object(), key.as_str()) else {
            return Err(format!("index of {value} by {key}"));
        };
        value = fields.get(key).cloned().unwrap_or(Value::Null);
    }
    Ok(value)
}

/// `None`: no such function, or not with these arguments.
fn of_values(name: &str, arguments: Vec<Value>) -> Option<Result<Value, String>> {
    let result = match (name, <[Value; 2]>::try_from(arguments)) {
        ("default", Ok([usual, value])) => Ok(if is_true(&value) { value } else { usual }),
        ("required", Ok([Value::String(message), value])) => {
            if value.is_null() || value == "" {
                Err(message)
            } else {
                Ok(value)
            }
        }
        // Numbers are of different types in values and templates, which Go does not compare.
        ("eq" | "ne", Ok([a, b])) if !a.is_number() && !b.is_number() => {
            Ok(((a == b) == (name == "eq")).into())
        }
        ("mergeOverwrite", Ok([mut target, source])) => merge(&mut target, source).map(|()| target),
        (_, Ok(_)) => return None,
        (_, Err(arguments)) => return of_one_or_many(name, arguments),
    };
    Some(result)
}

fn of_one_or_many(name: &str, mut arguments: Vec<Value>) -> Option<Result<Value, String>> {
    if name == "mergeOverwrite" && arguments.len() > 2 {
        let mut target = arguments.remove(0);
        let merged = arguments.into_iter().try_for_each(|source| merge(&mut target, source));
        return Some(merged.map(|()| target));
    }
    let [value] = <[Value; 1]>::try_from(arguments).ok()?;
    Some(match name {
        "not" => Ok((!is_true(&value)).into()),
        "deepCopy" => Ok(value),
        "quote" => printed(&value).map(|text| Value::String(text).to_string().into()),
        "toString" => printed(&value).map(Value::String),
        "toYaml" => yaml::text(&value).map(Value::String),
        _ => return None,
    })
}

/// Sprig merges maps in place; templates here use the result only, so that there is no difference. What it does with an
/// empty list or map over another value depends on its version.
fn merge(target: &mut Value, source: Value) -> Result<(), String> {
    match (target, source) {
        (Value::Object(target), Value::Object(source)) => {
            for (key, value) in source {
                if let Some(existing) = target.get_mut(&key) {
                    merge(existing, value)?;
                } else {
                    target.insert(key, value);
                }
            }
            Ok(())
        }
        (target, source) if *target == source => Ok(()),
        (target, source) if is_true(&source) || !(source.is_array() || source.is_object()) => {
            *target = source;
            Ok(())
        }
        (target, source) => Err(format!("mergeOverwrite of {target} with the empty {source}")),
    }
}
