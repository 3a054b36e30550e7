//! The component around a [`Sender`].

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agent_component::{
    Accepted, BoxFuture, BuildContext, ConsumeResult, Consumer, Holder, Life, RunError, StartError, Telemetry,
};
use agent_otlp::Signal;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::answer::ended;
use super::attempts::Attempts;
use super::batcher::Batcher;
use super::queue::Queue;
use super::settings::count;
use super::unit::Unit;
use super::{QueueSettings, RetrySettings, Sender};

/// How an exporter treats its sender.
#[derive(Clone, Debug)]
pub struct Options {
    /// For one try; zero means without limit.
    pub timeout: Duration,
    /// Retries.
    pub retry: RetrySettings,
    /// The queue; `None` or a disabled one sends on the caller's time.
    pub queue: Option<QueueSettings>,
}

/// An exporter component: a [`Sender`] with queue, retries and time limit.
pub struct Exporter<S> {
    attempts: Arc<Attempts<S>>,
    lanes: Vec<Arc<Lane>>,
    consumers: usize,
}

/// The queue of one signal and what gathers behind it.
struct Lane {
    signal: Signal,
    queue: Queue,
    batcher: Option<Batcher>,
    /// Items that workers are sending.
    on_the_wire: AtomicUsize,
}

impl Lane {
    async fn next(&self) -> Option<Unit> {
        match &self.batcher {
            None => self.queue.pop().await,
            Some(batcher) => batcher.next(&self.queue).await,
        }
    }

    /// Items that neither arrived nor were given up.
    fn items(&self) -> usize {
        let gathered = self.batcher.as_ref().map_or(0, Batcher::items);
        self.queue.items() + gathered + self.on_the_wire.load(Ordering::Relaxed)
    }
}

impl<S: Sender> Exporter<S> {
    /// An exporter of `signals`. Nothing runs before [`Holder::run`].
    pub fn new(context: &BuildContext, signals: &[Signal], options: Options, sender: S) -> Self {
        let queue = options.queue.filter(|queue| queue.enabled);
        let lanes = queue.iter().flat_map(|settings| {
            signals.iter().map(|signal| {
                let (queue, batcher) = (Queue::new(settings), Batcher::new(settings));
                Arc::new(Lane { signal: *signal, queue, batcher, on_the_wire: AtomicUsize::new(0) })
            })
        });
        let lanes = lanes.collect();
        // More workers than the queue has room for would never have work.
        let consumers = queue.as_ref().map_or(0, |queue| count(queue.num_consumers.min(queue.queue_size)));
        let attempts = Arc::new(Attempts {
            id: context.id.clone(),
            sender,
            timeout: options.timeout,
            retry: options.retry,
            stopping: CancellationToken::new(),
        });
        Self { attempts, lanes, consumers }
    }

    async fn queued(&self, lane: &Lane, data: Telemetry) -> ConsumeResult {
        let items = data.batch.items();
        let result = match lane.queue.push(data.batch, data.receipt).await {
            Ok(None) => return Ok(Accepted::default()),
            Ok(Some(result)) => return result.await.unwrap_or_else(|_| Err(ended())),
            Err(error) => error.by(&self.attempts.id),
        };
        self.attempts.tell_rejected(lane.signal, items, &result);
        Err(result)
    }

    async fn inline(&self, data: Telemetry) -> ConsumeResult {
        let result = self.attempts.deliver(&data.batch).await;
        match &result {
            Ok(_) => data.settle(),
            Err(error) => self.attempts.tell_rejected(data.batch.signal(), data.batch.items(), error),
        }
        result
    }

    async fn work(lane: Arc<Lane>, attempts: Arc<Attempts<S>>) {
        while let Some(unit) = lane.next().await {
            let items = unit.batch.items();
            lane.on_the_wire.fetch_add(items, Ordering::Relaxed);
            let result = attempts.deliver(&unit.batch).await;
            lane.on_the_wire.fetch_sub(items, Ordering::Relaxed);
            if let Err(error) = &result {
                attempts.tell_dropped(lane.signal, items, error);
            }
            unit.finish(&result);
        }
    }

    fn tell_left(&self) {
        for lane in &self.lanes {
            let items = lane.items();
            if items > 0 {
                tracing::error!(
                    component = %self.attempts.id,
                    signal = lane.signal.as_str(),
                    lost = items,
                    "The grace period ended before the queue was empty. Dropping data."
                );
            }
        }
    }
}

impl<S: Sender> Consumer for Exporter<S> {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            if data.batch.is_empty() {
                data.settle();
                return Ok(Accepted::default());
            }
            let signal = data.batch.signal();
            match self.lanes.iter().find(|lane| lane.signal == signal) {
                Some(lane) => self.queued(lane, data).await,
                None => self.inline(data).await,
            }
        })
    }
}

impl<S: Sender> Holder for Exporter<S> {
    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(self.attempts.sender.start())
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            let mut workers = JoinSet::new();
            for lane in &self.lanes {
                for _ in 0..self.consumers {
                    workers.spawn(Self::work(Arc::clone(lane), Arc::clone(&self.attempts)));
                }
            }
            let ended = life.or_abort(life.stop.run_until_cancelled(first_end(&mut workers))).await;
            if ended.flatten().is_some() {
                workers.shutdown().await;
                self.tell_left();
                return Err(RunError::new("a worker of the sending queue broke down"));
            }
            self.attempts.stopping.cancel();
            self.lanes.iter().for_each(|lane| lane.queue.close());
            let drained = life.or_abort(async { while workers.join_next().await.is_some() {} }).await;
            if drained.is_none() {
                workers.shutdown().await;
                self.tell_left();
            }
            self.attempts.sender.close().await;
            Ok(())
        })
    }
}

/// Resolves when a worker ends, which before the stop only a defect can make happen.
async fn first_end(workers: &mut JoinSet<()>) {
    if workers.join_next().await.is_none() {
        std::future::pending::<()>().await;
    }
}
