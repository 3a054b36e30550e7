//! The numbers that can be read from outside.

use super::*;

#[tokio::test(start_paused = true)]
async fn what_is_sent_lost_refused_and_held_is_counted() {
    let partial = Accepted { rejected: 2, message: "too old".to_owned() };
    let script = Script {
        gate: Some(Semaphore::new(0)),
        ..replies([Reply::Answer(Ok(Accepted::default())), Reply::Answer(Ok(partial)), never()])
    };
    let options = queued("{num_consumers: 1, queue_size: 20, sizer: items}");
    let rig = Rig::new(script, Options { timeout: Duration::ZERO, ..options });
    for items in [7, 5, 3] {
        rig.consume(items).await.unwrap();
    }
    rig.consume(6).await.unwrap_err();
    rig.consume(21).await.unwrap_err();
    let counts = rig.counts();
    settle().await;
    assert_eq!((counts.queue_size(), counts.queue_capacity()), (15, 20));
    assert_eq!(counts.enqueue_failed(), 27);
    rig.open_gate(3);
    settle().await;
    assert_eq!((counts.sent(), counts.send_failed(), counts.rejected()), (7 + 3, 2 + 3, 2));
    assert_eq!(counts.queue_size(), 0);
    assert_eq!((counts.id.to_string(), counts.signal), ("otlp/x".to_owned(), Signal::Traces));
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_rejects_more_than_there_was_does_not_bend_the_numbers() {
    let absurd = Accepted { rejected: u64::MAX, message: String::new() };
    let rig = Rig::new(replies([Reply::Answer(Ok(absurd))]), inline());
    rig.consume(3).await.unwrap();
    assert_eq!((rig.counts().sent(), rig.counts().rejected()), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn retries_count_once_and_an_abort_counts_what_it_loses() {
    let script = replies([not_now(), Reply::Answer(Ok(Accepted::default())), Reply::Silence]);
    let mut rig = Rig::new(script, queued("{num_consumers: 1}"));
    rig.consume_with_receipt(1).await.wait().await.unwrap();
    assert_eq!((rig.counts().sent(), rig.counts().send_failed()), (1, 0), "retries have not failed");
    for items in [2, 3] {
        rig.consume(items).await.unwrap();
    }
    rig.life.abort.cancel();
    rig.ended().await;
    assert_eq!((rig.counts().send_failed(), rig.counts().queue_size()), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn a_successor_goes_on_with_the_same_numbers_and_nothing_stays_of_what_is_gone() {
    let all = context("otlp/x").host.shared.of::<AllCounts>();
    let mut old = Rig::new(replies([not_now()]), queued("{num_consumers: 1, queue_size: 10}"));
    old.consume(4).await.unwrap();
    settle().await;
    let mut new = old.replaced_by(Script::default(), queued("{num_consumers: 1, queue_size: 30}"));
    old.ended().await;
    settle().await;
    let shared = new.context.host.shared.of::<AllCounts>();
    let [counts] = shared.all().try_into().unwrap();
    assert_eq!((counts.handed_over(), counts.sent(), counts.send_failed()), (4, 4, 0));
    assert_eq!((counts.queue_size(), counts.queue_capacity()), (0, 30));
    let mut last = new.replaced_by(Script::default(), inline());
    settle().await;
    assert_eq!(counts.queue_capacity(), 0, "there is no queue any more");
    new.ended().await;
    last.stop().await;
    drop((counts, old, new, last));
    assert!(shared.all().is_empty());
    assert!(all.all().is_empty(), "each process has its own");
}
