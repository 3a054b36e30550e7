//! The connectors of the agent, one folder each.

pub mod forward;

use agent_component::factory::Planned;
use agent_component::{ConnectorFactory, Kind};

/// Every connector type, a to z.
pub const CONNECTORS: &[ConnectorFactory] = &[ConnectorFactory::of::<forward::Forward>()];

/// Connector types of the Collector that are not here yet, a to z.
pub const PLANNED: &[Planned] = &[planned("count"), planned("routing"), planned("spanmetrics")];

const fn planned(type_name: &'static str) -> Planned {
    Planned { kind: Kind::Connector, type_name }
}
