//! The agent as a resource: what it says of itself, and what `service::telemetry::resource` adds or takes away.

use std::collections::BTreeMap;

use agent_config::AnyYaml;
use agent_config::document::ServiceTelemetry;
use opentelemetry::KeyValue;

/// Name, version and instance of this process.
#[derive(Debug)]
pub(super) struct Identity {
    instance: String,
}

impl Identity {
    pub(super) fn new() -> Self {
        Self { instance: uuid(fastrand::u128(..)) }
    }

    /// The attributes, sorted by key. A null of the configuration removes one; lists and maps are no attributes.
    pub(super) fn attributes(&self, telemetry: &ServiceTelemetry, version: &str) -> Vec<KeyValue> {
        let own = [
            ("service.name", "kubeagent"),
            ("service.version", version),
            ("service.instance.id", self.instance.as_str()),
        ];
        let mut all: BTreeMap<&str, Option<String>> =
            own.into_iter().map(|(key, value)| (key, Some(value.to_owned()))).collect();
        for (key, value) in &telemetry.resource {
            all.insert(key, text(value));
        }
        all.into_iter().filter_map(|(key, value)| Some(KeyValue::new(key.to_owned(), value?))).collect()
    }
}

/// The Collector reads these values as text, whatever they look like.
fn text(value: &AnyYaml) -> Option<String> {
    match value {
        AnyYaml::Bool(value) => Some(value.to_string()),
        AnyYaml::Int(value) => Some(value.to_string()),
        AnyYaml::Float(value) => Some(value.to_string()),
        AnyYaml::String(value) => Some(value.clone()),
        AnyYaml::Null | AnyYaml::List(_) | AnyYaml::Map(_) => None,
    }
}

/// RFC 9562, version 4: random but for version and variant.
fn uuid(random: u128) -> String {
    let bits = (random & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let mut text = String::with_capacity(36);
    for (index, digit) in hex.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}
