//! Size and capacity of queues, over exchanges of their exporters, and the size of what leaves them.

use agent_otlp::Signal;
use agent_testkit::otlp_backend::{Answer, Backend};

use crate::rig::{Book, Callers, Process, batch};

fn settings(backend: &Backend, queue: &str) -> String {
    format!("{{endpoint: '{}', sending_queue: {queue}}}", backend.http_url())
}

async fn logs(process: &Process) -> Book {
    let [_, _, logs] = process.books("otlp_http").await;
    logs
}

/// Looks until the queue is as it should be; every look until then has to show a queue.
async fn until(process: &Process, (size, capacity): (u64, u64), largest: u64) {
    let looks = async {
        loop {
            let book = logs(process).await;
            let seen = (book.queue_size.expect("a size"), book.queue_capacity.expect("a capacity"));
            assert!(seen.0 <= largest, "{seen:?}");
            if seen == (size, capacity) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), looks).await.expect("it comes to that");
}

#[tokio::test]
async fn a_backlog_neither_vanishes_nor_doubles_while_its_exporter_is_exchanged() {
    let (process, backend) = (Process::new(), Backend::start().await.unwrap());
    backend.answer(Answer::Silence);
    let mut old = process.exporter("otlp_http", &settings(&backend, "{num_consumers: 1, queue_size: 10}"));
    let mut callers = [Callers::default(); 3];
    for _ in 0..6 {
        old.feed(Signal::Logs, 5, &mut callers).await;
    }
    until(&process, (6, 10), 6).await;
    while backend.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    // One is on the wire of the old one, which keeps it; the new one has room for two of the others at first.
    let small = settings(&backend, "{num_consumers: 1, queue_size: 2}");
    let mut new = process.exporter("otlp_http", &small);
    until(&process, (6, 2), 6).await;
    old.followed_by(&new);
    for _ in 0..20 {
        until(&process, (6, 2), 6).await;
    }
    old.life.abort.cancel();
    old.ended().await;
    // What the old one lost with its time is gone, and what arrived is still there.
    let book = logs(&process).await;
    assert_eq!(book.queue_capacity, Some(2));
    let held = book.queue_size.unwrap();
    assert_eq!(book.lost_by("shutdown"), 30 - held * 5);
    drop(old);
    until(&process, (held, 2), held).await;
    new.life.abort.cancel();
    new.ended().await;
    let book = logs(&process).await;
    assert_eq!((book.queue_size, book.queue_capacity), (None, None));
    assert_eq!((book.lost_by("shutdown"), book.send_failed, book.sent), (30, 30, 0));
}

#[tokio::test]
async fn a_new_exporter_that_goes_first_leaves_the_old_one_in_sight() {
    let (process, backend) = (Process::new(), Backend::start().await.unwrap());
    backend.answer(Answer::Silence);
    let mut callers = [Callers::default(); 3];
    let mut old = process.exporter("otlp_http", &settings(&backend, "{num_consumers: 1, queue_size: 10}"));
    old.feed(Signal::Logs, 5, &mut callers).await;
    until(&process, (1, 10), 1).await;
    let mut new = process.exporter("otlp_http", &settings(&backend, "{queue_size: 99, sizer: bytes}"));
    // Bytes cannot be added to requests.
    until(&process, (0, 99), 1).await;
    new.stop().await;
    until(&process, (1, 10), 1).await;
    old.life.abort.cancel();
    old.ended().await;
    let book = logs(&process).await;
    assert_eq!((book.queue_size, book.queue_capacity), (None, None));
}

#[tokio::test]
async fn what_leaves_a_queue_is_measured_in_items_and_bytes() {
    let (process, backend) = (Process::new(), Backend::start().await.unwrap());
    let mut callers = [Callers::default(); 3];
    let mut exporter = process.exporter("otlp_http", &settings(&backend, "{num_consumers: 1}"));
    for items in [3, 40] {
        exporter.feed(Signal::Logs, items, &mut callers).await;
    }
    exporter.stop().await;
    let scrape = process.scrape().await;
    let of = |name: &str| {
        let name = format!("otelcol_exporter_queue_batch_send_{name}{{");
        scrape.iter().find(|(series, _)| series.starts_with(&name)).map(|(_, value)| *value)
    };
    let bytes = batch(Signal::Logs, 3).byte_len() + batch(Signal::Logs, 40).byte_len();
    assert_eq!((of("size_count"), of("size_sum")), (Some(2), Some(43)));
    assert_eq!((of("size_bytes_count"), of("size_bytes_sum")), (Some(2), Some(bytes as u64)));
}
