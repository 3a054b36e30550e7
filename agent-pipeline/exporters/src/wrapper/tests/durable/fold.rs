//! A `batch` processor in front of a queue on disk, whose work the queue does: the same requests, and nothing in memory only.

use agent_telemetry::Metrics;

use super::*;

/// Leaves with `due` items or after a time.
fn batching(due: usize, max: usize, timeout: Duration) -> Batching {
    Batching { due, max, timeout, by_client: false }
}

/// Leaves with `due` items only.
fn patient(due: usize, max: usize) -> Batching {
    batching(due, max, Duration::from_hours(1))
}

/// Batches that left because of their size and because of the time.
fn triggers(rig: &Rig) -> (u64, u64) {
    let counts = rig.context.host.shared.of::<Metrics>().batch(&"batch".parse().unwrap());
    (counts.by_size.get(), counts.by_timeout.get())
}

#[tokio::test]
async fn what_the_processor_would_hold_survives_an_end_without_any_order() {
    let place = Place::new();
    let old = folding(place.process(), Script::default(), durable(""), patient(1000, 0)).await;
    for items in 1..=3 {
        old.consume(items).await.unwrap();
    }
    assert_eq!(old.tries(), [0; 0], "all of it waits for company");
    drop(old);
    let mut new = folding(place.process(), Script::default(), durable(""), patient(10, 0)).await;
    new.consume(4).await.unwrap();
    until_tries(&new, &[10]).await;
    new.stop().await;
    assert_eq!(new.counts(), Counted { sent: 10, ..Counted::default() });
}

#[tokio::test]
async fn what_is_gathered_at_the_stop_stays_and_is_no_loss() {
    let place = Place::new();
    let mut old = folding(place.process(), Script::default(), durable(""), patient(10, 0)).await;
    for items in [6, 6, 7] {
        old.consume(items).await.unwrap();
    }
    until_tries(&old, &[12]).await;
    until("the acknowledgement", || old.held(Sizer::Requests) == 1).await;
    old.stop().await;
    assert_eq!((old.tries(), old.counts()), (vec![12], Counted { sent: 12, ..Counted::default() }));
    drop(old);
    let mut new = started(place.process(), Script::default(), durable("")).await;
    until_tries(&new, &[7]).await;
    new.stop().await;
}

#[tokio::test]
async fn batches_leave_at_their_size_and_are_cut_where_the_processor_cuts() {
    let place = Place::new();
    let mut rig = folding(place.process(), Script::default(), durable(""), patient(10, 15)).await;
    for items in [9, 2, 40] {
        rig.consume(items).await.unwrap();
    }
    // Whole requests until there are enough; what is too large is cut, and the rest waits for company.
    until_tries(&rig, &[11, 15, 15, 10]).await;
    rig.consume(37).await.unwrap();
    until_tries(&rig, &[11, 15, 15, 10, 15, 15]).await;
    rig.consume(3).await.unwrap();
    until_tries(&rig, &[11, 15, 15, 10, 15, 15, 10]).await;
    assert_eq!(triggers(&rig), (7, 0));
    rig.stop().await;
}

#[tokio::test]
async fn batches_leave_when_it_is_time() {
    let place = Place::new();
    let timeout = Duration::from_millis(50);
    let mut rig = folding(place.process(), Script::default(), durable(""), batching(100, 0, timeout)).await;
    let began = std::time::Instant::now();
    let delivered = rig.consume_with_receipt(3).await;
    delivered.wait().await.unwrap();
    assert!(began.elapsed() >= timeout);
    assert_eq!((rig.tries(), triggers(&rig)), (vec![3], (0, 1)));
    rig.stop().await;
}

#[tokio::test]
async fn what_the_processor_would_send_is_merged_on_as_the_queue_is_told() {
    let place = Place::new();
    let options = durable("batch: {min_size: 10, flush_timeout: 1h}");
    let mut rig = folding(place.process(), Script::default(), options, patient(4, 5)).await;
    for _ in 0..5 {
        rig.consume(3).await.unwrap();
    }
    // 3 + 2, 1 + 3, 3 + 2: ten at least, of what leaves with four at least and five at most.
    until_tries(&rig, &[14]).await;
    assert_eq!(triggers(&rig), (3, 0));
    rig.stop().await;
}

#[tokio::test]
async fn a_small_request_takes_a_small_part_of_the_room() {
    let place = Place::new();
    let options = || durable("queue_size: 2");
    let old = folding(place.process(), gated(), options(), patient(4, 0)).await;
    for _ in 0..8 {
        old.consume(1).await.unwrap();
    }
    assert_eq!(old.consume(1).await.unwrap_err().message, "sending queue is full");
    assert_eq!(old.held(Sizer::Requests), 2);
    drop(old);
    // How many requests will become of it is not known before it is read back.
    let mut new = folding(place.process(), gated(), options(), patient(4, 0)).await;
    until_tries(&new, &[4]).await;
    new.consume(40).await.unwrap();
    new.open_gate(10);
    until_tries(&new, &[4, 4, 40]).await;
    new.stop().await;
}

#[tokio::test]
async fn an_exchange_of_the_settings_of_the_processor_sends_nothing_twice() {
    let place = Place::new();
    let mut old = folding(place.process(), Script::default(), durable(""), patient(100, 0)).await;
    for items in 1..=3 {
        old.consume(items).await.unwrap();
    }
    let mut new = folding(old.context.clone(), Script::default(), durable(""), patient(10, 0)).await;
    old.hand_over_to(&new);
    old.stop().await;
    new.consume(4).await.unwrap();
    until_tries(&new, &[10]).await;
    assert_eq!(old.tries(), [0; 0]);
    new.stop().await;
    assert_eq!(new.counts(), Counted { sent: 10, ..Counted::default() });
}
