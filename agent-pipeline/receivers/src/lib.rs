//! The receivers that have no world of their own, and the table that names them.

pub mod nop;
pub mod otlp;

use agent_component::ReceiverFactory;

/// Every receiver of this crate, a to z.
pub const RECEIVERS: &[ReceiverFactory] =
    &[ReceiverFactory::of::<nop::Nop>(), ReceiverFactory::of::<otlp::Otlp>()];
