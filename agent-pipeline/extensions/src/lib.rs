//! The extensions of the agent, one folder each.

pub mod health_check;

use agent_component::factory::Planned;
use agent_component::{ExtensionFactory, Kind};

/// Every extension type, a to z.
pub const EXTENSIONS: &[ExtensionFactory] = &[ExtensionFactory::of::<health_check::HealthCheck>()];

/// Extension types of the Collector that are not here yet, a to z.
pub const PLANNED: &[Planned] = &[
    planned("file_storage"),
    planned("k8s_leader_elector"),
    planned("memory_limiter"),
    planned("pprof"),
    planned("zpages"),
];

const fn planned(type_name: &'static str) -> Planned {
    Planned { kind: Kind::Extension, type_name }
}
