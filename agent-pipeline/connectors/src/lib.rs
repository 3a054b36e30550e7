//! The connectors of the agent, one folder each.

pub mod forward;

use agent_component::{ConnectorFactory, Kind, Planned};

/// Every connector type, a to z.
pub const CONNECTORS: &[ConnectorFactory] = &[ConnectorFactory::of::<forward::Forward>()];

/// Connector types of the Collector that are not here yet, a to z.
pub const PLANNED: Planned =
    Planned { kind: Kind::Connector, type_names: &["count", "routing", "spanmetrics"] };
