//! The `headers` key as headers of a request.

use agent_config::{Headers, Secret, Validator};
use http::{HeaderName, HeaderValue};

/// Tells what of this can be no header.
pub(crate) fn validate(headers: &Headers, at: &mut Validator<'_>) {
    for (name, secret) in headers.iter() {
        if HeaderName::try_from(name).is_err() {
            at.error("headers", format!("{name:?} is not the name of a header"));
        } else if value(secret).is_none() {
            at.error("headers", format!("the value of {name:?} can be no header"));
        }
    }
}

/// The headers, values marked so that they are never indexed or printed.
pub(crate) fn of(headers: &Headers) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    headers.iter().filter_map(|(name, secret)| Some((HeaderName::try_from(name).ok()?, value(secret)?)))
}

/// All of it as one text that does not depend on the order of names. It holds secrets.
pub(crate) fn text(headers: &Headers) -> String {
    let mut pairs: Vec<(String, &str)> =
        headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.expose())).collect();
    pairs.sort_unstable();
    format!("{pairs:?}")
}

fn value(secret: &Secret) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(secret.expose()).ok()?;
    value.set_sensitive(true);
    Some(value)
}
