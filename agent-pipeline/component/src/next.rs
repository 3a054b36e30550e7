//! `Next`: the one thing a component knows of the graph, an edge to whatever comes after it.
//!
//! An edge can be switched between two calls while its owner keeps running; that is what lets a receiver keep its
//! sockets, and a queue its backlog, when a pipeline behind or before them is exchanged.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use crate::{ConsumeError, ConsumeResult, Consumer, Telemetry, caught};

/// An edge of the graph. Clones share the edge: switching one switches all.
#[derive(Clone)]
pub struct Next {
    edge: Arc<ArcSwap<Target>>,
}

struct Target {
    /// `None`: no pipeline takes this data.
    consumer: Option<Arc<dyn Consumer>>,
    // Dropped with the target, that is when the last call through it ended.
    _ended: oneshot::Sender<()>,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

/// Resolves when the last call that went to a switched-away consumer through this edge has returned.
#[derive(Debug)]
pub struct Retired(Option<oneshot::Receiver<()>>);

impl Next {
    /// An edge to `consumer`.
    pub fn new(consumer: Arc<dyn Consumer>) -> Self {
        Self::to(Some(consumer))
    }

    /// An edge that leads nowhere yet.
    pub fn unconnected() -> Self {
        Self::to(None)
    }

    fn to(consumer: Option<Arc<dyn Consumer>>) -> Self {
        Self { edge: Arc::new(ArcSwap::from_pointee(Target::new(consumer))) }
    }

    /// Whether the edge leads anywhere now.
    pub fn is_connected(&self) -> bool {
        self.edge.load().consumer.is_some()
    }

    /// Hands data to whatever the edge points at now; see [`Consumer::consume`].
    ///
    /// # Errors
    /// As the consumer's; retryable when the edge leads nowhere, which may change at any time. A panic behind the edge ends
    /// here, as what [`Consumer::panicked`] says.
    pub async fn consume(&self, data: Telemetry) -> ConsumeResult {
        let target = self.edge.load_full();
        match &target.consumer {
            Some(consumer) => {
                let called = caught(async { consumer.consume(data).await }).await;
                called.unwrap_or_else(|panic| Err(consumer.panicked(&panic)))
            }
            None => Err(ConsumeError::retryable("no pipeline takes this signal now")),
        }
    }

    /// Points the edge at another consumer, or nowhere. Calls that began before go to the old one, later ones to the new.
    pub fn switch(&self, consumer: Option<Arc<dyn Consumer>>) -> Retired {
        let old = self.edge.swap(Arc::new(Target::new(consumer)));
        let ended = old.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        Retired(ended)
    }
}

impl std::fmt::Debug for Next {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Next")
    }
}

impl Target {
    fn new(consumer: Option<Arc<dyn Consumer>>) -> Self {
        let (sender, receiver) = oneshot::channel();
        Self { consumer, _ended: sender, ended: Mutex::new(Some(receiver)) }
    }
}

impl Retired {
    /// Waits for the calls in flight. Cancel safe.
    pub async fn wait(&mut self) {
        if let Some(ended) = &mut self.0 {
            // The sender is never used, only dropped: an error is the signal.
            let _ = ended.await;
            self.0 = None;
        }
    }
}
