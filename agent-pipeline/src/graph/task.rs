//! One running component: its task, its life, and how its end is noticed.

use std::panic::AssertUnwindSafe;

use agent_component::{Kind, Life, RunError};
use agent_config::ComponentId;
use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ending::Limit;
use crate::error::Place;

/// A component that ended on its own.
#[derive(Debug, thiserror::Error)]
#[error("\"{id}\" {} failed: {reason}", kind.word())]
pub struct Failure {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: ComponentId,
    /// What it said, or that it panicked.
    pub reason: RunError,
}

/// A running component.
pub(super) struct Task {
    pub(super) place: Place,
    life: Life,
    /// It was replaced and drains: its end is no failure of the graph.
    retired: CancellationToken,
    handle: JoinHandle<()>,
}

/// Spawns components and hears of those that end on their own.
pub(super) struct Spawner<'a> {
    pub(super) tracker: &'a TaskTracker,
    pub(super) parent: &'a Life,
    pub(super) failures: &'a mpsc::Sender<Failure>,
}

impl Spawner<'_> {
    /// Runs one component; `run` gets the life it has to heed.
    pub(super) fn spawn<F>(&self, place: Place, run: impl FnOnce(Life) -> F) -> Task
    where
        F: Future<Output = Result<(), RunError>> + Send + 'static,
    {
        // Stages stop one after the other, so `stop` is the task's own and not the parent's child.
        let life = Life { stop: CancellationToken::new(), abort: self.parent.abort.child_token() };
        let work = AssertUnwindSafe(run(life.clone())).catch_unwind();
        let (stop, failures) = (life.stop.clone(), self.failures.clone());
        let (kind, id) = (place.kind, place.id.clone());
        let retired = CancellationToken::new();
        let forgiven = retired.clone();
        let handle = self.tracker.spawn(async move {
            let reason = match work.await {
                Ok(Ok(())) if stop.is_cancelled() => return,
                Ok(Ok(())) => RunError::new("it ended though nobody asked it to"),
                Ok(Err(error)) => error,
                Err(_) => RunError::new("it panicked"),
            };
            let failure = Failure { kind, id, reason };
            if forgiven.is_cancelled() {
                tracing::error!("while it was being replaced, {failure}");
                return;
            }
            // A full channel already holds a failure, and one is enough to end the graph.
            let _ = failures.try_send(failure);
        });
        Task { place, life, retired, handle }
    }
}

impl Task {
    /// Asks it to finish.
    pub(super) fn ask_to_stop(&self) {
        self.life.stop.cancel();
    }

    /// From here on its failure is only told.
    pub(super) fn retire(&self) {
        self.retired.cancel();
    }

    /// Waits until it has finished, or aborts it when `limit` has passed. `false` when it had to be aborted.
    pub(super) async fn finish(&mut self, limit: &Limit) -> bool {
        tokio::select! {
            biased;
            _ = &mut self.handle => return true,
            () = limit.passed() => {}
        }
        self.life.abort.cancel();
        // A component that heeds `abort` returns without waiting on anything outside; the rest are left behind.
        if timeout(ABORT_GRACE, &mut self.handle).await.is_err() {
            self.handle.abort();
        }
        false
    }
}

/// How long an aborted component may take to return.
const ABORT_GRACE: std::time::Duration = std::time::Duration::from_millis(200);
