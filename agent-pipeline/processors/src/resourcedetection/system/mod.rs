//! The detector `system`: what the machine says of itself.

mod attribute;
mod cpu;
mod files;
mod hostname;
mod interfaces;
mod os;

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use agent_otlp::AnyValue;
use tokio::time::Instant;

pub use attribute::{Switch, SystemAttribute};
use files::Files;
pub use hostname::HostnameSource;
use hostname::{Names, Resolver};

use super::SystemConfig;
use super::detection::Detected;

/// The semantic conventions that the Collector's detector is made with.
const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.38.0";

/// The machine, and what is wanted of it.
pub(super) struct System {
    config: SystemConfig,
    names: Arc<dyn Names>,
    files: Files,
}

impl System {
    pub(super) fn new(config: &SystemConfig) -> Self {
        Self::with(config, Arc::new(Resolver), Path::new("/"))
    }

    /// A machine with these names and the files below `root`.
    fn with(config: &SystemConfig, names: Arc<dyn Names>, root: &Path) -> Self {
        Self { config: config.clone(), names, files: Files::below(root) }
    }

    /// Finds what is wanted. What the machine does not say is left out, but for its name.
    ///
    /// # Errors
    /// No source knows the name of the host.
    pub(super) async fn detect(&self, deadline: Instant) -> Result<Detected, String> {
        let name = hostname::find(&self.names, &self.config.hostname_sources(), deadline).await?;
        let mut found = Found { config: &self.config, detected: Detected::default() };
        found.detected.schema_url = SCHEMA_URL;
        found.text(SystemAttribute::HostName, || Some(name));
        os::add(&mut found, &self.files);
        interfaces::add(&mut found);
        cpu::add(&mut found, &self.files);
        Ok(found.detected)
    }
}

/// What was found, as far as it is wanted.
struct Found<'a> {
    config: &'a SystemConfig,
    detected: Detected,
}

impl Found<'_> {
    fn wants(&self, attribute: SystemAttribute) -> bool {
        self.config.wants(attribute)
    }

    /// Adds an attribute that is wanted and known; `value` is not asked otherwise.
    fn add(&mut self, attribute: SystemAttribute, value: impl FnOnce() -> Option<AnyValue<'static>>) {
        if self.wants(attribute)
            && let Some(value) = value()
        {
            self.detected.attributes.push((Cow::Borrowed(attribute.name()), value));
        }
    }

    /// The same with a text, of which an empty one is not known.
    fn text(&mut self, attribute: SystemAttribute, value: impl FnOnce() -> Option<String>) {
        let known = || value().filter(|text| !text.is_empty());
        self.add(attribute, || known().map(|text| AnyValue::String(Cow::Owned(text))));
    }

    /// The same with a list of texts.
    fn list(&mut self, attribute: SystemAttribute, values: impl FnOnce() -> Vec<String>) {
        let value = |text| AnyValue::String(Cow::Owned(text));
        self.add(attribute, || Some(AnyValue::Array(values().into_iter().map(value).collect())));
    }
}
