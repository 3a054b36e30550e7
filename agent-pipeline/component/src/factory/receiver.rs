//! The receiver contract and its factory.

use std::sync::Arc;

use agent_config::{Issues, Section};
use agent_otlp::Signal;

use super::{Config, Info, Ready, ready};
use crate::{BoxFuture, BuildContext, BuildError, Life, Next, RunError, StartError};

/// Where a receiver's data goes: an edge for each signal. Clones share the edges.
///
/// A pipeline may come or go while the receiver runs, so [`Outputs::get`] is asked for every request, not once.
#[derive(Clone, Debug)]
pub struct Outputs {
    traces: Next,
    metrics: Next,
    logs: Next,
}

/// No pipeline takes anything.
impl Default for Outputs {
    fn default() -> Self {
        Self { traces: Next::unconnected(), metrics: Next::unconnected(), logs: Next::unconnected() }
    }
}

impl Outputs {
    /// The edge of one signal; `None` while no pipeline takes that signal from this receiver.
    pub fn get(&self, signal: Signal) -> Option<&Next> {
        Some(self.edge(signal)).filter(|next| next.is_connected())
    }

    /// The edge of one signal, connected or not: for the graph, which switches it.
    pub fn edge(&self, signal: Signal) -> &Next {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Metrics => &self.metrics,
            Signal::Logs => &self.logs,
        }
    }

    /// Replaces the edge of one signal in this value alone.
    pub fn set(&mut self, signal: Signal, next: Next) {
        let slot = match signal {
            Signal::Traces => &mut self.traces,
            Signal::Metrics => &mut self.metrics,
            Signal::Logs => &mut self.logs,
        };
        *slot = next;
    }
}

/// Brings data in.
///
/// 1. `start` takes what it needs of the world: sockets are listening when it returns, but nothing is read.
/// 2. `run` hands data to its outputs and answers its clients with what came back.
/// 3. After `life.stop` it takes nothing new, lets calls in flight end, and returns; on `life.abort` at once.
///
/// In a change of the configuration the new receiver of an id starts before the old one stops: a listening socket comes
/// from [`Listeners`](crate::Listeners), which hands both the same one.
///
/// A position (file, list) moves only after `Ok`, and where the receiver can read again, after the receipt.
pub trait Receiver: Send + 'static {
    /// Binds sockets and opens files.
    ///
    /// # Errors
    /// The configuration that holds this receiver is refused as a whole.
    fn start(&mut self) -> BoxFuture<'_, Result<(), StartError>>;

    /// Feeds the outputs until `life.stop`.
    ///
    /// # Errors
    /// The receiver cannot go on. Then, and if it panics, one that is built anew takes its place.
    fn run(self: Box<Self>, outputs: Outputs, life: Life) -> BoxFuture<'static, Result<(), RunError>>;
}

/// A place where a receiver listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The key in the receiver's section (`protocols::grpc::endpoint`).
    pub at: String,
    /// `host:port` as [`Listeners::tcp`](crate::Listeners::tcp) takes it, or the path of a unix socket.
    pub address: String,
    /// Whether it is such a path.
    pub is_unix: bool,
}

/// A receiver type: what a component author writes beside [`Receiver`].
pub trait ReceiverComponent: Receiver + Sized {
    /// Type name, signals, stability.
    const INFO: Info;
    /// Its settings.
    type Config: Config;

    /// Where it listens with these settings. Default: nowhere. The plan refuses two receivers that listen in one place.
    fn endpoints(config: &Self::Config) -> Vec<Endpoint> {
        let _ = config;
        Vec::new()
    }

    /// Makes one, without spawning and without reading data.
    ///
    /// # Errors
    /// A file the settings name cannot be used, or the like.
    fn build(config: &Self::Config, context: &BuildContext) -> Result<Self, BuildError>;
}

/// Builds receivers from one validated section.
pub trait BuildReceiver: Send + Sync {
    /// See [`ReceiverComponent::endpoints`].
    fn endpoints(&self) -> Vec<Endpoint>;

    /// See [`ReceiverComponent::build`].
    ///
    /// # Errors
    /// As there.
    fn build(&self, context: &BuildContext) -> Result<Box<dyn Receiver>, BuildError>;
}

type Decode = fn(&Section, &mut Issues) -> Option<Arc<dyn BuildReceiver>>;

/// A row in a table of receivers.
#[derive(Clone, Copy)]
pub struct ReceiverFactory {
    /// What is known of the type.
    pub info: Info,
    /// Decodes and validates a section.
    pub decode: Decode,
}

impl ReceiverFactory {
    /// The row of one component type.
    pub const fn of<T: ReceiverComponent>() -> Self {
        Self { info: T::INFO, decode: decode::<T> }
    }
}

struct Builder<T: ReceiverComponent>(Ready<T::Config>);

fn decode<T: ReceiverComponent>(section: &Section, issues: &mut Issues) -> Option<Arc<dyn BuildReceiver>> {
    ready(section, issues).map(|config| Arc::new(Builder::<T>(config)) as Arc<dyn BuildReceiver>)
}

impl<T: ReceiverComponent> BuildReceiver for Builder<T> {
    fn endpoints(&self) -> Vec<Endpoint> {
        T::endpoints(self.0.config())
    }

    fn build(&self, context: &BuildContext) -> Result<Box<dyn Receiver>, BuildError> {
        Ok(Box::new(T::build(self.0.config(), context)?))
    }
}
