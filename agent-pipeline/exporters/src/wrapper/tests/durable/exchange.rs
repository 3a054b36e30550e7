//! An exporter with a queue on disk is exchanged: nothing is lost, and nothing is sent twice.

use super::*;

#[tokio::test]
async fn a_successor_opens_the_same_directory_and_goes_on() {
    let place = Place::new();
    let (script, options) = down();
    let mut old = started(place.process(), script, options).await;
    let waiting = old.consume_with_receipt(1).await;
    for items in 2..=4 {
        old.consume(items).await.unwrap();
    }
    until_tries(&old, &[1]).await;
    let mut new = started(old.context.clone(), Script::default(), durable("")).await;
    old.hand_over_to(&new);
    // One that came late goes where all others go now.
    old.consume(5).await.unwrap();
    new.consume(6).await.unwrap();
    old.stop().await;
    until_tries(&new, &[1, 2, 3, 4, 5, 6]).await;
    waiting.wait().await.unwrap();
    assert_eq!(old.tries(), [1]);
    until("room", || new.held(Sizer::Requests) == 0).await;
    new.stop().await;
    assert_eq!(new.counts(), Counted { sent: 21, ..Counted::default() });
}

#[tokio::test]
async fn data_waits_until_what_is_on_the_wire_has_finished() {
    let place = Place::new();
    let mut old = started(place.process(), gated(), durable("")).await;
    for items in 1..=3 {
        old.consume(items).await.unwrap();
    }
    until_tries(&old, &[1]).await;
    let mut new = started(old.context.clone(), Script::default(), durable("")).await;
    old.hand_over_to(&new);
    old.life.stop.cancel();
    let mut calls = JoinSet::new();
    new.call(&mut calls, [4]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(calls.try_join_next().is_none() && new.tries().is_empty());
    old.open_gate(1);
    calls.join_next().await.unwrap().unwrap().unwrap();
    old.ended().await;
    until_tries(&new, &[2, 3, 4]).await;
    new.stop().await;
    assert_eq!(new.counts(), Counted { sent: 10, ..Counted::default() });
}

#[tokio::test]
async fn a_backend_that_does_not_answer_holds_nothing_up_for_long() {
    let place = Place::new();
    let mut old = started(place.process(), gated(), durable("")).await;
    for items in 1..=2 {
        old.consume(items).await.unwrap();
    }
    until_tries(&old, &[1]).await;
    let mut new = started(old.context.clone(), Script::default(), durable("")).await;
    old.hand_over_to(&new);
    old.life.stop.cancel();
    new.consume(3).await.unwrap();
    old.ended().await;
    until_tries(&new, &[1, 2, 3]).await;
    new.stop().await;
    assert_eq!(new.counts(), Counted { sent: 6, ..Counted::default() });
}

#[tokio::test]
async fn a_chain_of_exchanges_ends_with_the_last() {
    let place = Place::new();
    let (script, options) = down();
    let mut rigs = vec![started(place.process(), script, options).await];
    rigs[0].consume(1).await.unwrap();
    for items in 2..=5 {
        let (script, options) = down();
        let new = started(rigs[0].context.clone(), script, options).await;
        rigs.last().unwrap().hand_over_to(&new);
        rigs.last().unwrap().life.stop.cancel();
        rigs.push(new);
        rigs.last().unwrap().consume(items).await.unwrap();
    }
    let mut last = started(rigs[0].context.clone(), Script::default(), durable("")).await;
    rigs.last().unwrap().hand_over_to(&last);
    for rig in &mut rigs {
        rig.stop().await;
    }
    until_tries(&last, &[1, 2, 3, 4, 5]).await;
    last.stop().await;
    assert_eq!(last.counts(), Counted { sent: 15, ..Counted::default() });
}

#[tokio::test]
async fn a_successor_that_does_not_come_leaves_everything_as_it_was() {
    let place = Place::new();
    let (script, options) = down();
    let old = started(place.process(), script, options).await;
    old.consume(1).await.unwrap();
    let refused = Exporter::new(&old.context, &[Signal::Traces], durable(""), Scripted(Arc::default()));
    refused.start().await.unwrap();
    drop(refused);
    // It is not waited for: the next one keeps its queue in memory, and gets what is here.
    let mut old = old;
    let mut new = started(old.context.clone(), Script::default(), queued("{num_consumers: 1}")).await;
    old.hand_over_to(&new);
    until_tries(&new, &[1]).await;
    old.stop().await;
    new.stop().await;
}

#[tokio::test]
async fn what_is_on_disk_moves_to_a_successor_that_keeps_it_elsewhere() {
    let (place, other) = (Place::new(), tempfile::tempdir().unwrap());
    for storage in ["", "storage: file_storage/other, "] {
        let (script, options) = down();
        let mut old = started(place.process(), script, options).await;
        place.register(&old.context, "file_storage/other", other.path());
        let waiting = old.consume_with_receipt(1).await;
        for items in 2..=20 {
            old.consume(items).await.unwrap();
        }
        until_tries(&old, &[1]).await;
        let elsewhere = queued(&format!("{{{storage}num_consumers: 1, queue_size: 3}}"));
        let mut new = started(old.context.clone(), gated(), elsewhere).await;
        old.hand_over_to(&new);
        old.life.stop.cancel();
        new.open_gate(1000);
        old.ended().await;
        waiting.wait().await.unwrap();
        let all: Vec<usize> = (1..=20).collect();
        until("all", || new.tries().len() == all.len()).await;
        let mut tries = new.tries();
        tries.sort_unstable();
        assert_eq!(tries, all);
        new.stop().await;
        drop((old, new));
        let mut old = started(place.process(), Script::default(), durable("")).await;
        old.consume(30).await.unwrap();
        until_tries(&old, &[30]).await;
        old.stop().await;
    }
}

#[tokio::test]
async fn what_is_in_memory_moves_to_a_successor_that_keeps_it_on_disk() {
    let place = Place::new();
    let (script, options) = down();
    let retry = RetrySettings { max_elapsed_time: Some(GoDuration::ZERO), ..options.retry };
    let in_memory = Options { retry, ..queued("{num_consumers: 1}") };
    let mut old = started(place.process(), script, in_memory).await;
    let waiting = old.consume_with_receipt(1).await;
    for items in 2..=5 {
        old.consume(items).await.unwrap();
    }
    until_tries(&old, &[1]).await;
    let mut new = started(old.context.clone(), Script::default(), durable("queue_size: 2")).await;
    old.hand_over_to(&new);
    old.stop().await;
    until_tries(&new, &[1, 2, 3, 4, 5]).await;
    waiting.wait().await.unwrap();
    new.stop().await;
    assert_eq!(new.counts(), Counted { sent: 15, ..Counted::default() });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn exchanges_under_load_lose_nothing_and_send_nothing_twice() {
    const BATCHES: usize = 200;
    let place = Place::new();
    let workers = || durable("").queue.map(|queue| QueueSettings { num_consumers: 4, ..queue });
    let options = || Options { queue: workers(), retry: at_once(), ..durable("") };
    let first = started(place.process(), Script::default(), options()).await;
    let edge = Next::new(Arc::clone(&first.exporter) as Arc<dyn Consumer>);
    let mut feeders = JoinSet::new();
    for feeder in 0..4 {
        let edge = edge.clone();
        feeders.spawn(async move {
            for items in (1..=BATCHES).filter(|items| items % 4 == feeder) {
                edge.consume(Telemetry::new(spans(items))).await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }
    let mut rigs = vec![first];
    for _ in 0..10 {
        let old = rigs.last().unwrap();
        // Every other try fails at first, so that there is something to leave.
        let script = replies(
            (0..40).map(|n| if n % 2 == 0 { not_now() } else { Reply::Answer(Ok(Accepted::default())) }),
        );
        let new = started(old.context.clone(), script, options()).await;
        old.hand_over_to(&new);
        edge.switch(Some(Arc::clone(&new.exporter) as Arc<dyn Consumer>)).wait().await;
        old.life.stop.cancel();
        rigs.push(new);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while let Some(fed) = feeders.join_next().await {
        fed.unwrap();
    }
    let all = (1..=BATCHES).sum::<usize>() as u64;
    until("all", || rigs[0].counts().sent >= all).await;
    for rig in &mut rigs {
        rig.life.stop.cancel();
        rig.ended().await;
    }
    assert_eq!(rigs[0].counts(), Counted { sent: all, ..Counted::default() });
    assert_eq!(rigs.last().unwrap().held(Sizer::Requests), 0);
}
