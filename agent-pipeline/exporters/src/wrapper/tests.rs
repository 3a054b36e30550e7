//! Queue, batching and retries over a scripted backend, with a paused clock.

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

#[test]
fn waits_grow_to_their_maximum_and_chance_moves_them_within_the_factor() {
    let settings = RetrySettings::default();
    let mut middle = Backoff::new(&settings);
    let waits: Vec<_> = (0..7).map(|_| middle.next(0.5).as_millis()).collect();
    assert_eq!(waits, [5000, 7500, 11250, 16875, 25312, 30000, 30000]);
    assert_eq!(Backoff::new(&settings).next(0.0), Duration::from_millis(2500));
    assert_eq!(Backoff::new(&settings).next(1.0), Duration::from_millis(7500));
}

#[test]
fn hostile_retry_settings_give_finite_waits() {
    let settings = RetrySettings {
        multiplier: f64::MAX,
        max_interval: GoDuration::from_nanos(i64::MAX),
        ..RetrySettings::default()
    };
    let mut backoff = Backoff::new(&settings);
    let last = (0..5).map(|_| backoff.next(0.9)).last().unwrap();
    assert!(last <= Duration::from_hours(24 * 365));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_may_pass_is_tried_again_after_the_interval() {
    let rig = Rig::new(replies([not_now(), not_now()]), inline());
    let began = Instant::now();
    rig.consume(3).await.unwrap();
    assert_eq!(rig.tries(), [3, 3, 3]);
    assert_eq!(began.elapsed().as_millis(), 12_500);
}

#[tokio::test(start_paused = true)]
async fn the_backends_wish_counts_when_it_is_longer_than_the_interval() {
    for (hint, waited) in [(20, 20), (1, 5)] {
        let error = ConsumeError::retryable("busy").retry_after(Duration::from_secs(hint));
        let rig = Rig::new(replies([Reply::Answer(Err(error))]), inline());
        let began = Instant::now();
        rig.consume(1).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), waited);
    }
}

#[tokio::test(start_paused = true)]
async fn retries_end_when_the_next_would_come_too_late() {
    let retry = RetrySettings { max_elapsed_time: GoDuration::from_secs(30), ..exact_retries() };
    let rig = Rig::new(replies((0..9).map(|_| not_now())), Options { retry, ..inline() });
    let began = Instant::now();
    let error = rig.consume(1).await.unwrap_err();
    assert_eq!(error.to_string(), "otlp/x: no more retries left: not now");
    assert_eq!(error.kind, ErrorKind::Retryable { after: None });
    assert_eq!(error.code, Some(Code::Unavailable));
    // 5 + 7.5 + 11.25; another 16.875 would pass 30.
    assert_eq!(began.elapsed().as_millis(), 23_750);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_refusal_is_not_tried_again() {
    let rig = Rig::new(replies([never()]), inline());
    let error = rig.consume(1).await.unwrap_err();
    assert_eq!(error.to_string(), "otlp/x: not retryable error: never");
    assert!(error.is_permanent());
    assert_eq!(rig.tries(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_try_without_an_answer_ends_at_the_timeout() {
    let options = Options { retry: RetrySettings::off(), ..inline() };
    let rig = Rig::new(replies([Reply::Silence]), options);
    let began = Instant::now();
    let error = rig.consume(1).await.unwrap_err();
    assert_eq!(error.to_string(), "otlp/x: no answer within the timeout of 2s");
    assert_eq!(error.code, Some(Code::DeadlineExceeded));
    assert_eq!(began.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_a_queue_the_caller_gets_the_backends_answer_and_the_receipt_its_end() {
    let partial = Accepted { rejected: 2, message: "too old".to_owned() };
    let rig = Rig::new(replies([Reply::Answer(Ok(partial.clone())), never()]), inline());
    let (receipt, delivered) = Receipt::new();
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(5)) };
    assert_eq!(rig.exporter.consume(data).await.unwrap(), partial);
    delivered.wait().await.unwrap();

    let (receipt, delivered) = Receipt::new();
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(5)) };
    rig.exporter.consume(data).await.unwrap_err();
    delivered.wait().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn an_empty_batch_is_delivered_at_once() {
    let rig = Rig::new(Script::default(), inline());
    rig.consume(0).await.unwrap();
    assert!(rig.tries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_and_what_is_on_the_wire_counts() {
    let rig = Rig::new(gated(), queued("{queue_size: 2, num_consumers: 1}"));
    rig.consume(1).await.unwrap();
    rig.consume(1).await.unwrap();
    let error = rig.consume(1).await.unwrap_err();
    assert_eq!(error.to_string(), "otlp/x: sending queue is full");
    assert_eq!(error.kind, ErrorKind::Retryable { after: None });
}

#[tokio::test(start_paused = true)]
async fn the_sizer_says_what_is_counted() {
    let rig = Rig::new(gated(), queued("{queue_size: 10, sizer: items}"));
    rig.consume(6).await.unwrap();
    assert!(!rig.consume(6).await.unwrap_err().is_permanent());
    rig.consume(4).await.unwrap();
    let error = rig.consume(11).await.unwrap_err();
    assert_eq!(error.to_string(), "otlp/x: 11 items can never fit into a queue of 10");
    assert!(error.is_permanent());

    let size = spans(1).byte_len();
    let rig = Rig::new(gated(), queued(&format!("{{queue_size: {size}, sizer: bytes}}")));
    rig.consume(1).await.unwrap();
    rig.consume(1).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn block_on_overflow_waits_for_room_and_a_caller_that_leaves_takes_its_data_along() {
    let options = Options { timeout: Duration::ZERO, ..queued("{queue_size: 1, block_on_overflow: true}") };
    let mut rig = Rig::new(gated(), options);
    rig.consume(1).await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(9), rig.consume(2)).await;
    assert!(waited.is_err(), "there was no room");
    let gate = rig.script.gate.as_ref().unwrap();
    let (third, ()) = tokio::join!(rig.consume(3), async { gate.add_permits(2) });
    third.unwrap();
    rig.stop().await;
    assert_eq!(rig.tries(), [1, 3]);
}

#[tokio::test(start_paused = true)]
async fn wait_for_result_brings_the_backends_answer_to_the_caller() {
    let partial = Accepted { rejected: 1, message: "bad name".to_owned() };
    let script = replies([Reply::Answer(Ok(partial.clone())), never()]);
    let rig = Rig::new(script, queued("{wait_for_result: true}"));
    assert_eq!(rig.consume(4).await.unwrap(), partial);
    assert_eq!(rig.consume(4).await.unwrap_err().to_string(), "otlp/x: not retryable error: never");
}

#[tokio::test(start_paused = true)]
async fn num_consumers_are_on_the_wire_at_once() {
    let rig = Rig::new(gated(), queued("{num_consumers: 3}"));
    for _ in 0..5 {
        rig.consume(1).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(rig.tries().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_receipt_of_queued_data_settles_with_its_delivery_or_its_final_refusal() {
    let options = Options { retry: RetrySettings::off(), ..queued("{num_consumers: 1}") };
    let script = replies([Reply::Answer(Ok(Accepted::default())), never(), not_now()]);
    let rig = Rig::new(script, options);
    let mut ends = Vec::new();
    for _ in 0..3 {
        let (receipt, delivered) = Receipt::new();
        let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(1)) };
        rig.exporter.consume(data).await.unwrap();
        ends.push(delivered.wait().await.is_ok());
    }
    assert_eq!(ends, [true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn stopping_tries_everything_once_more_and_waits_for_no_retry() {
    let script = replies([not_now(), not_now(), Reply::Answer(Ok(Accepted::default())), not_now()]);
    let mut rig = Rig::new(script, queued("{num_consumers: 1}"));
    for items in [1, 2, 3, 4] {
        rig.consume(items).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(rig.tries(), [1], "the first waits for its retry");
    let began = Instant::now();
    rig.stop().await;
    assert_eq!(rig.tries(), [1, 1, 2, 3, 4]);
    assert_eq!(began.elapsed(), Duration::ZERO);
    let error = rig.consume(1).await.unwrap_err();
    assert!(!error.is_permanent(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn abort_ends_at_once_and_nobody_takes_it_for_delivery() {
    let script = Script { gate: Some(Semaphore::new(0)), ..Script::default() };
    let options = Options { timeout: Duration::ZERO, ..queued("{num_consumers: 1, wait_for_result: true}") };
    let mut rig = Rig::new(script, options);
    let (receipt, delivered) = Receipt::new();
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(1)) };
    let exporter = Arc::clone(&rig.exporter);
    let mut callers = JoinSet::new();
    callers.spawn(async move { exporter.consume(data).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    rig.life.abort.cancel();
    rig.stop().await;
    delivered.wait().await.unwrap_err();
    let error = callers.join_next().await.unwrap().unwrap().unwrap_err();
    assert_eq!(error.message, "the exporter was shut down before the data was sent");
}

#[tokio::test(start_paused = true)]
async fn batches_are_merged_up_to_min_size_or_the_flush_timeout() {
    let options = queued("{num_consumers: 2, batch: {min_size: 10, flush_timeout: 1s}}");
    let rig = Rig::new(Script::default(), options);
    for items in [4, 4, 4] {
        rig.consume(items).await.unwrap();
    }
    tokio::task::yield_now().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(rig.tries(), [12]);
    let began = Instant::now();
    let (receipt, delivered) = Receipt::new();
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(3)) };
    rig.exporter.consume(data).await.unwrap();
    delivered.wait().await.unwrap();
    assert_eq!(rig.tries(), [12, 3]);
    assert_eq!(began.elapsed().as_millis(), 1000);
}

#[tokio::test(start_paused = true)]
async fn batches_are_cut_at_max_size_and_answered_when_all_parts_are() {
    let partial = |rejected| Reply::Answer(Ok(Accepted { rejected, message: String::new() }));
    let options =
        queued("{num_consumers: 1, wait_for_result: true, batch: {min_size: 0, max_size: 4, sizer: items}}");
    let rig = Rig::new(replies([partial(1), partial(0), partial(2)]), options);
    assert_eq!(rig.consume(10).await.unwrap().rejected, 3);
    assert_eq!(rig.tries(), [4, 4, 2]);
}

#[tokio::test(start_paused = true)]
async fn batches_are_cut_by_bytes() {
    let most = spans(5).byte_len();
    let yaml = format!("{{num_consumers: 1, batch: {{min_size: 0, max_size: {most}, sizer: bytes}}}}");
    let mut rig = Rig::new(Script::default(), queued(&yaml));
    rig.consume(20).await.unwrap();
    rig.stop().await;
    let tries = rig.tries();
    assert_eq!(tries.iter().sum::<usize>(), 20);
    assert!(tries.iter().all(|items| spans(*items).byte_len() <= most), "{tries:?}");
}

#[tokio::test(start_paused = true)]
async fn stopping_sends_a_batch_that_waits_for_more() {
    let mut rig = Rig::new(Script::default(), queued("{batch: {min_size: 1000, flush_timeout: 1h}}"));
    rig.consume(7).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(rig.tries().is_empty());
    rig.stop().await;
    assert_eq!(rig.tries(), [7]);
}

#[test]
fn the_defaults_are_the_collectors() {
    let retry: RetrySettings = good("{}");
    assert!(retry.enabled);
    assert_eq!(retry.max_elapsed_time, GoDuration::from_secs(300));
    let queue: QueueSettings = good("{batch: }");
    assert_eq!((queue.num_consumers, queue.queue_size, queue.sizer), (10, 1000, Sizer::Requests));
    let batch = queue.batch.as_ref().unwrap();
    assert_eq!((batch.min_size, batch.max_size), (8192, 0));
    assert_eq!(queue.batch_sizer(batch), Sizer::Items);
    let queue: QueueSettings = good("{sizer: bytes, queue_size: 100000, batch: {}}");
    assert_eq!(queue.batch_sizer(queue.batch.as_ref().unwrap()), Sizer::Bytes);
}

#[test]
fn broken_retry_rules_are_told_in_the_collectors_words() {
    assert_eq!(
        problems::<RetrySettings>(
            "{initial_interval: -1s, randomization_factor: 1.5, multiplier: -2, max_interval: -1s, max_elapsed_time: -1s}"
        ),
        [
            "initial_interval: 'initial_interval' must be non-negative",
            "randomization_factor: 'randomization_factor' must be within [0, 1]",
            "multiplier: 'multiplier' must be non-negative",
            "max_interval: 'max_interval' must be non-negative",
            "max_elapsed_time: 'max_elapsed_time' must be non-negative",
        ]
    );
    assert_eq!(
        problems::<RetrySettings>("{initial_interval: 20s, max_elapsed_time: 10s}"),
        [
            "max_elapsed_time: 'max_elapsed_time' must not be less than 'initial_interval'",
            "max_elapsed_time: 'max_elapsed_time' must not be less than 'max_interval'",
        ]
    );
    assert_eq!(problems::<RetrySettings>("{enabled: false, multiplier: -2}"), [""; 0]);
}

#[test]
fn broken_queue_rules_are_told_in_the_collectors_words() {
    assert_eq!(
        problems::<QueueSettings>(
            "{num_consumers: 0, queue_size: 0, storage: file_storage, wait_for_result: true, \
             batch: {flush_timeout: 0s, min_size: 5, max_size: 4, sizer: requests}}"
        ),
        [
            "num_consumers: `num_consumers` must be positive",
            "queue_size: `queue_size` must be positive",
            "storage: not supported yet: the durable queue; without this key the queue is kept in memory",
            "wait_for_result: `wait_for_result` is not supported with `storage`",
            "batch::flush_timeout: `flush_timeout` must be positive",
            "batch::min_size: `min_size` must be less than or equal to `queue_size`",
            "batch::max_size: `max_size` must be greater or equal to `min_size`",
            "batch::sizer: `batch` supports only `items` or `bytes` sizer",
        ]
    );
    assert_eq!(
        problems::<QueueSettings>("{sizer: items, queue_size: 100, batch: {min_size: 101}}"),
        ["batch::min_size: `min_size` must be less than or equal to `queue_size`"]
    );
}

#[tokio::test(start_paused = true)]
async fn losses_and_retries_are_told_in_the_collectors_words_with_their_counts() {
    let logged = Logged::start();
    let partial = Accepted { rejected: 2, message: "too old".to_owned() };
    let script = replies([not_now(), Reply::Answer(Ok(partial)), never()]);
    let rig = Rig::new(script, queued("{num_consumers: 1, wait_for_result: true}"));
    rig.consume(5).await.unwrap();
    assert_eq!(
        logged.take(),
        [
            "INFO Exporting failed. Will retry the request after interval. \
             component=otlp/x signal=\"traces\" error=not now interval=5s",
            "WARN Partial success response \
             component=otlp/x signal=\"traces\" message_of_backend=too old dropped_items=2",
        ]
    );
    rig.consume(5).await.unwrap_err();
    assert_eq!(
        logged.take(),
        ["ERROR Exporting failed. Dropping data. \
          component=otlp/x signal=\"traces\" error=not retryable error: never dropped_items=5"]
    );

    let rig = Rig::new(replies([never()]), inline());
    rig.consume(3).await.unwrap_err();
    assert_eq!(
        logged.take(),
        ["ERROR Exporting failed. Rejecting data. \
          component=otlp/x signal=\"traces\" error=not retryable error: never rejected_items=3"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_abort_loses_is_counted() {
    let logged = Logged::start();
    let mut rig = Rig::new(gated(), Options { timeout: Duration::ZERO, ..queued("{num_consumers: 1}") });
    for items in [2, 3] {
        rig.consume(items).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    rig.life.abort.cancel();
    rig.stop().await;
    assert_eq!(
        logged.take(),
        ["ERROR The grace period ended before the queue was empty. Dropping data. \
          component=otlp/x signal=\"traces\" lost=5"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_abort_finds_gathered_for_a_batch_is_counted_too() {
    let logged = Logged::start();
    let mut rig = Rig::new(gated(), queued("{batch: {min_size: 100, flush_timeout: 1h}}"));
    rig.consume(7).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    rig.life.abort.cancel();
    rig.stop().await;
    assert!(logged.take()[0].ends_with("lost=7"));
}

#[tokio::test(start_paused = true)]
async fn a_broken_worker_ends_the_exporter_instead_of_stalling_it() {
    let mut rig = Rig::new(replies([Reply::Panic]), queued("{num_consumers: 1}"));
    let (receipt, delivered) = Receipt::new();
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(1)) };
    rig.exporter.consume(data).await.unwrap();
    delivered.wait().await.unwrap_err();
    let error = rig.running.join_next().await.unwrap().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "a worker of the sending queue broke down");
}
