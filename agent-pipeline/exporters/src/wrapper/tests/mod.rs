//! Queue, batching and retries over a scripted backend, with a paused clock.

mod batching;
mod losses;
mod queue;
mod retries;
mod rules;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent_component::{
    Accepted, Code, ConsumeError, ConsumeResult, Consumer, ErrorKind, Holder, Life, Receipt, RunError,
    Telemetry,
};
use agent_config::GoDuration;
use agent_otlp::{Batch, Signal};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::backoff::Backoff;
use super::*;
use crate::testing::{Logged, context, good, problems, spans};

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
}

struct Scripted(Arc<Script>);

impl Sender for Scripted {
    async fn send(&self, batch: &Batch) -> ConsumeResult {
        self.0.tries.lock().unwrap().push(batch.items());
        if let Some(gate) = &self.0.gate {
            gate.acquire().await.unwrap().forget();
        }
        let reply = self.0.replies.lock().unwrap().pop_front();
        match reply {
            None => Ok(Accepted::default()),
            Some(Reply::Answer(result)) => result,
            Some(Reply::Silence) => std::future::pending().await,
            Some(Reply::Panic) => panic!("on purpose"),
        }
    }
}

/// A running exporter over a scripted backend.
struct Rig {
    exporter: Arc<Exporter<Scripted>>,
    script: Arc<Script>,
    life: Life,
    running: JoinSet<Result<(), RunError>>,
}

impl Rig {
    fn new(script: Script, options: Options) -> Self {
        let script = Arc::new(script);
        let sender = Scripted(Arc::clone(&script));
        let exporter = Arc::new(Exporter::new(&context("otlp/x"), &[Signal::Traces], options, sender));
        let (life, mut running) = (Life::default(), JoinSet::new());
        running.spawn(Arc::clone(&exporter).run(life.clone()));
        Self { exporter, script, life, running }
    }

    async fn consume(&self, items: usize) -> ConsumeResult {
        self.exporter.consume(Telemetry::new(spans(items))).await
    }

    async fn stop(&mut self) {
        self.life.stop.cancel();
        self.running.join_next().await.unwrap().unwrap().unwrap();
    }

    fn tries(&self) -> Vec<usize> {
        self.script.tries.lock().unwrap().clone()
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
