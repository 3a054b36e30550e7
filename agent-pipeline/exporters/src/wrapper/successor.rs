//! Who takes an exporter's place when its settings change, and what marks the data that goes there.
//!
//! The mark is the task's: [`Telemetry`](agent_component::Telemetry) has no place for it, and an edge is a plain call.

use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use agent_component::{ConsumeResult, Next, Telemetry};
use agent_otlp::{Batch, Signal};
use tokio_util::sync::CancellationToken;

tokio::task_local! {
    static HANDED_OVER: ();
}

/// Nobody, until it is named.
#[derive(Default)]
pub(super) struct Successor {
    next: OnceLock<Next>,
    named: CancellationToken,
}

impl Successor {
    /// Names it, once.
    pub(super) fn name(&self, next: Next) {
        // There is one exchange in the life of an exporter; of two successors the first would have data already.
        let _ = self.next.set(next);
        self.named.cancel();
    }

    pub(super) fn get(&self) -> Option<&Next> {
        self.next.get()
    }

    /// Waits for `work`, or gives `None` when a successor is named first. `work` must be cancel safe.
    pub(super) async fn unless_named<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.named.run_until_cancelled(work).await
    }
}

/// Whether an exporter takes a signal, which one without a pipeline of it does not. Nothing is the question: it is taken
/// or refused at once.
pub(super) fn takes(next: &Next, signal: Signal) -> bool {
    let call = pin!(next.consume(Telemetry::new(Batch::empty(signal))));
    let answer = call.poll(&mut Context::from_waker(Waker::noop()));
    !matches!(answer, Poll::Ready(Err(error)) if error.is_permanent())
}

/// Hands on what an exporter held. Whoever is called sees that it is not new ([`is_handed_over`]).
///
/// The first poll does what can be done at once, whatever the task has done before: the order of the queue depends on it.
pub(super) async fn hand_on(next: &Next, data: Telemetry) -> ConsumeResult {
    tokio::task::unconstrained(HANDED_OVER.scope((), next.consume(data))).await
}

/// Whether the running call brings what another exporter held.
pub(super) fn is_handed_over() -> bool {
    HANDED_OVER.try_with(|()| ()).is_ok()
}
