//! Liveness and readiness over HTTP, from the first millisecond of the process to its last; the state of the configuration.
//!
//! | path | 200 | 503 |
//! |---|---|---|
//! | `/health` | every watched loop makes progress, and no component is lost | one is overdue or lost; the body names it |
//! | `/ready` | a configuration runs | none runs yet, or the agent is shutting down; the body says why |
//! | `/` and what is below | as the Collector's `health_check` extension answers while ready | ... while not ready |
//!
//! Two more servers share its bounds: [`StatusServer`] for who runs the agent, and [`WebhookServer`], which API servers ask about
//! a configuration before they store it.
//!
//! The parts of the agent report through [`Health`], a cheap clone; [`HealthServer`] turns it into answers. A component counts only
//! when it ended on its own and could not be started anew ([`FailingComponent`]): a backend that is down is no reason to restart
//! a pod.
//!
//! ```
//! use std::time::Duration;
//!
//! use agent_health::{Health, HealthServer};
//! use tokio_util::sync::CancellationToken;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), agent_health::HealthError> {
//! let health = Health::new();
//! let server = HealthServer::bind("127.0.0.1:0", &health)?;
//! let endpoints = server.endpoints(); // for the `health_check` extension
//! let stop = CancellationToken::new();
//! let serving = tokio::task::JoinSet::from_iter([server.run(stop.clone())]);
//!
//! let heartbeat = health.watch("main loop", Duration::from_secs(30));
//! heartbeat.beat();
//! health.set_ready();
//! // ... the configuration runs ...
//! health.shut_down();
//! // ... everything is drained ...
//! stop.cancel();
//! serving.join_all().await;
//! # drop(endpoints);
//! # Ok(())
//! # }
//! ```

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
