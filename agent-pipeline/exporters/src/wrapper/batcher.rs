//! `sending_queue::batch`, and a `batch` processor that is folded into a queue on disk: merges and cuts between queue and wire.
//!
//! No task of its own: the workers take turns. Whoever holds the lock gathers until the batch is due, keeps what is
//! left over for the next in turn, and goes to send.

use agent_component::factory::Batching;
use agent_telemetry::metrics::BatchCounts;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::backlog::Backlog;
use super::settings::count;
use super::successor::Successor;
use super::unit::Unit;
use super::{QueueSettings, Sizer};

pub(super) struct Batcher {
    gathered: Mutex<Option<Gathered>>,
    flush_timeout: std::time::Duration,
    min_size: usize,
    max_size: usize,
    sizer: Sizer,
    /// Of the processor whose work this is.
    counts: Option<BatchCounts>,
}

/// Where units come from.
pub(super) trait Source: Sync {
    /// As [`Backlog::pop`]. Cancel safe.
    fn next(&self) -> impl Future<Output = Option<Unit>> + Send;
}

impl Source for Backlog {
    fn next(&self) -> impl Future<Output = Option<Unit>> + Send {
        self.pop()
    }
}

/// What comes out of a folded processor.
pub(super) struct Folded<'a> {
    pub(super) batcher: &'a Batcher,
    pub(super) queue: &'a Backlog,
    pub(super) successor: &'a Successor,
}

impl Source for Folded<'_> {
    fn next(&self) -> impl Future<Output = Option<Unit>> + Send {
        self.batcher.next(self.queue, self.successor)
    }
}

/// Why a unit leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trigger {
    Size,
    Timeout,
    /// Nothing more comes.
    End,
}

struct Gathered {
    unit: Unit,
    due: Instant,
}

impl Batcher {
    /// `None` when the settings do not ask for batching.
    pub(super) fn new(settings: &QueueSettings) -> Option<Self> {
        let batch = settings.batch.as_ref()?;
        Some(Self {
            gathered: Mutex::new(None),
            flush_timeout: batch.flush_timeout(),
            min_size: count(batch.min_size),
            max_size: count(batch.max_size),
            sizer: settings.batch_sizer(batch),
            counts: None,
        })
    }

    /// Does what a processor did, and counts as it.
    pub(super) fn folded(batching: &Batching, counts: BatchCounts) -> Self {
        Self {
            gathered: Mutex::new(None),
            flush_timeout: batching.timeout,
            min_size: batching.due,
            max_size: batching.max,
            sizer: Sizer::Items,
            counts: Some(counts),
        }
    }

    /// The next unit to send; `None` once the queue is closed and empty and nothing is left over.
    ///
    /// Once a successor is named, nothing is gathered any more. Cancel safe.
    pub(super) async fn next(&self, queue: &impl Source, successor: &Successor) -> Option<Unit> {
        let mut gathered = self.gathered.lock().await;
        let trigger = loop {
            let next = match gathered.as_ref() {
                None => queue.next().await,
                Some(held) if self.sizer.size(&held.unit.batch) >= self.min_size => break Trigger::Size,
                Some(held) => match successor.unless_named(timeout_at(held.due, queue.next())).await {
                    Some(Ok(next)) => next,
                    Some(Err(_)) => break Trigger::Timeout,
                    None => break Trigger::End,
                },
            };
            let Some(unit) = next else { break Trigger::End };
            match gathered.as_mut() {
                // What is lost counts by who is told of it, so these two kinds do not mix. The first is small and can go.
                Some(held) if held.unit.is_waited_for() != unit.is_waited_for() => {
                    let next = Gathered { unit, due: Instant::now() + self.flush_timeout };
                    return Some(std::mem::replace(held, next).unit);
                }
                Some(held) => held.unit.merge(unit),
                None => *gathered = Some(Gathered { unit, due: Instant::now() + self.flush_timeout }),
            }
        };
        let front = gathered.as_mut().and_then(|held| {
            let front = held.unit.split_front(self.sizer, self.max_size)?;
            // The rest is the beginning of the next one.
            held.due = Instant::now() + self.flush_timeout;
            Some(front)
        });
        let unit = front.or_else(|| gathered.take().map(|held| held.unit))?;
        self.count(&unit, trigger);
        Some(unit)
    }

    fn count(&self, unit: &Unit, trigger: Trigger) {
        let Some(counts) = &self.counts else { return };
        match trigger {
            Trigger::Size => counts.by_size.add(1),
            Trigger::Timeout => counts.by_timeout.add(1),
            Trigger::End => return,
        }
        counts.size.record(unit.batch.items() as u64);
        counts.bytes.record(unit.batch.byte_len() as u64);
    }

    /// What is gathered, else what the queue has. Nothing while somebody is gathering: then that one has it soon.
    pub(super) fn next_now(&self, queue: &Backlog) -> Option<Unit> {
        let mut gathered = self.gathered.try_lock().ok()?;
        gathered.take().map(|held| held.unit).or_else(|| queue.try_pop())
    }

    /// Takes out what is gathered, if nobody is gathering.
    pub(super) fn take(&self) -> Option<Unit> {
        let held = self.gathered.try_lock().ok().and_then(|mut gathered| gathered.take());
        held.map(|held| held.unit)
    }
}
