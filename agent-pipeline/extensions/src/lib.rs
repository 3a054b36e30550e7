#![doc = include_str!("../README.md")]

pub mod file_storage;
pub mod health_check;
pub mod memory_limiter;

use agent_component::{ExtensionFactory, Kind, Planned};

/// Every extension type, a to z.
pub const EXTENSIONS: &[ExtensionFactory] = &[
    ExtensionFactory::of::<file_storage::FileStorage>(),
    ExtensionFactory::of::<health_check::HealthCheck>(),
    ExtensionFactory::of::<memory_limiter::MemoryLimiter>(),
];

/// Extension types of the Collector that are not here yet, a to z.
pub const PLANNED: Planned =
    Planned { kind: Kind::Extension, type_names: &["k8s_leader_elector", "pprof", "zpages"] };
