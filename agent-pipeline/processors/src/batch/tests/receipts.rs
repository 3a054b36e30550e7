//! What callers learn who wait until their data is delivered.

use agent_component::{Delivered, Receipt};

use super::*;

/// A payload of log records with the end that waits for it.
fn waiting(from: usize, count: usize) -> (Telemetry, Delivered) {
    let (receipt, delivered) = Receipt::new();
    (Telemetry { receipt: Some(receipt), ..Telemetry::new(logs(from, count)) }, delivered)
}

/// Sends payloads of one log record each.
async fn send<const N: usize>(batch: &Running) -> [Delivered; N] {
    let mut ends = Vec::new();
    for number in 0..N {
        let (data, delivered) = waiting(number, 1);
        batch.batcher.consume(data).await.unwrap();
        ends.push(delivered);
    }
    batch.pass(1).await;
    ends.try_into().unwrap()
}

impl Running {
    fn settle(&self) {
        self.wire.seen.lock().unwrap().drain(..).for_each(Telemetry::settle);
    }
}

#[tokio::test(start_paused = true)]
async fn every_caller_of_a_batch_learns_of_its_delivery() {
    let batch = Running::start("send_batch_size: 3");
    let [first, second, third] = send(&batch).await;
    batch.settle();
    for delivered in [first, second, third] {
        delivered.wait().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_learns_of_delivery_before_it() {
    let batch = Running::start("send_batch_size: 1");
    let [delivered] = send(&batch).await;
    let wait = delivered.wait();
    tokio::pin!(wait);
    tokio::time::timeout(Duration::from_mins(1), &mut wait).await.unwrap_err();
    batch.settle();
    wait.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_split_payload_is_delivered_when_all_its_parts_are() {
    let batch = Running::start("send_batch_size: 2\nsend_batch_max_size: 2");
    let (data, delivered) = waiting(0, 4);
    batch.batcher.consume(data).await.unwrap();
    batch.pass(1).await;
    let last = batch.wire.seen.lock().unwrap().pop().unwrap();
    batch.settle();
    drop(last);
    delivered.wait().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_may_be_sent_again_counts_as_not_delivered() {
    let batch = Running::start("send_batch_size: 2");
    batch.wire.answers.lock().unwrap().push(ConsumeError::retryable("busy"));
    let [first, second] = send(&batch).await;
    first.wait().await.unwrap_err();
    second.wait().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_batch_refused_for_good_need_not_be_read_again() {
    let batch = Running::start("send_batch_size: 2");
    batch.wire.answers.lock().unwrap().push(ConsumeError::permanent("bad"));
    let [first, second] = send(&batch).await;
    first.wait().await.unwrap();
    second.wait().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_an_abort_leaves_behind_was_not_delivered() {
    let mut batch = Running::behind("timeout: 1h", 0);
    let [delivered] = send(&batch).await;
    batch.life.abort.cancel();
    batch.life.stop.cancel();
    batch.tasks.join_next().await.unwrap().unwrap().unwrap();
    delivered.wait().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn an_empty_payload_counts_as_delivered() {
    let batch = Running::start("timeout: 1h");
    let (receipt, delivered) = Receipt::new();
    let empty = agent_otlp::Batch::empty(agent_otlp::Signal::Logs);
    batch.batcher.consume(Telemetry { receipt: Some(receipt), ..Telemetry::new(empty) }).await.unwrap();
    delivered.wait().await.unwrap();
}

#[tokio::test]
async fn a_processor_dropped_before_it_ran_delivers_nothing() {
    let wire = Arc::new(Wire { seen: Mutex::default(), answers: Mutex::default(), gate: Semaphore::new(0) });
    let batcher = build("", Next::new(wire));
    let (data, delivered) = waiting(0, 1);
    batcher.consume(data).await.unwrap();
    drop(batcher);
    delivered.wait().await.unwrap_err();
}
