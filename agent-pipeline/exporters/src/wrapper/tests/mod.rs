//! Queue, batching and retries over a scripted backend, with a paused clock.

mod batching;
mod counted;
mod durable;
mod hand_over;
mod ledger;
mod losses;
mod queue;
mod retries;
mod rules;
mod sizes;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent_component::{
    Accepted, BuildContext, Code, ConsumeError, ConsumeResult, Consumer, Delivered, ErrorKind, Holder, Life,
    Next, Receipt, RunError, Telemetry,
};
use agent_config::GoDuration;
use agent_otlp::{Batch, Signal};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::backoff::Backoff;
use super::queues::Queues;
use super::*;
use crate::testing::{Counted, Logged, context, good, problems, spans};

/// What a scripted backend does with its next batch; when the script is at its end it accepts.
enum Reply {
    Answer(ConsumeResult),
    Silence,
    Panic,
}

#[derive(Default)]
struct Script {
    replies: Mutex<VecDeque<Reply>>,
    /// Items of each batch, in the order of the tries.
    tries: Mutex<Vec<usize>>,
    /// Where set, each try takes a permit first.
    gate: Option<Semaphore>,
    /// Where set, more items than this are too large.
    most: Option<usize>,
    /// Where data goes, as a number.
    destination: Option<u64>,
}

struct Scripted(Arc<Script>);

impl Sender for Scripted {
    fn destination(&self, _: Signal) -> Option<u64> {
        self.0.destination
    }

    async fn send(&self, batch: &Batch) -> SendResult {
        self.0.tries.lock().unwrap().push(batch.items());
        if let Some(gate) = &self.0.gate {
            gate.acquire().await.unwrap().forget();
        }
        if self.0.most.is_some_and(|most| batch.items() > most) {
            return Err(SendError::TooLarge(ConsumeError::permanent("too large")));
        }
        let reply = self.0.replies.lock().unwrap().pop_front();
        match reply {
            None => Ok(Accepted::default()),
            Some(Reply::Answer(result)) => Ok(result?),
            Some(Reply::Silence) => std::future::pending().await,
            Some(Reply::Panic) => panic!("on purpose"),
        }
    }
}

/// A running exporter over a scripted backend.
struct Rig {
    context: BuildContext,
    exporter: Arc<Exporter<Scripted>>,
    script: Arc<Script>,
    life: Life,
    running: JoinSet<Result<(), RunError>>,
}

impl Rig {
    fn new(script: Script, options: Options) -> Self {
        Self::within(context("otlp/x"), script, options)
    }

    fn within(context: BuildContext, script: Script, options: Options) -> Self {
        Self::of_signals(context, &[Signal::Traces], script, options)
    }

    fn of_signals(context: BuildContext, signals: &[Signal], script: Script, options: Options) -> Self {
        let script = Arc::new(script);
        let sender = Scripted(Arc::clone(&script));
        let exporter = Arc::new(Exporter::new(&context, signals, options, sender));
        let (life, mut running) = (Life::default(), JoinSet::new());
        running.spawn(Arc::clone(&exporter).run(life.clone()));
        Self { context, exporter, script, life, running }
    }

    /// Another one of the same id takes this one's place.
    fn replaced_by(&self, script: Script, options: Options) -> Self {
        let new = Self::within(self.context.clone(), script, options);
        self.hand_over_to(&new);
        self.life.stop.cancel();
        new
    }

    fn hand_over_to(&self, new: &Self) {
        self.exporter.hand_over(Next::new(Arc::clone(&new.exporter) as Arc<dyn Consumer>));
    }

    /// Calls that wait for their answer on tasks of their own, each begun before the next.
    async fn call(&self, calls: &mut JoinSet<ConsumeResult>, items: impl IntoIterator<Item = usize>) {
        for items in items {
            let exporter = Arc::clone(&self.exporter);
            calls.spawn(async move { exporter.consume(Telemetry::new(spans(items))).await });
            settle().await;
        }
    }

    async fn consume_with_receipt(&self, items: usize) -> Delivered {
        let (receipt, delivered) = Receipt::new();
        let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(items)) };
        self.exporter.consume(data).await.unwrap();
        delivered
    }

    fn counts(&self) -> Counted {
        Counted::of(&self.context, Signal::Traces)
    }

    /// What this exporter and those that it follows hold, in this unit.
    fn held(&self, sizer: Sizer) -> u64 {
        self.context.host.shared.of::<Queues>().held(&self.context.id, Signal::Traces, sizer)
    }

    fn open_gate(&self, permits: usize) {
        self.script.gate.as_ref().unwrap().add_permits(permits);
    }

    async fn ended(&mut self) {
        self.running.join_next().await.unwrap().unwrap().unwrap();
    }

    async fn consume(&self, items: usize) -> ConsumeResult {
        self.exporter.consume(Telemetry::new(spans(items))).await
    }

    async fn stop(&mut self) {
        self.life.stop.cancel();
        self.ended().await;
    }

    fn tries(&self) -> Vec<usize> {
        self.script.tries.lock().unwrap().clone()
    }
}

/// Lets everything go as far as it can without time passing.
async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

fn replies(replies: impl IntoIterator<Item = Reply>) -> Script {
    Script { replies: Mutex::new(replies.into_iter().collect()), ..Script::default() }
}

fn gated() -> Script {
    Script { gate: Some(Semaphore::new(0)), ..Script::default() }
}

fn not_now() -> Reply {
    Reply::Answer(Err(ConsumeError::retryable("not now").with_code(Code::Unavailable)))
}

fn never() -> Reply {
    Reply::Answer(Err(ConsumeError::permanent("never")))
}

/// Retries after exactly 5s, 7.5s, ...
fn exact_retries() -> RetrySettings {
    RetrySettings { randomization_factor: 0.0, ..RetrySettings::default() }
}

fn inline() -> Options {
    Options { timeout: Duration::from_secs(2), retry: exact_retries(), queue: None }
}

fn queued(yaml: &str) -> Options {
    Options { queue: Some(good(yaml)), ..inline() }
}
