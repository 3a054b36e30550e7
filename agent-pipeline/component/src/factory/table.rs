//! The table of tables: every component type a binary knows.

use super::{ConnectorFactory, ExporterFactory, ExtensionFactory, Info, ProcessorFactory, ReceiverFactory};

/// The kinds of components, as sections of the document name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `receivers`
    Receiver,
    /// `processors`
    Processor,
    /// `exporters`
    Exporter,
    /// `connectors`
    Connector,
    /// `extensions`
    Extension,
}

impl Kind {
    /// All kinds in the order of the document.
    pub const ALL: [Self; 5] =
        [Self::Receiver, Self::Processor, Self::Exporter, Self::Connector, Self::Extension];

    /// The section of the document: `receivers`.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Receiver => "receivers",
            Self::Processor => "processors",
            Self::Exporter => "exporters",
            Self::Connector => "connectors",
            Self::Extension => "extensions",
        }
    }

    /// The word for one of them: `receiver`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Receiver => "receiver",
            Self::Processor => "processor",
            Self::Exporter => "exporter",
            Self::Connector => "connector",
            Self::Extension => "extension",
        }
    }
}

/// Component types of the Collector that this version does not have: named, so that the error can be honest.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    /// Their kind.
    pub kind: Kind,
    /// Their types, a to z.
    pub type_names: &'static [&'static str],
}

/// Every component type a binary knows, by kind, a to z.
#[derive(Clone, Copy)]
pub struct Components {
    /// Receivers.
    pub receivers: &'static [ReceiverFactory],
    /// Processors.
    pub processors: &'static [ProcessorFactory],
    /// Exporters.
    pub exporters: &'static [ExporterFactory],
    /// Connectors.
    pub connectors: &'static [ConnectorFactory],
    /// Extensions.
    pub extensions: &'static [ExtensionFactory],
    /// Types that users of the Collector know and that are not here yet.
    pub planned: &'static [Planned],
}

impl Components {
    /// What is known of every type of one kind, in table order.
    pub fn infos(&self, kind: Kind) -> Vec<Info> {
        match kind {
            Kind::Receiver => self.receivers.iter().map(|f| f.info).collect(),
            Kind::Processor => self.processors.iter().map(|f| f.info).collect(),
            Kind::Exporter => self.exporters.iter().map(|f| f.info).collect(),
            Kind::Connector => self.connectors.iter().map(|f| f.info).collect(),
            Kind::Extension => self.extensions.iter().map(|f| f.info).collect(),
        }
    }

    /// Whether a type is one that a later version will have.
    pub fn is_planned(&self, kind: Kind, type_name: &str) -> bool {
        self.planned.iter().any(|planned| planned.kind == kind && planned.type_names.contains(&type_name))
    }
}
