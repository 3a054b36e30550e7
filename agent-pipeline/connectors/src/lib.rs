#![doc = include_str!("../README.md")]

pub mod count;
pub mod forward;
pub mod routing;

mod error_mode;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use agent_component::{ConnectorFactory, Kind, Planned};

/// Every connector type, a to z.
pub const CONNECTORS: &[ConnectorFactory] = &[
    ConnectorFactory::of::<count::Count>(),
    ConnectorFactory::of::<forward::Forward>(),
    ConnectorFactory::of::<routing::Routing>(),
];

/// Connector types of the Collector that are not here yet, a to z.
pub const PLANNED: Planned = Planned { kind: Kind::Connector, type_names: &["spanmetrics"] };
