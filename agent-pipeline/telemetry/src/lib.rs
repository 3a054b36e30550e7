//! The agent's own logs, one JSON object a line on standard output, and its own metrics, see [`metrics`].
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

//!
//! Metrics are counted without looking up anything, and read as the configuration says:
//!
//! ```
//! # use agent_config::{document::ServiceTelemetry, ComponentId};
//! # use agent_otlp::Signal;
//! use agent_telemetry::metrics::{Metrics, Reload};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # let telemetry = ServiceTelemetry {
//! #     metrics: agent_config::document::MetricsTelemetry { level: agent_config::document::MetricsLevel::None, ..Default::default() },
//! #     ..Default::default()
//! # };
//! # runtime.block_on(async {
//! let metrics = Metrics::default(); // one for the process
//! let stop = tokio_util::sync::CancellationToken::new();
//! let readers = tokio::task::JoinSet::from_iter([metrics.clone().run(stop.clone())]);
//!
//! // A configuration: ports are bound beside the old ones; drop the change and nothing happened.
//! let change = metrics.configure(&telemetry)?;
//! // A component asks once for its counters and adds to them; its successor counts on.
//! let counts = metrics.exporter(&"otlphttp/backend".parse::<ComponentId>()?, Signal::Logs);
//! counts.sent.add_items(512);
//! // The graph runs: now the readers may change too.
//! change.apply();
//! metrics.reloaded(Reload::Applied("3f2a"));
//!
//! stop.cancel(); // last of all, so that the last push has the last numbers
//! readers.join_all().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chain;
mod clock;
mod handle;
mod json;
pub mod metrics;
mod output;
mod parts;
mod sampling;
mod secrets;
mod subscriber;

#[cfg(test)]
mod tests;

pub use chain::{Chain, chain};
pub use handle::{LogError, LogHandle, init};
pub use metrics::Metrics;
pub use sampling::Sampling;
pub use secrets::{redact, register_secret};
pub use subscriber::JsonLog;
