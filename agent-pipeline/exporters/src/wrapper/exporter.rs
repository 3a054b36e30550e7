//! The component around a [`Sender`].

use std::sync::Arc;
use std::time::Duration;

use agent_component::factory::Folded;
use agent_component::{
    Accepted, BoxFuture, BuildContext, ConsumeError, ConsumeResult, Consumer, Holder, Life, Next, RunError,
    Shared, StartError, Telemetry,
};
use agent_otlp::Signal;
use agent_telemetry::Metrics;
use agent_telemetry::metrics::{ComponentKind, Registration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::adopt::adopt;
use super::answer::{Answer, ended};
use super::attempts::Attempts;
use super::backlog::Backlog;
use super::counts::{Counts, Reason};
use super::durable::Disk;
use super::lane::Lane;
use super::queues::Queues;
use super::settings::count;
use super::successor::{is_handed_over, takes};
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
    /// One for each signal.
    lanes: Vec<Arc<Lane>>,
    /// Workers for each lane; none without a queue.
    consumers: usize,
    /// Calls that send on their caller's time.
    calls: TaskTracker,
    /// Cancelled when `run` returns, and with it what those calls still try.
    ended: CancellationToken,
    shared: Shared,
}

impl<S: Sender> Exporter<S> {
    /// An exporter of `signals`. Nothing runs before [`Holder::run`].
    pub fn new(context: &BuildContext, signals: &[Signal], options: Options, sender: S) -> Self {
        let queue = options.queue.filter(|queue| queue.enabled);
        let lanes = signals.iter().map(|signal| {
            let counts = Counts::new(context, *signal, &Reason::OF_SENDING);
            let mut lane = Lane::new(context, *signal, queue.as_ref(), counts);
            lane.is_meant_for(sender.destination(*signal));
            Arc::new(lane)
        });
        let lanes = lanes.collect();
        // More workers than the queue has room for would never have work.
        let consumers = queue.as_ref().map_or(0, |queue| count(queue.num_consumers.min(queue.queue_size)));
        let metrics = context.host.shared.of::<Metrics>();
        let defects = metrics.defects(ComponentKind::Exporter, &context.id, None);
        let attempts = Arc::new(Attempts {
            id: context.id.clone(),
            sender,
            timeout: options.timeout,
            max_elapsed: options
                .retry
                .max_elapsed(queue.as_ref().is_some_and(|queue| queue.storage.is_some())),
            retry: options.retry,
            stopping: CancellationToken::new(),
            panics: defects.panics,
        });
        Self {
            attempts,
            lanes,
            consumers,
            calls: TaskTracker::new(),
            ended: CancellationToken::new(),
            shared: context.host.shared.clone(),
        }
    }

    /// Gathers what was taken, in the place of a processor.
    pub fn fold(&mut self, folded: &Folded) {
        let lanes = self.lanes.iter_mut().filter(|lane| lane.signal == folded.signal);
        // Nobody else has a lane before it runs.
        for lane in lanes.filter_map(Arc::get_mut) {
            let counts = self.shared.of::<Metrics>().batch(&folded.processor);
            lane.fold(&folded.batching, counts);
        }
    }

    async fn queued(&self, lane: &Lane, queue: &Backlog, data: Telemetry) -> ConsumeResult {
        let items = data.batch.items();
        let successor = &lane.successor;
        let refused = match successor.unless_named(queue.room(&data.batch)).await {
            Some(Ok(room)) => match queue.push(room, data).await {
                Ok(None) => return Ok(Accepted::default()),
                Ok(Some(result)) => return result.await.unwrap_or_else(|_| Err(ended())),
                Err(refused) => refused,
            },
            Some(Err(error)) => (error, data),
            None => (ended(), data),
        };
        let (error, data) = refused;
        // Whoever waited for room, or was late, goes where all others go now.
        if let Some(next) = successor.get() {
            return next.consume(data).await;
        }
        let error = error.by(&self.attempts.id);
        if !is_handed_over() {
            lane.counts.not_queued(items);
            match queue.disk() {
                Some(disk) => disk.tell_refused(&error),
                None => self.attempts.tell_rejected(lane.signal, items, &error),
            }
        }
        Err(error)
    }

    async fn inline(&self, lane: &Lane, data: Telemetry) -> ConsumeResult {
        let _counted = self.calls.token();
        let (answer, result) = Answer::new();
        let unit = Unit::of(data, Some(answer), None);
        self.ended.run_until_cancelled(self.attempts.dispatch(lane, unit, None)).await;
        result.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Works on a queue until it is closed and empty. A defect costs what it was about, and the worker goes on.
    async fn work(lane: Arc<Lane>, attempts: Arc<Attempts<S>>) {
        while attempts.step_of(&lane).await {}
    }

    fn spawn_workers(&self) -> JoinSet<()> {
        let mut workers = JoinSet::new();
        for lane in self.lanes.iter().filter(|lane| lane.queue.is_some()) {
            let of_lane = || (Arc::clone(lane), Arc::clone(&self.attempts));
            if lane.disk().is_some() {
                let (lane, attempts) = of_lane();
                workers.spawn(Self::serve(lane, attempts, self.consumers));
                continue;
            }
            for _ in 0..self.consumers {
                let (lane, attempts) = of_lane();
                workers.spawn(Self::work(lane, attempts));
            }
        }
        workers
    }

    /// Opens the queue on disk, has it worked on, and lets go of it.
    async fn serve(lane: Arc<Lane>, attempts: Arc<Attempts<S>>, consumers: usize) {
        let Some(disk) = lane.disk() else { return };
        let mut workers = JoinSet::new();
        if disk.open().await {
            for _ in 0..consumers {
                workers.spawn(Self::work(Arc::clone(&lane), Arc::clone(&attempts)));
            }
            workers.spawn(adopt(Arc::clone(&lane), Arc::clone(&attempts)));
        }
        while workers.join_next().await.is_some() {}
        disk.let_go().await;
        // One whose successor has the directory is done before the stop.
        attempts.stopping.cancelled().await;
    }

    fn queues(&self) -> impl Iterator<Item = (Signal, &Arc<Backlog>)> {
        self.lanes.iter().filter_map(|lane| Some((lane.signal, lane.queue.as_ref()?)))
    }

    /// Shows the queues in the metrics.
    fn show_queues(&self) -> Vec<Registration> {
        let (metrics, all) = (self.shared.of::<Metrics>(), self.shared.of::<Queues>());
        self.queues().map(|(signal, queue)| all.show(&metrics, &self.attempts.id, signal, queue)).collect()
    }

    /// Waits until nothing is held.
    async fn drain(&self, workers: &mut JoinSet<()>) {
        while workers.join_next().await.is_some() {}
        self.calls.close();
        self.calls.wait().await;
    }

    /// Ends all work; what is left is lost.
    async fn give_up(&self, mut workers: JoinSet<()>) {
        workers.shutdown().await;
        // Without a queue it is the caller who loses data, and he is told.
        for lane in self.lanes.iter().filter(|lane| lane.queue.is_some()) {
            let items = lane.abandon();
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
            let signal = data.batch.signal();
            let Some(lane) = self.lanes.iter().find(|lane| lane.signal == signal) else {
                let text = format!("was not set up for {signal}");
                return Err(ConsumeError::permanent(text).by(&self.attempts.id));
            };
            if data.batch.is_empty() {
                data.settle();
                return Ok(Accepted::default());
            }
            if let Some(next) = lane.successor.get() {
                return next.consume(data).await;
            }
            match &lane.queue {
                Some(queue) => self.queued(lane, queue, data).await,
                None => self.inline(lane, data).await,
            }
        })
    }
}

impl<S: Sender> Holder for Exporter<S> {
    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(async {
            self.lanes.iter().filter_map(|lane| lane.disk()).try_for_each(Disk::start)?;
            self.attempts.sender.start().await
        })
    }

    /// Takes effect at once: see the module.
    fn hand_over(&self, successor: Next) {
        for lane in self.lanes.iter().filter(|lane| takes(&successor, lane.signal)) {
            lane.hand_over(successor.clone());
        }
    }

    fn retire(&self, until: CancellationToken) {
        for lane in &self.lanes {
            lane.retire(&until);
        }
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            let _shown = self.show_queues();
            let mut workers = self.spawn_workers();
            let broken = life.or_abort(life.stop.run_until_cancelled(first_panic(&mut workers))).await;
            if broken.flatten().is_some() {
                // What is held stays, for another run to pass it on.
                return Err(RunError::new("what serves a queue on disk panicked"));
            }
            self.attempts.stopping.cancel();
            self.queues().for_each(|(_, queue)| queue.close());
            if life.or_abort(self.drain(&mut workers)).await.is_none() {
                self.give_up(workers).await;
            }
            self.ended.cancel();
            self.attempts.sender.close().await;
            Ok(())
        })
    }
}

/// Resolves when a task ends by a panic. Workers catch their own.
async fn first_panic(tasks: &mut JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        if ended.is_err_and(|error| error.is_panic()) {
            return;
        }
    }
    std::future::pending::<()>().await;
}
