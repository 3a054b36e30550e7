//! The contracts between the pipeline graph and its components.
//!
//! Data flows forward only. Whoever has data calls [`Next::consume`] of what comes after it; the call
//! returns when the next *holder* (a batch, a queue, an exporter without a queue) took responsibility.
//! The `Result` that travels back is the acknowledgement, so back-pressure needs no channel.
//!
//! | part | contract | instances |
//! |---|---|---|
//! | [`Receiver`] | `start` binds, `run` feeds [`Outputs`] until its [`Life`] says stop | one per id, all its signals |
//! | [`Processor`] | `process` edits a batch in place, called inline, may not wait | one per pipeline |
//! | [`Holder`] | consumes, may hold data, `run` until drained | a holding processor: one per pipeline; an exporter: one per id; a connector: one per id and pair of signals |
//! | [`Extension`] | `start`, then `run` beside the pipelines | one per id |
//!
//! A component is made in three steps that cannot be left out: *decode* (strict, all problems at once),
//! *validate* (pure), *build* (may touch the world, may not spawn). The factories in [`factory`] do the
//! first two before anybody can ask for the third. Only `run` owns tasks, and it joins them before it returns.
//!
//! The graph builds from the wire back, starts wire first and stops source first.
//!
//! A change of the configuration exchanges parts of a running graph: a component whose settings are the same goes on,
//! and only its edges ([`Next`], [`Outputs`]) may lead elsewhere from then on. One whose settings changed is built and
//! started beside the running one, which then gets no more data, is told who follows it ([`Holder::hand_over`]), stops
//! and drains.

mod caught;
mod code;
mod consume;
mod context;
mod error;
pub mod factory;
mod fan_out;
mod health;
mod host;
mod life;
mod listeners;
mod memory;
mod next;
mod receipt;
mod shared;
mod storages;

#[cfg(test)]
mod tests;

use std::pin::Pin;

pub use caught::{Panic, caught, caught_call};
pub use code::Code;
pub use consume::{Accepted, ConsumeError, ConsumeResult, Consumer, ErrorKind, Holder, Processor, Telemetry};
pub use context::ClientInfo;
pub use error::{BuildError, RunError, StartError};
pub use factory::{
    Components, ConnectorComponent, ConnectorFactory, Endpoint, ExporterComponent, ExporterFactory,
    Extension, ExtensionComponent, ExtensionFactory, HoldingComponent, Info, Kind, Outputs, Planned,
    ProcessorComponent, ProcessorFactory, Receiver, ReceiverComponent, ReceiverFactory, Stability,
    StorageUse,
};
pub use fan_out::FanOut;
pub use health::{HealthEndpoint, HealthEndpoints, NoHealthEndpoints};
pub use host::{BuildContext, BuildInfo, Host};
pub use life::Life;
pub use listeners::{Listeners, UnixSocket};
pub use memory::{
    Beyond, Drawn, Limiter, Lines, Memory, MemoryLimit, Overloaded, Pressure, Room, UnknownTotal,
    limit_of_container,
};
pub use next::{Next, Retired};
pub use receipt::{Delivered, Receipt, Undelivered};
pub use shared::Shared;
pub use storages::{Registered, Storage, Storages};

/// A boxed future that may move between threads: how the contracts stay object safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
