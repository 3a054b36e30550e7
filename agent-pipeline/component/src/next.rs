//! `Next`: the one thing a component knows of the graph, an edge to whatever comes after it.
//!
//! An edge can be switched between two calls while its holder keeps running; that is what lets a receiver
//! keep its sockets, and a queue its backlog, when a pipeline behind or before them is exchanged.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use crate::{ConsumeResult, Consumer, Telemetry};

/// An edge of the graph. Clones share the edge: switching one switches all.
#[derive(Clone)]
pub struct Next {
    edge: Arc<ArcSwap<Target>>,
}

struct Target {
    consumer: Arc<dyn Consumer>,
    // Dropped with the target, that is when the last call through it ended.
    _ended: oneshot::Sender<()>,
    ended: std::sync::Mutex<Option<oneshot::Receiver<()>>>,
}

/// Resolves when the last call that went to a switched-away consumer through this edge has returned.
#[derive(Debug)]
pub struct Retired(Option<oneshot::Receiver<()>>);

impl Next {
    /// An edge to `consumer`.
    pub fn new(consumer: Arc<dyn Consumer>) -> Self {
        Self { edge: Arc::new(ArcSwap::from_pointee(Target::new(consumer))) }
    }

    /// Hands data to whatever the edge points at now; see [`Consumer::consume`].
    ///
    /// # Errors
    /// As the consumer's.
    pub async fn consume(&self, data: Telemetry) -> ConsumeResult {
        let target = self.edge.load_full();
        target.consumer.consume(data).await
    }

    /// Points the edge at another consumer. Calls that began before go to the old one, all later ones to the new.
    pub fn switch(&self, consumer: Arc<dyn Consumer>) -> Retired {
        let old = self.edge.swap(Arc::new(Target::new(consumer)));
        let ended = old.ended.lock().ok().and_then(|mut slot| slot.take());
        Retired(ended)
    }
}

impl std::fmt::Debug for Next {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Next")
    }
}

impl Target {
    fn new(consumer: Arc<dyn Consumer>) -> Self {
        let (sender, receiver) = oneshot::channel();
        Self { consumer, _ended: sender, ended: std::sync::Mutex::new(Some(receiver)) }
    }
}

impl Retired {
    /// Waits for the calls in flight.
    pub async fn wait(self) {
        if let Some(ended) = self.0 {
            // The sender is never used, only dropped: an error is the signal.
            let _ = ended.await;
        }
    }
}
