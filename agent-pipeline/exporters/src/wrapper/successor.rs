//! Who takes an exporter's place when its settings change, and what marks the data that goes there.
//!
//! The mark is the task's: [`Telemetry`](agent_component::Telemetry) has no place for it, and an edge is a plain call.
//! Through it the successor says when the data is its own. From then on it counts what becomes of the items, and the
//! predecessor no more.

use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

use agent_component::{ConsumeResult, Next, Telemetry};
use agent_otlp::{Batch, Signal};
use tokio_util::sync::CancellationToken;

use super::queue::Room;

tokio::task_local! {
    static HANDED_OVER: Handed;
}

/// Data on its way from an exporter to its successor. Clones are of the same.
#[derive(Clone)]
pub(super) struct Handed(Arc<Inner>);

struct Inner {
    waited_for: bool,
    /// The room that it takes with the predecessor; `None` once the successor has it.
    rooms: Mutex<Option<Vec<Arc<Room>>>>,
    /// The predecessor had it from another one, which is in the same call.
    before: Option<Handed>,
}

impl Handed {
    /// Data that takes `rooms`. `waited_for`: whoever brought it gets the result itself; an exporter that brought it is
    /// itself asked by somebody, or not.
    pub(super) fn new(waited_for: bool, rooms: Vec<Arc<Room>>) -> Self {
        let before = handed_over();
        let waited_for = before.as_ref().map_or(waited_for, Self::is_waited_for);
        Self(Arc::new(Inner { waited_for, rooms: Mutex::new(Some(rooms)), before }))
    }

    pub(super) fn is_waited_for(&self) -> bool {
        self.0.waited_for
    }

    /// The successor has it.
    pub(super) fn take(&self) {
        self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(before) = &self.0.before {
            before.take();
        }
    }

    /// Whether the successor has it, whatever it says later.
    pub(super) fn is_taken(&self) -> bool {
        self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
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

/// Hands on what an exporter held. Whoever is called sees that it is not new ([`handed_over`]).
///
/// The first poll does what can be done at once, whatever the task has done before: the order of the queue depends on it.
pub(super) async fn hand_on(next: &Next, data: Telemetry, handed: &Handed) -> ConsumeResult {
    tokio::task::unconstrained(HANDED_OVER.scope(handed.clone(), next.consume(data))).await
}

/// What another exporter held, if the running call brings that.
pub(super) fn handed_over() -> Option<Handed> {
    HANDED_OVER.try_with(Handed::clone).ok()
}

/// Whether the running call brings what another exporter held.
pub(super) fn is_handed_over() -> bool {
    HANDED_OVER.try_with(|_| ()).is_ok()
}
