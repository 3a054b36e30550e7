//! The document as it was understood, for `KM_ACTION=print-config`.

use super::Document;
use crate::yaml::emit;

/// Words that make a key the name of a secret, compared without case and with `-` as `_`.
const SECRET_KEYS: [&str; 9] = [
    "api_key",
    "apikey",
    "authorization",
    "token",
    "password",
    "passwd",
    "secret",
    "credentials",
    "private_key",
];

/// Maps of which every value is hidden: any header may carry a credential.
const SECRET_MAPS: [&str; 2] = ["headers", "response_headers"];

impl Document {
    /// The whole configuration as YAML, all references replaced.
    ///
    /// With `redact`, values whose key speaks of a secret, every header, and PEM texts are shown as `[REDACTED]`. What
    /// is a secret is guessed from the key, because only components know their fields; without it everything is shown.
    pub fn resolved_yaml(&self, redact: bool) -> String {
        emit(&self.root.0, &|keys| redact && is_secret(keys))
    }
}

/// Whether the value at the end of these keys is hidden.
fn is_secret(keys: &[&str]) -> bool {
    let folded: Vec<String> = keys.iter().map(|key| key.to_ascii_lowercase().replace('-', "_")).collect();
    let Some((last, around)) = folded.split_last() else { return false };
    // `password_file: /etc/x` names a place, not a secret.
    let names_a_place = ["_file", "_path", "_url", "_endpoint"].iter().any(|end| last.ends_with(end));
    let speaks_of_a_secret = SECRET_KEYS.iter().any(|word| last.contains(word)) || last.ends_with("_pem");
    let in_headers = around.iter().chain([last]).any(|key| SECRET_MAPS.contains(&key.as_str()));
    in_headers || (speaks_of_a_secret && !names_a_place)
}
