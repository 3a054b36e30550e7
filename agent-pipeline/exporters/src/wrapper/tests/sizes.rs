//! A batch that is too large for the backend is sent in halves.

use super::*;

fn takes(most: usize) -> Script {
    Script { most: Some(most), ..Script::default() }
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_halved_until_it_fits_with_a_queue_and_without() {
    for options in [inline(), queued("{num_consumers: 1, wait_for_result: true}")] {
        let rig = Rig::new(takes(3), options);
        assert_eq!(rig.consume(10).await.unwrap(), Accepted::default());
        assert_eq!(rig.tries(), [10, 5, 3, 2, 5, 3, 2]);
        assert_eq!(rig.counts(), Counted { sent: 10, ..Counted::default() });
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_item_that_does_not_fit_is_set_aside_and_counted() {
    let logged = Logged::start();
    let rig = Rig::new(takes(0), queued("{num_consumers: 1}"));
    let delivered = rig.consume_with_receipt(2).await;
    delivered.wait().await.unwrap();
    assert_eq!(rig.tries(), [2, 1, 1]);
    let expected = Counted { send_failed: 2, ..Counted::default() };
    assert_eq!(rig.counts(), expected.dropped(&[("too_large", 2)]));
    let dropped = "ERROR Exporting failed. Dropping data. \
                   component=otlp/x signal=\"traces\" error=too large dropped_items=1";
    assert_eq!(
        logged.take(),
        [
            "INFO The backend does not take a batch of this size. Sending it in halves. \
             component=otlp/x signal=\"traces\" error=too large items=2",
            dropped,
            dropped,
        ]
    );
    let rig = Rig::new(takes(0), inline());
    let told = rig.consume(3).await.unwrap();
    assert_eq!(told, Accepted { rejected: 3, message: "too large".to_owned() });
}

#[tokio::test(start_paused = true)]
async fn the_words_on_many_parts_are_bounded_and_their_counts_never_overflow() {
    let partial = |part: usize| {
        let message = format!("part {part} {}", "x".repeat(1000));
        Reply::Answer(Ok(Accepted { rejected: u64::MAX / 2, message }))
    };
    let refused = |part: usize| {
        Reply::Answer(Err(ConsumeError::permanent(format!("part {part} {}", "x".repeat(1000)))))
    };
    let rig = Rig::new(Script { most: Some(1), ..replies((0..64).map(partial)) }, inline());
    let told = rig.consume(64).await.unwrap();
    assert_eq!(told.rejected, u64::MAX);
    assert!(told.message.len() < 6000, "{}", told.message.len());
    let rig = Rig::new(Script { most: Some(1), ..replies((0..64).map(refused)) }, inline());
    let error = rig.consume(64).await.unwrap_err();
    assert!(error.is_permanent() && error.message.len() < 6000, "{}", error.message.len());
}

#[tokio::test(start_paused = true)]
async fn each_half_is_tried_again_by_itself() {
    let script = Script { most: Some(2), ..replies([not_now()]) };
    let rig = Rig::new(script, inline());
    rig.consume(4).await.unwrap();
    assert_eq!(rig.tries(), [4, 2, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_receipt_waits_for_both_halves() {
    let script = Script { most: Some(2), gate: Some(Semaphore::new(2)), ..Script::default() };
    let rig = Rig::new(script, Options { timeout: Duration::ZERO, ..queued("{num_consumers: 1}") });
    let delivered = rig.consume_with_receipt(4).await;
    let delivered = delivered.wait();
    tokio::pin!(delivered);
    let early = tokio::time::timeout(Duration::from_secs(1), &mut delivered).await;
    assert!(early.is_err(), "one half is on the wire");
    rig.open_gate(1);
    delivered.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn halves_that_are_left_go_to_the_successor() {
    let script = Script { most: Some(2), ..replies([not_now()]) };
    let mut old = Rig::new(script, queued("{num_consumers: 1}"));
    let delivered = old.consume_with_receipt(4).await;
    settle().await;
    assert_eq!(old.tries(), [4, 2]);
    let new = old.replaced_by(Script::default(), queued("{num_consumers: 1}"));
    old.ended().await;
    delivered.wait().await.unwrap();
    assert_eq!((old.tries(), new.tries()), (vec![4, 2], vec![2, 2]));
}
