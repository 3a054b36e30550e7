#![doc = include_str!("../README.md")]

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
mod step;
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
pub use step::{Pass, Step};
pub use storages::{Registered, Storage, Storages};

/// A boxed future that may move between threads: how the contracts stay object safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
