//! The detector `env`: attributes that are listed in the environment.

use std::borrow::Cow;

use agent_config::Environment;
use agent_otlp::AnyValue;

use super::detection::Detected;

/// The variable of the OpenTelemetry specification, and the one before it.
const VARIABLES: [&str; 2] = ["OTEL_RESOURCE_ATTRIBUTES", "OTEL_RESOURCE"];
/// The longest key and the longest value, in bytes as written.
const LONGEST: usize = 256;

/// Reads `k=v,k2=v2` from the first variable that is set. Values may be URL-encoded, keys are as they are.
///
/// # Errors
/// The text is not of that form. It may hold secrets, so that no part of it is told.
pub(super) fn detect(environment: &dyn Environment) -> Result<Detected, String> {
    let set = VARIABLES.into_iter().filter_map(|name| Some((name, environment.get(name)?)));
    let Some((name, text)) = set.into_iter().find(|(_, text)| !text.trim().is_empty()) else {
        return Ok(Detected::default());
    };
    let pairs = pairs(text.trim()).map_err(|reason| format!("{name}: invalid resource format: {reason}"))?;
    let mut detected = Detected::default();
    for (key, value) in pairs {
        let value = AnyValue::String(Cow::Owned(value));
        match detected.attributes.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => detected.attributes.push((Cow::Owned(key), value)),
        }
    }
    Ok(detected)
}

fn pairs(mut text: &str) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    while !text.is_empty() {
        let number = out.len() + 1;
        let (key, rest) = text.split_once('=').ok_or(format!("attribute {number} has no value"))?;
        let (value, rest) = rest.split_once(',').unwrap_or((rest, ""));
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() {
            return Err(format!("attribute {number} has no key"));
        }
        if [key, value].iter().any(|part| part.len() > LONGEST || !part.is_ascii()) {
            return Err(format!("attribute {number} is longer than {LONGEST} bytes or not in ASCII"));
        }
        let value = decoded(value).ok_or(format!("attribute {number} is not URL-encoded as it should be"))?;
        out.push((key.to_owned(), value));
        text = rest.trim_start();
    }
    Ok(out)
}

/// `+` is a space, `%2C` a byte. What is no UTF-8 then is replaced.
fn decoded(value: &str) -> Option<String> {
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            other => other,
        });
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
