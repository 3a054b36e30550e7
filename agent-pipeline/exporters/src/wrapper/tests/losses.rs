//! Losses are told and counted, and a defect ends the exporter.

use super::*;

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

#[tokio::test(start_paused = true)]
async fn a_worker_that_breaks_down_over_the_last_batch_is_told_too() {
    let logged = Logged::start();
    let script = Script { gate: Some(Semaphore::new(0)), ..replies([Reply::Panic]) };
    let mut rig = Rig::new(script, Options { timeout: Duration::ZERO, ..queued("{num_consumers: 1}") });
    for items in [2, 3] {
        rig.consume(items).await.unwrap();
    }
    settle().await;
    rig.life.stop.cancel();
    settle().await;
    rig.open_gate(1);
    rig.running.join_next().await.unwrap().unwrap().unwrap_err();
    assert!(logged.take().last().unwrap().ends_with("lost=5"));
    let expected = Counted { send_failed: 5, ..Counted::default() };
    assert_eq!(rig.counts(), expected.dropped(&[("shutdown", 5)]));
    assert_eq!(rig.held(Sizer::Requests), 0);
}
