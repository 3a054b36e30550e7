//! `drop_oldest_on_overflow`: the newest data is kept, and what gives way is counted.

use super::*;

const DROP: &str = "drop_oldest_on_overflow: true";

#[tokio::test]
async fn the_oldest_that_nobody_sends_gives_way_and_is_counted() {
    let place = Place::new();
    let mut rig = started(place.process(), gated(), durable(&format!("queue_size: 3, {DROP}"))).await;
    rig.consume(1).await.unwrap();
    until_tries(&rig, &[1]).await;
    let gives_way = rig.consume_with_receipt(2).await;
    let logged = Logged::start();
    for items in 3..=5 {
        rig.consume(items).await.unwrap();
    }
    // Dropped for a reason that is counted: reading it again would not help.
    gives_way.wait().await.unwrap();
    let lines = logged.take();
    let told = lines.iter().filter(|line| line.contains("Dropping the oldest data. component"));
    assert_eq!(told.count(), 1, "{lines:?}");
    rig.open_gate(10);
    until_tries(&rig, &[1, 4, 5]).await;
    rig.stop().await;
    let expected = Counted { sent: 10, send_failed: 5, ..Counted::default() };
    assert_eq!(rig.counts(), expected.dropped(&[("queue_full", 5)]));
}

#[tokio::test]
async fn what_is_on_the_wire_does_not_give_way() {
    let place = Place::new();
    let mut rig = started(place.process(), gated(), durable(&format!("queue_size: 1, {DROP}"))).await;
    rig.consume(1).await.unwrap();
    until_tries(&rig, &[1]).await;
    assert_eq!(rig.consume(2).await.unwrap_err().message, "sending queue is full");
    rig.open_gate(1);
    until("room", || rig.held(Sizer::Requests) == 0).await;
    rig.stop().await;
    assert_eq!(rig.counts(), Counted { sent: 1, enqueue_failed: 2, ..Counted::default() });
}

#[tokio::test]
async fn files_that_are_full_make_room_too() {
    const BATCHES: usize = 200;
    let place = Place { max_bytes: 40_000, ..Place::new() };
    let mut rig = started(place.process(), gated(), durable(DROP)).await;
    for _ in 0..BATCHES {
        rig.consume(10).await.unwrap();
    }
    let files = std::fs::read_dir(place.queue()).unwrap();
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes < 50_000, "{bytes}");
    rig.open_gate(BATCHES);
    until("room", || rig.held(Sizer::Requests) == 0).await;
    rig.stop().await;
    let counts = rig.counts();
    let dropped = counts.dropped["queue_full"];
    assert!(dropped > 0 && counts.sent > 0);
    assert_eq!((counts.sent + dropped, counts.enqueue_failed), (BATCHES as u64 * 10, 0));
}

#[tokio::test]
async fn after_a_restart_the_backlog_gives_way_first() {
    let place = Place::new();
    let (script, options) = down();
    let mut old = started(place.process(), script, options).await;
    for items in 1..=3 {
        old.consume(items).await.unwrap();
    }
    old.stop().await;
    drop(old);
    let mut new = started(place.process(), gated(), durable(&format!("queue_size: 3, {DROP}"))).await;
    until_tries(&new, &[1]).await;
    for items in 4..=5 {
        new.consume(items).await.unwrap();
    }
    new.open_gate(10);
    until_tries(&new, &[1, 4, 5]).await;
    new.stop().await;
    assert_eq!(new.counts().dropped, [("queue_full", 5)].into());
}
