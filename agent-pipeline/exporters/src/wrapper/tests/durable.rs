//! The queue on disk: what it takes comes out, over restarts and exchanges, and nothing twice but what was on the wire.
//!
//! Not on a paused clock: a journal has a thread of its own.

mod adoption;
mod exchange;
mod fold;
mod live;
mod overflow;
mod panics;
mod trouble;

use std::path::{Path, PathBuf};

use agent_component::Storage;
use agent_component::factory::{Batching, Folded};
use tempfile::TempDir;

use super::*;

/// A directory of queues.
struct Place {
    directory: TempDir,
    max_bytes: u64,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), max_bytes: 1 << 20 }
    }

    /// What a process knows: nothing but the place.
    fn process(&self) -> BuildContext {
        self.process_of("otlp/x")
    }

    fn process_of(&self, id: &str) -> BuildContext {
        let context = context(id);
        self.register(&context, "file_storage", self.directory.path());
        context
    }

    fn register(&self, context: &BuildContext, id: &str, directory: &Path) {
        let storage = Storage { directory: directory.to_owned(), fsync: false, max_bytes: self.max_bytes };
        // As long as the process.
        std::mem::forget(context.host.storages.register(id.parse().unwrap(), storage));
    }

    fn queue(&self) -> PathBuf {
        self.directory.path().join("exporter_otlp~002Fx_traces")
    }
}

async fn started(context: BuildContext, script: Script, options: Options) -> Rig {
    let script = Arc::new(script);
    let exporter = Exporter::new(&context, &[Signal::Traces], options, Scripted(Arc::clone(&script)));
    running(context, script, exporter).await
}

/// One that does the work of the processor `batch` too.
async fn folding(context: BuildContext, script: Script, options: Options, batching: Batching) -> Rig {
    let script = Arc::new(script);
    let mut exporter = Exporter::new(&context, &[Signal::Traces], options, Scripted(Arc::clone(&script)));
    exporter.fold(&Folded { processor: "batch".parse().unwrap(), signal: Signal::Traces, batching });
    running(context, script, exporter).await
}

async fn running(context: BuildContext, script: Arc<Script>, exporter: Exporter<Scripted>) -> Rig {
    let exporter = Arc::new(exporter);
    exporter.start().await.unwrap();
    let (life, mut running) = (Life::default(), JoinSet::new());
    running.spawn(Arc::clone(&exporter).run(life.clone()));
    Rig { context, exporter, script, life, running }
}

/// Polls until it holds.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(20), "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn until_tries(rig: &Rig, tries: &[usize]) {
    until(&format!("{tries:?}"), || rig.tries().len() >= tries.len()).await;
    assert_eq!(rig.tries(), tries);
}

/// One at a time, kept on disk; `more` settings of the queue.
fn durable(more: &str) -> Options {
    Options {
        timeout: Duration::ZERO,
        ..queued(&format!("{{storage: file_storage, num_consumers: 1, {more}}}"))
    }
}

/// A backend that is down: the next try comes in an hour.
fn down() -> (Script, Options) {
    let hour = GoDuration::from_secs(3600);
    let retry = RetrySettings { initial_interval: hour, max_interval: hour, ..exact_retries() };
    (replies([not_now()]), Options { retry, ..durable("") })
}

fn at_once() -> RetrySettings {
    let interval = GoDuration::from_millis(1);
    RetrySettings { initial_interval: interval, max_interval: interval, ..exact_retries() }
}

#[tokio::test]
async fn what_waits_at_the_stop_is_sent_after_the_next_start() {
    let place = Place::new();
    let (script, options) = down();
    let mut old = started(place.process(), script, options).await;
    let waiting = old.consume_with_receipt(1).await;
    for items in 2..=5 {
        old.consume(items).await.unwrap();
    }
    until_tries(&old, &[1]).await;
    old.stop().await;
    assert_eq!(old.tries(), [1], "there is no hurry: it stays");
    assert_eq!(old.counts(), Counted::default(), "that is no loss");
    drop(old);
    waiting.wait().await.unwrap_err();

    let mut new = started(place.process(), Script::default(), durable("")).await;
    until_tries(&new, &[1, 2, 3, 4, 5]).await;
    new.stop().await;
    assert_eq!(new.counts(), Counted { sent: 15, ..Counted::default() });

    let mut last = started(place.process(), Script::default(), durable("")).await;
    last.consume(6).await.unwrap();
    until_tries(&last, &[6]).await;
    last.stop().await;
}

#[tokio::test]
async fn an_end_without_any_order_loses_nothing() {
    let place = Place::new();
    let script = gated();
    let old = started(place.process(), script, durable("")).await;
    for items in 1..=4 {
        old.consume(items).await.unwrap();
    }
    until_tries(&old, &[1]).await;
    old.open_gate(1);
    until_tries(&old, &[1, 2]).await;
    drop(old);
    let mut new = started(place.process(), Script::default(), durable("")).await;
    until("the last", || new.tries().ends_with(&[3, 4])).await;
    assert!(matches!(new.tries()[..], [2, 3, 4] | [1, 2, 3, 4]), "{:?}", new.tries());
    new.stop().await;
}

#[tokio::test]
async fn the_grace_period_that_ends_during_a_try_loses_nothing() {
    let place = Place::new();
    let mut old = started(place.process(), gated(), durable("batch: {min_size: 3, max_size: 3}")).await;
    old.consume(5).await.unwrap();
    until_tries(&old, &[3]).await;
    let logged = Logged::start();
    old.life.stop.cancel();
    old.life.abort.cancel();
    old.ended().await;
    assert_eq!(old.counts(), Counted::default());
    assert!(!logged.take().iter().any(|line| line.contains("Dropping")));
    drop(old);
    let mut new = started(place.process(), Script::default(), durable("")).await;
    until_tries(&new, &[5]).await;
    new.stop().await;
}

#[tokio::test]
async fn what_the_backend_has_refused_for_good_is_dropped_and_does_not_come_back() {
    let place = Place::new();
    let script = Script { most: Some(4), ..replies([never()]) };
    let mut old = started(place.process(), script, durable("")).await;
    let refused = old.consume_with_receipt(2).await;
    refused.wait().await.unwrap();
    let halved = old.consume_with_receipt(6).await;
    halved.wait().await.unwrap();
    assert_eq!(old.tries(), [2, 6, 3, 3]);
    old.stop().await;
    let expected = Counted { sent: 6, send_failed: 2, ..Counted::default() };
    assert_eq!(old.counts(), expected.dropped(&[("permanent_error", 2)]));
    drop(old);
    let mut new = started(place.process(), Script::default(), durable("")).await;
    new.consume(7).await.unwrap();
    until_tries(&new, &[7]).await;
    new.stop().await;
}

#[tokio::test]
async fn retries_end_only_where_that_is_written() {
    let place = Place::new();
    let down = || replies((0..100).map(|_| not_now()));
    let limited = RetrySettings { max_elapsed_time: Some(GoDuration::from_millis(5)), ..at_once() };
    let mut rig = started(place.process(), down(), Options { retry: limited, ..durable("") }).await;
    let lost = rig.consume_with_receipt(2).await;
    lost.wait().await.unwrap_err();
    rig.stop().await;
    let expected = Counted { send_failed: 2, ..Counted::default() };
    assert_eq!(rig.counts(), expected.dropped(&[("retries_exhausted", 2)]));
    drop(rig);
    let mut rig = started(place.process(), down(), Options { retry: at_once(), ..durable("") }).await;
    let sent = rig.consume_with_receipt(3).await;
    sent.wait().await.unwrap();
    assert_eq!(rig.tries(), [3; 101]);
    rig.stop().await;
}

#[tokio::test]
async fn what_is_held_counts_against_the_queue_size_after_a_restart_too() {
    let place = Place::new();
    let (script, options) = down();
    let small = |more: &str| Options { retry: options.retry.clone(), ..durable(more) };
    let mut old = started(place.process(), script, small("queue_size: 2")).await;
    for items in [1, 2] {
        old.consume(items).await.unwrap();
    }
    let full = |refused: ConsumeResult| {
        let refused = refused.unwrap_err();
        assert!(!refused.is_permanent());
        assert_eq!(refused.to_string(), "otlp/x: sending queue is full");
    };
    full(old.consume(3).await);
    assert_eq!(old.counts(), Counted { enqueue_failed: 3, ..Counted::default() });
    old.stop().await;
    drop(old);

    let mut new = started(place.process(), gated(), durable("queue_size: 2, block_on_overflow: true")).await;
    until_tries(&new, &[1]).await;
    until("the backlog", || new.held(Sizer::Requests) == 2).await;
    let mut calls = JoinSet::new();
    new.call(&mut calls, [4]).await;
    assert!(calls.try_join_next().is_none());
    new.open_gate(1);
    calls.join_next().await.unwrap().unwrap().unwrap();
    new.open_gate(2);
    until_tries(&new, &[1, 2, 4]).await;
    until("room", || new.held(Sizer::Requests) == 0).await;
    new.stop().await;
}

#[tokio::test]
async fn sizes_count_in_items_and_bytes_too() {
    for (sizer, size) in [(Sizer::Items, 3), (Sizer::Bytes, spans(3).byte_len())] {
        let place = Place::new();
        let more = format!("sizer: {}, queue_size: {}", sizer.noun(), size * 2);
        let mut rig = started(place.process(), gated(), durable(&more)).await;
        for _ in 0..2 {
            rig.consume(3).await.unwrap();
        }
        assert_eq!(rig.held(sizer), size as u64 * 2);
        rig.consume(1).await.unwrap_err();
        assert!(rig.consume(100).await.unwrap_err().is_permanent());
        rig.open_gate(2);
        until("room", || rig.held(sizer) == 0).await;
        rig.stop().await;
    }
}

#[tokio::test]
async fn the_files_of_a_queue_do_not_exceed_their_limit() {
    let place = Place { max_bytes: 20_000, ..Place::new() };
    let mut rig = started(place.process(), gated(), durable("")).await;
    let mut taken = 0;
    let refused = loop {
        match rig.consume(10).await {
            Ok(_) => taken += 1,
            Err(refused) => break refused,
        }
    };
    assert!(taken > 5 && !refused.is_permanent() && refused.message == "sending queue is full");
    let files = std::fs::read_dir(place.queue()).unwrap();
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes <= 20_000, "{bytes}");
    assert!(rig.consume(1000).await.unwrap_err().is_permanent());
    rig.open_gate(1000);
    until("all", || rig.tries().len() == taken).await;
    rig.stop().await;
}

#[tokio::test]
async fn a_storage_that_is_not_there_is_refused_at_its_place() {
    let sender = Scripted(Arc::default());
    let exporter = Exporter::new(&context("otlp/x"), &[Signal::Traces], durable(""), sender);
    let error = exporter.start().await.unwrap_err();
    assert_eq!(
        (&*error.at, &*error.message),
        ("sending_queue::storage", "no storage client extension found")
    );
}
