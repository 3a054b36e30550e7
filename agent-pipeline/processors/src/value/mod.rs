//! Values between the configuration and the data: from YAML, and to text as the Collector writes it.

mod text;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use agent_config::AnyYaml;
use agent_otlp::AnyValue;

pub(crate) use text::as_text;

/// The OTLP value of a YAML value; the type is the one YAML gives it.
pub(crate) fn from_yaml(yaml: &AnyYaml) -> AnyValue<'static> {
    match yaml {
        AnyYaml::Null => AnyValue::Empty,
        AnyYaml::Bool(truth) => AnyValue::Bool(*truth),
        AnyYaml::Int(number) => AnyValue::Int(*number),
        AnyYaml::Float(number) => AnyValue::Double(*number),
        AnyYaml::String(text) => AnyValue::String(Cow::Owned(text.clone())),
        AnyYaml::List(items) => AnyValue::Array(items.iter().map(from_yaml).collect()),
        AnyYaml::Map(entries) => AnyValue::KvList(
            entries.iter().map(|(key, value)| (Cow::Owned(key.clone()), from_yaml(value))).collect(),
        ),
    }
}
