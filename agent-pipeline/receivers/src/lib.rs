#![doc = include_str!("../README.md")]

pub mod nop;
pub mod otlp;

use agent_component::{Kind, Planned, ReceiverFactory};

/// Every receiver of this crate, a to z.
pub const RECEIVERS: &[ReceiverFactory] =
    &[ReceiverFactory::of::<nop::Nop>(), ReceiverFactory::of::<otlp::Otlp>()];

/// Receivers of the Collector that are not here yet, a to z.
pub const PLANNED: Planned = Planned {
    kind: Kind::Receiver,
    type_names: &["filelog", "hostmetrics", "k8s_cluster", "k8s_events", "k8sobjects", "kubeletstats"],
};
