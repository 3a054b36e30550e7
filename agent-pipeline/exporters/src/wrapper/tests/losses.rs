//! Losses are told and counted, and a defect costs no more than what it is about.

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
async fn a_try_that_panics_is_made_again() {
    let mut rig = Rig::new(replies([Reply::Panic, Reply::Panic]), queued("{num_consumers: 1}"));
    let (receipt, delivered) = Receipt::new();
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(1)) };
    rig.exporter.consume(data).await.unwrap();
    delivered.wait().await.unwrap();
    assert_eq!((rig.tries(), panics(&rig)), (vec![1, 1, 1], 2));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_panics_again_and_again_is_given_up_and_the_next_one_is_sent() {
    let always = (0..5).map(|_| Reply::Panic).collect::<Vec<_>>();
    let script = Script { replies: Mutex::new(always.into()), ..Script::default() };
    let mut rig = Rig::new(script, queued("{num_consumers: 1, queue_size: 2}"));
    let (receipt, delivered) = Receipt::new();
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(3)) };
    rig.exporter.consume(data).await.unwrap();
    rig.consume(1).await.unwrap();
    // Refused for now, so whoever can read again does.
    delivered.wait().await.unwrap_err();
    rig.stop().await;
    assert_eq!((rig.tries(), panics(&rig)), (vec![3, 3, 3, 3, 3, 1], 5));
    let expected = Counted { sent: 1, send_failed: 3, ..Counted::default() };
    assert_eq!(rig.counts(), expected.dropped(&[("defect", 3)]));
    assert_eq!(rig.held(Sizer::Requests), 0);
}

#[tokio::test(start_paused = true)]
async fn without_retries_and_without_a_queue_whoever_hands_in_is_told() {
    let options = Options { retry: RetrySettings { enabled: false, ..RetrySettings::default() }, ..inline() };
    let mut rig = Rig::new(replies([Reply::Panic]), options);
    let error = rig.consume(2).await.unwrap_err();
    assert_eq!((error.is_permanent(), error.message.as_str()), (false, "internal error"));
    rig.consume(1).await.unwrap();
    rig.stop().await;
    assert_eq!(rig.counts(), Counted { sent: 1, send_failed: 2, ..Counted::default() });
}

fn panics(rig: &Rig) -> u64 {
    let metrics = rig.context.host.shared.of::<agent_telemetry::Metrics>();
    let kind = agent_telemetry::metrics::ComponentKind::Exporter;
    metrics.defects(kind, &rig.context.id, None).panics.get()
}

#[tokio::test(start_paused = true)]
async fn a_try_that_panics_at_the_end_costs_its_batch_and_no_other() {
    let script = Script { gate: Some(Semaphore::new(0)), ..replies([Reply::Panic, Reply::Panic]) };
    let mut rig = Rig::new(script, Options { timeout: Duration::ZERO, ..queued("{num_consumers: 1}") });
    for items in [2, 3] {
        rig.consume(items).await.unwrap();
    }
    settle().await;
    rig.life.stop.cancel();
    settle().await;
    rig.open_gate(3);
    rig.running.join_next().await.unwrap().unwrap().unwrap();
    let expected = Counted { sent: 3, send_failed: 2, ..Counted::default() };
    assert_eq!((rig.tries(), rig.counts()), (vec![2, 2, 3], expected.dropped(&[("shutdown", 2)])));
    assert_eq!(rig.held(Sizer::Requests), 0);
}
