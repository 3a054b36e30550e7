//! What stands before a component that holds data: nothing while it works, a short wait while it is started anew.
//!
//! A component that ended would still take data, which nobody would ever pass on. So its task shuts the door with its
//! last step. Calls that come then wait for a while: the next start is mostly a matter of milliseconds, and some callers
//! (`batch`) drop what they cannot hand on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use agent_component::{BoxFuture, ConsumeError, ConsumeResult, Consumer, Holder, Panic, Telemetry};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::defects::Defects;

/// How long a call waits. Shorter than clients do.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to one holder.
pub(super) struct Door {
    holder: Arc<dyn Holder>,
    defects: Defects,
    /// Asked for each call; the rest only when it says so.
    is_shut: AtomicBool,
    stand: watch::Sender<Stand>,
    /// Who has taken the holder's place.
    successor: OnceLock<Arc<dyn Consumer>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Open,
    /// It ended, and may come back.
    Down,
    /// It ended for good.
    Gone,
}

impl Door {
    pub(super) fn new(holder: Arc<dyn Holder>, defects: Defects) -> Self {
        let stand = watch::Sender::new(Stand::Open);
        Self { holder, defects, is_shut: AtomicBool::new(false), stand, successor: OnceLock::new() }
    }

    /// The holder ended on its own.
    pub(super) fn shut(&self, for_good: bool) {
        self.is_shut.store(true, Ordering::Release);
        self.stand.send_replace(if for_good { Stand::Gone } else { Stand::Down });
    }

    /// It works again, if only to pass on what it holds.
    pub(super) fn open(&self) {
        self.is_shut.store(false, Ordering::Release);
        self.stand.send_replace(Stand::Open);
    }

    /// Calls that find it shut go to `successor`.
    pub(super) fn lead_to(&self, successor: Arc<dyn Consumer>) {
        // A component is exchanged once.
        let _ = self.successor.set(successor);
        // For those who wait.
        self.stand.send_modify(|_| {});
    }

    async fn when_open(&self, data: Telemetry) -> ConsumeResult {
        let mut stand = self.stand.subscribe();
        let may_go = stand.wait_for(|stand| *stand != Stand::Down || self.successor.get().is_some());
        // The sender lives as long as this.
        let now = timeout(PATIENCE, may_go).await.ok().and_then(|stand| stand.ok().map(|stand| *stand));
        match (now, self.successor.get()) {
            (Some(Stand::Open), _) => self.holder.consume(data).await,
            (Some(_), Some(successor)) => successor.consume(data).await,
            _ => Err(self.defects.refusal("the component failed and is being started anew")),
        }
    }
}

impl Consumer for Door {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        if self.is_shut.load(Ordering::Acquire) {
            return Box::pin(self.when_open(data));
        }
        self.holder.consume(data)
    }

    fn panicked(&self, panic: &Panic) -> ConsumeError {
        self.defects.in_call(panic)
    }
}
