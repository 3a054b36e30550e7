//! What callers get, with a queue and without; stopping and abort.

use super::*;

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
    assert_eq!(error.kind, ErrorKind::Retryable { after: Some(Duration::from_secs(1)) });
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
