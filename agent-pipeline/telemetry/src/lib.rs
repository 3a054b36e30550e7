//! The agent's own logs: one JSON object a line on standard output.
//!
//! ```json
//! {"level":"info","ts":"2024-03-15T10:30:45.123Z","msg":"kube agent initialized","version":"0.1.0"}
//! ```
//!
//! It takes what the `tracing` macros say and is no tracing backend: spans are switched off, because nobody
//! here reads them and a disabled span costs nothing. Not the agent's metrics either.
//!
//! | part | promise |
//! |---|---|
//! | [`init`] | installs the log for the process; lines leave through a thread of their own, so a stuck pipe never stalls a worker |
//! | [`LogHandle`] | level and sampling can be changed while running; [`LogHandle::flush`] before exit |
//! | [`register_secret`] | a registered value is never printed, whoever logs it |
//! | [`chain`] | an error with its sources, each said once |
//!
//! Field names are written in camel case (`deployment_mode` becomes `deploymentMode`). A component names itself
//! with the field `component`, so that a repeating event is limited for each component alone:
//!
//! ```
//! # let id = "otlphttp/backend";
//! # let error = std::io::Error::other("connection refused");
//! # let items = 512_u64;
//! tracing::warn!(component = %id, items, error = &error as &(dyn std::error::Error + 'static), "data dropped");
//! ```
//!
//! Of other people's crates only warnings and errors are written, cut short at the first quoted or structured
//! part, because such a text may carry a request body or a header.

mod chain;
mod clock;
mod handle;
mod json;
mod output;
mod parts;
mod sampling;
mod secrets;
mod subscriber;

#[cfg(test)]
mod tests;

pub use chain::{Chain, chain};
pub use handle::{LogError, LogHandle, init};
pub use sampling::Sampling;
pub use secrets::{redact, register_secret};
pub use subscriber::JsonLog;
