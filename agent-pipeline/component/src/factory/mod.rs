//! Factories: from a section of the document to something the graph can build, never past decode and validate.
//!
//! A component crate's table is a list of these, explicit on purpose: a reader sees all there is.
//!
//! ```text
//! Section --decode (strict)--> Config --validate (pure)--> Ready<Config> --build--> component
//! ```

mod batching;
mod connector;
mod exporter;
mod extension;
mod processor;
mod receiver;
mod table;

use agent_config::{Issues, Section, Validate};
use agent_otlp::Signal;
use serde::de::DeserializeOwned;

pub use batching::{Batching, Folded};
pub use connector::{BuildConnector, ConnectorComponent, ConnectorFactory};
pub use exporter::{BuildExporter, ExporterComponent, ExporterFactory, StorageUse};
pub use extension::{BuildExtension, Extension, ExtensionComponent, ExtensionFactory};
pub use processor::{BuildProcessor, BuiltProcessor, HoldingComponent, ProcessorComponent, ProcessorFactory};
pub use receiver::{BuildReceiver, Endpoint, Outputs, Receiver, ReceiverComponent, ReceiverFactory};
pub use table::{Components, Kind, Planned};

/// How far a component can be relied on, in the Collector's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Works for the documented cases; may still change.
    Beta,
    /// Complete against its specification and its conformance cases.
    Stable,
}

/// What is known of a component type before any configuration.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// The type in `type/name`, as the Collector names it today.
    pub type_name: &'static str,
    /// Older or other spellings that mean the same.
    pub aliases: &'static [&'static str],
    /// Signals it can be used for. Empty for extensions.
    pub signals: &'static [Signal],
    /// How far it can be relied on.
    pub stability: Stability,
}

impl Info {
    /// A stable component for all three signals and without aliases.
    pub const fn stable(type_name: &'static str) -> Self {
        Self { type_name, aliases: &[], signals: &Signal::ALL, stability: Stability::Stable }
    }

    /// Whether this type is written so.
    pub fn is_named(&self, name: &str) -> bool {
        self.type_name == name || self.aliases.contains(&name)
    }
}

/// A component's configuration: strict, with the Collector's defaults, checkable without the world.
pub trait Config: DeserializeOwned + Default + Validate + Send + Sync + 'static {}

impl<T: DeserializeOwned + Default + Validate + Send + Sync + 'static> Config for T {}

/// A configuration that was decoded and validated; the only thing builders accept.
struct Ready<C>(C);

impl<C> Ready<C> {
    fn config(&self) -> &C {
        &self.0
    }
}

/// Decodes and validates; every problem goes to `issues`, and then there is nothing to build from.
fn ready<C: Config>(section: &Section, issues: &mut Issues) -> Option<Ready<C>> {
    section.decode_valid(issues).map(Ready)
}
