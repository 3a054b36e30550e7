//! Faults of the backend, full queues, and ends that come too early.

use std::time::Duration;

use agent_otlp::Signal;
use agent_testkit::otlp_backend::{Answer, Backend};
use tokio::task::JoinSet;

use crate::rig::{Book, Callers, Process};

const KINDS: [&str; 2] = ["otlp_http", "otlp_grpc"];

const QUEUES: [&str; 5] = [
    "{enabled: false}",
    "{num_consumers: 3, queue_size: 4}",
    "{num_consumers: 2, queue_size: 60, sizer: items}",
    "{num_consumers: 2, queue_size: 20, batch: {flush_timeout: 2ms, min_size: 20, max_size: 25}}",
    "{num_consumers: 2, queue_size: 5, wait_for_result: true, block_on_overflow: true}",
];

/// Settings for a backend: plain, with retries that are over soon.
fn settings(kind: &str, backend: &Backend, queue: &str) -> String {
    let url = if kind == "otlp_http" { backend.http_url() } else { backend.grpc_url() };
    let retry = "{initial_interval: 1ms, max_interval: 2ms, max_elapsed_time: 5ms}";
    format!(
        "{{endpoint: '{url}', tls: {{insecure: true}}, retry_on_failure: {retry}, sending_queue: {queue}}}"
    )
}

fn too_large() -> Answer {
    let message = "received message larger than max".to_owned();
    Answer::Fail { http: 413, grpc: 8, retry_after: None, message }
}

fn any_answer(chance: &mut fastrand::Rng) -> Answer {
    match chance.u8(..12) {
        0..=4 => Answer::Accept,
        5 => Answer::Partial { rejected: chance.i64(1..4), message: "too old".to_owned() },
        6 => Answer::refused(),
        7 => too_large(),
        8 => Answer::Drop,
        _ => Answer::unavailable(None),
    }
}

/// What was handed in is sent, lost for a reason, or was refused to its caller.
fn balanced(book: &Book, callers: &Callers) {
    assert_eq!(callers.handed_in, book.sent + book.send_failed + book.enqueue_failed, "{book:?} {callers:?}");
    assert!(book.lost() <= book.send_failed, "{book:?}");
}

async fn live_through(kind: &str, queue: &str, seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let (backend, process) = (Backend::start().await.unwrap(), Process::new());
    for _ in 0..40 {
        backend.answer_next(chance.usize(1..3), any_answer(&mut chance));
    }
    let mut exporter = process.exporter(kind, &settings(kind, &backend, queue));
    let mut callers = [Callers::default(); 3];
    for _ in 0..30 {
        let signal = Signal::ALL[chance.usize(..3)];
        exporter.feed(signal, chance.usize(1..10), &mut callers).await;
    }
    exporter.stop().await;
    let arrived = backend.counts();
    let arrived = [arrived.spans, arrived.data_points, arrived.log_records].map(|items| items as u64);
    for ((book, callers), arrived) in process.books(kind).await.iter().zip(&callers).zip(arrived) {
        balanced(book, callers);
        // What the backend says it took, it took; requests that it broke off it does not count.
        assert_eq!(book.sent + book.lost_by("rejected_by_backend"), arrived, "{book:?}");
        assert_eq!(book.queue_size, None, "a queue that is gone is not shown");
        let told = book.send_failed - book.lost() + book.enqueue_failed;
        if queue == QUEUES[0] || queue == QUEUES[4] {
            // Of a request that was cut in halves a part may be sent and all be refused.
            assert!(told <= callers.refused, "{book:?} {callers:?}");
        } else {
            assert_eq!(told, callers.refused, "{book:?} {callers:?}");
            assert_eq!(told, book.enqueue_failed, "what a queue took is never refused later");
            assert_eq!(callers.handed_in - callers.refused, book.sent + book.lost(), "{book:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_item_is_sent_lost_for_a_reason_or_refused() {
    for kind in KINDS {
        for queue in QUEUES {
            for seed in 0..4 {
                live_through(kind, queue, seed).await;
            }
        }
    }
}

#[tokio::test]
async fn what_a_full_queue_refuses_and_what_the_end_loses_is_counted_once() {
    for kind in KINDS {
        let (backend, process) = (Backend::start().await.unwrap(), Process::new());
        backend.answer(Answer::Silence);
        let queue = "{num_consumers: 1, queue_size: 20, sizer: items}";
        let mut exporter = process.exporter(kind, &settings(kind, &backend, queue));
        let mut callers = [Callers::default(); 3];
        for items in [8, 8, 8, 30] {
            exporter.feed(Signal::Logs, items, &mut callers).await;
        }
        let expected = Book {
            enqueue_failed: 8 + 30,
            queue_size: Some(16),
            queue_capacity: Some(20),
            ..Book::default()
        };
        let [_, _, logs] = process.books(kind).await;
        assert_eq!(logs, expected, "in = held + refused, and nothing is lost");
        exporter.life.stop.cancel();
        tokio::time::sleep(Duration::from_millis(20)).await;
        exporter.life.abort.cancel();
        exporter.ended().await;
        let [_, _, logs] = process.books(kind).await;
        assert_eq!((logs.send_failed, logs.lost_by("shutdown"), logs.lost()), (16, 16, 16));
        assert_eq!((callers[2].handed_in, callers[2].refused), (54, 38));
        balanced(&logs, &callers[2]);
    }
}

#[tokio::test]
async fn each_fault_has_its_reason() {
    let partial = Answer::Partial { rejected: 2, message: "too old".to_owned() };
    for kind in KINDS {
        for (answer, reason, lost) in [
            (Answer::refused(), "permanent_error", 4),
            (Answer::unavailable(None), "retries_exhausted", 4),
            (partial.clone(), "rejected_by_backend", 2),
            (too_large(), "too_large", 4),
        ] {
            let (backend, process) = (Backend::start().await.unwrap(), Process::new());
            backend.answer(answer);
            let mut exporter = process.exporter(kind, &settings(kind, &backend, "{num_consumers: 1}"));
            let mut callers = [Callers::default(); 3];
            exporter.feed(Signal::Traces, 4, &mut callers).await;
            while process.books(kind).await[0].send_failed < lost {
                tokio::task::yield_now().await;
            }
            exporter.stop().await;
            let [spans, ..] = process.books(kind).await;
            let expected = Book { sent: 4 - lost, send_failed: lost, ..Book::default() };
            assert_eq!(spans, Book { dropped: [(reason.to_owned(), lost)].into(), ..expected }, "{kind}");
        }
    }
}

/// As [`live_through`], while exporters take each other's place. Nothing is too large here: a unit of which one half was
/// sent and the other goes back to an older exporter is sent twice.
async fn exchange(seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let (backend, process) = (Backend::start().await.unwrap(), Process::new());
    for _ in 0..60 {
        let answer = Some(any_answer(&mut chance)).filter(|answer| *answer != too_large());
        backend.answer_next(chance.usize(1..3), answer.unwrap_or(Answer::Accept));
    }
    backend.delay(Duration::from_millis(1));
    let settings = |chance: &mut fastrand::Rng| settings("otlp_http", &backend, QUEUES[chance.usize(..5)]);
    let mut live = process.exporter("otlp_http", &settings(&mut chance));
    let (mut old, mut calls, mut callers) = (Vec::new(), JoinSet::new(), [Callers::default(); 3]);
    for _ in 0..6 {
        for _ in 0..8 {
            calls.spawn(live.call(Signal::ALL[chance.usize(..3)], chance.usize(1..10)));
        }
        tokio::time::sleep(Duration::from_millis(chance.u64(..4))).await;
        let new = process.exporter("otlp_http", &settings(&mut chance));
        live.followed_by(&new);
        old.push(std::mem::replace(&mut live, new));
    }
    // Some run out of time.
    let aborts = chance.bool();
    if aborts {
        for exporter in &old {
            exporter.life.abort.cancel();
        }
    }
    for exporter in &mut old {
        exporter.ended().await;
    }
    live.stop().await;
    while let Some(call) = calls.join_next().await {
        call.unwrap().note(&mut callers);
    }
    let arrived = backend.counts();
    let arrived = [arrived.spans, arrived.data_points, arrived.log_records].map(|items| items as u64);
    for ((book, callers), arrived) in process.books("otlp_http").await.iter().zip(&callers).zip(arrived) {
        balanced(book, callers);
        // An abort tells callers that their data was not sent, which by then another exporter may have, and sends.
        let (taken_in, ended) = (callers.handed_in - callers.refused, book.sent + book.lost());
        assert!(taken_in == ended || aborts && taken_in < ended, "{seed} {taken_in} {book:?}");
        // What was on the wire at an abort may have arrived all the same.
        let taken = book.sent + book.lost_by("rejected_by_backend");
        assert!(taken <= arrived && arrived <= taken + book.send_failed, "{seed} {arrived} {book:?}");
        assert_eq!((book.queue_size, book.queue_capacity), (None, None));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exchanges_count_every_item_once() {
    for seed in 0..40 {
        exchange(seed).await;
    }
}
