//! The queues of the process as metrics see them: one size and one capacity for each exporter and signal.
//!
//! While an exporter is exchanged there are two queues under one name. The capacity is that of the newer one. The size is
//! what both hold, so that a backlog on its way from one to the other neither vanishes nor counts twice; a queue that
//! counts in another unit cannot be added and is left out. When the newer one goes first, the older one speaks again.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use agent_config::ComponentId;
use agent_otlp::Signal;
use agent_telemetry::Metrics;
use agent_telemetry::metrics::Registration;

use super::Sizer;
use super::backlog::Backlog;

/// Every queue that works or drains. Lives in `Host::shared`.
#[derive(Default)]
pub(super) struct Queues {
    known: Mutex<Vec<Known>>,
}

struct Known {
    id: ComponentId,
    signal: Signal,
    queue: Weak<Backlog>,
}

impl Queues {
    /// Shows a queue in the metrics until the registration is dropped.
    pub(super) fn show(
        self: &Arc<Self>,
        metrics: &Metrics,
        id: &ComponentId,
        signal: Signal,
        queue: &Arc<Backlog>,
    ) -> Registration {
        let known = Known { id: id.clone(), signal, queue: Arc::downgrade(queue) };
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.queue.strong_count() > 0);
        all.push(known);
        drop(all);
        let (queues, own, of) = (Arc::clone(self), Arc::downgrade(queue), id.clone());
        let size = move || Some(queues.held(&of, signal, own.upgrade()?.sizer()));
        metrics.queue(id, signal, size, queue.capacity() as u64)
    }

    /// What all queues of this exporter and signal hold that count in this unit.
    pub(super) fn held(&self, id: &ComponentId, signal: Signal, sizer: Sizer) -> u64 {
        let all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let same = all.iter().filter(|known| known.signal == signal && known.id == *id);
        let queues = same.filter_map(|known| known.queue.upgrade());
        queues.filter(|queue| queue.sizer() == sizer).map(|queue| queue.held() as u64).sum()
    }
}
