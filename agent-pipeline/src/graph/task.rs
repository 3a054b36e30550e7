//! One running component: its task, its life, and how its end is noticed.

use std::sync::{Arc, OnceLock};

use agent_component::{Life, RunError, caught, caught_call};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::door::Door;
use super::ending::Limit;
use crate::defects::Defects;
use crate::error::Place;

/// A running component.
pub(super) struct Task {
    pub(super) place: Place,
    life: Life,
    /// It is to end: if it fails now, that is only told.
    retired: CancellationToken,
    /// Why it ended on its own.
    failure: Arc<OnceLock<RunError>>,
    handle: JoinHandle<()>,
}

/// Spawns components and hears of those that end on their own.
pub(super) struct Spawner<'a> {
    pub(super) tracker: &'a TaskTracker,
    pub(super) parent: &'a Life,
    pub(super) trouble: &'a Arc<Notify>,
}

impl Spawner<'_> {
    /// Runs one component; `run` gets the life it has to heed. `door` is shut when it ends on its own.
    pub(super) fn spawn<F>(
        &self,
        place: Place,
        defects: &Defects,
        door: Option<Arc<Door>>,
        run: impl FnOnce(Life) -> F,
    ) -> Task
    where
        F: Future<Output = Result<(), RunError>> + Send + 'static,
    {
        // Stages stop one after the other, so `stop` is the task's own and not the parent's child.
        let life = Life { stop: CancellationToken::new(), abort: self.parent.abort.child_token() };
        let work = caught_call(|| run(life.clone()));
        let (stop, retired) = (life.stop.clone(), CancellationToken::new());
        let failure = Arc::<OnceLock<RunError>>::default();
        let (is_retired, failed) = (retired.clone(), Arc::clone(&failure));
        let (trouble, defects) = (Arc::clone(self.trouble), defects.clone());
        let handle = self.tracker.spawn(async move {
            let ended = match work {
                Ok(work) => caught(work).await,
                Err(panic) => Err(panic),
            };
            let reason = match ended {
                Ok(Ok(())) if stop.is_cancelled() => return,
                Ok(Ok(())) => RunError::new("it ended though nobody asked it to"),
                Ok(Err(error)) => error,
                Err(panic) => {
                    defects.panicked();
                    RunError::new(panic.to_string())
                }
            };
            let for_good = is_retired.is_cancelled();
            if for_good {
                tracing::error!("while it was being stopped, {} failed: {reason}", defects.name());
            }
            // Known before anybody is told.
            let _ = failed.set(reason);
            if let Some(door) = door {
                door.shut(for_good);
            }
            trouble.notify_one();
        });
        Task { place, life, retired, failure, handle }
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

    /// Why it ended on its own, if it did.
    pub(super) fn failure(&self) -> Option<&RunError> {
        self.failure.get()
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
