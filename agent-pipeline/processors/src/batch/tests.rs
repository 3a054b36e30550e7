//! `batch` under a paused clock, with a wire that can be held shut.

mod counts;
mod pending;
mod receipts;
mod sending;

use std::sync::Mutex;
use std::time::Duration;

use agent_component::{ClientInfo, ConsumeError};
use tokio::sync::Semaphore;

use super::*;
use crate::testing::{check_sections, context, decode, logs, numbers};

/// What comes after the batch: keeps what it gets, once it is let through.
struct Wire {
    seen: Mutex<Vec<Telemetry>>,
    answers: Mutex<Vec<ConsumeError>>,
    gate: Semaphore,
}

impl Consumer for Wire {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            self.gate.acquire().await.unwrap().forget();
            if let Some(error) = self.answers.lock().unwrap().pop() {
                return Err(error);
            }
            self.seen.lock().unwrap().push(data);
            Ok(Accepted::default())
        })
    }
}

impl Wire {
    /// The numbers in each batch that came, since the last call.
    fn take(&self) -> Vec<Vec<usize>> {
        self.seen.lock().unwrap().drain(..).map(|data| numbers(&data.batch)).collect()
    }
}

/// A batch processor that runs.
struct Running {
    batcher: Arc<Batcher>,
    wire: Arc<Wire>,
    context: BuildContext,
    life: Life,
    tasks: JoinSet<Result<(), RunError>>,
}

impl Running {
    fn start(yaml: &str) -> Self {
        Self::behind(yaml, Semaphore::MAX_PERMITS)
    }

    /// A processor whose wire takes only so many batches.
    fn behind(yaml: &str, permits: usize) -> Self {
        let wire = Arc::new(Wire {
            seen: Mutex::default(),
            answers: Mutex::default(),
            gate: Semaphore::new(permits),
        });
        let context = context("logs");
        let batcher = Batcher::build(&decode(yaml).unwrap(), &context, Next::new(wire.clone()));
        let batcher = Arc::new(batcher.unwrap());
        let life = Life::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&batcher).run(life.clone()));
        Self { batcher, wire, context, life, tasks }
    }

    async fn send(&self, from: usize, count: usize) {
        self.batcher.consume(Telemetry::new(logs(from, count))).await.unwrap();
    }

    /// Lets time pass. The clock is paused: it moves only when every task waits.
    async fn pass(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    /// What has come out once everything that can happen now has happened.
    async fn out(&self) -> Vec<Vec<usize>> {
        self.pass(0).await;
        tokio::task::yield_now().await;
        self.wire.take()
    }

    async fn stop(mut self) -> Vec<Vec<usize>> {
        self.life.stop.cancel();
        self.tasks.join_next().await.unwrap().unwrap().unwrap();
        self.wire.take()
    }
}

fn build(yaml: &str, next: Next) -> Batcher {
    Batcher::build(&decode(yaml).unwrap(), &context("logs"), next).unwrap()
}

fn client(metadata: &[(&str, &str)]) -> Arc<ClientInfo> {
    let metadata = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Arc::new(ClientInfo { metadata, ..ClientInfo::default() })
}

#[test]
fn an_empty_section_has_the_collectors_defaults() {
    let config: Config = decode("").unwrap();
    assert_eq!(config.timeout.to_std(), Duration::from_millis(200));
    assert_eq!((config.send_batch_size, config.send_batch_max_size), (8192, 0));
    assert_eq!((config.metadata_keys.len(), config.metadata_cardinality_limit), (0, 1000));
}

#[test]
fn nulls_stand_for_defaults() {
    let config: Config = decode("timeout:\nsend_batch_size: null").unwrap();
    assert_eq!((config.timeout.to_std(), config.send_batch_size), (Duration::from_millis(200), 8192));
}

#[test]
fn bad_sections_are_told_with_their_place() {
    check_sections::<Config>("batch");
}
