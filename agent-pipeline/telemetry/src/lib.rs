#![doc = include_str!("../README.md")]

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
