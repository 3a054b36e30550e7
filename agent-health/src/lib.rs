#![doc = include_str!("../README.md")]

mod address;
mod answer;
mod certificates;
mod config_state;
mod connections;
mod endpoints;
mod error;
mod failing;
mod heartbeat;
mod published;
mod readiness;
mod router;
mod server;
mod site;
mod status;
mod webhook;

#[cfg(test)]
mod tests;

pub use config_state::{ConfigState, ConfigVersion, ConfigView, Refusal, Reloads, RunningConfig, SwapReport};
pub use error::HealthError;
pub use failing::FailingComponent;
pub use heartbeat::Heartbeat;
pub use readiness::Health;
pub use server::HealthServer;
pub use status::StatusServer;
pub use webhook::{Verdict, WebhookServer};
