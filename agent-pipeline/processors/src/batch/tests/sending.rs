//! When batches leave, and what callers feel of it.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_full_batch_leaves_at_once() {
    let batch = Running::start("send_batch_size: 5\ntimeout: 1h");
    batch.send(0, 3).await;
    assert!(batch.out().await.is_empty());
    batch.send(3, 3).await;
    assert_eq!(batch.out().await, [[0, 1, 2, 3, 4, 5]]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_leaves_after_the_timeout_together() {
    let batch = Running::start("timeout: 200ms");
    batch.send(0, 2).await;
    batch.pass(150).await;
    batch.send(2, 1).await;
    batch.pass(49).await;
    assert!(batch.out().await.is_empty());
    batch.pass(2).await;
    assert_eq!(batch.out().await, [[0, 1, 2]]);
    batch.pass(1000).await;
    assert!(batch.out().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_timer_starts_anew_after_a_full_batch() {
    let batch = Running::start("timeout: 200ms\nsend_batch_size: 3\nsend_batch_max_size: 3");
    batch.send(0, 2).await;
    batch.pass(150).await;
    batch.send(2, 2).await;
    assert_eq!(batch.out().await, [[0, 1, 2]]);
    batch.pass(190).await;
    assert!(batch.out().await.is_empty());
    batch.pass(20).await;
    assert_eq!(batch.out().await, [[3]]);
}

#[tokio::test(start_paused = true)]
async fn no_batch_is_larger_than_the_maximum() {
    let batch = Running::start("timeout: 1h\nsend_batch_size: 2\nsend_batch_max_size: 3");
    batch.send(0, 10).await;
    assert_eq!(batch.out().await, [[0, 1, 2], [3, 4, 5], [6, 7, 8]]);
    assert_eq!(batch.stop().await, [[9]]);
}

#[tokio::test(start_paused = true)]
async fn without_a_maximum_a_large_payload_stays_whole() {
    let batch = Running::start("timeout: 1h\nsend_batch_size: 2");
    batch.send(0, 5).await;
    assert_eq!(batch.out().await, [[0, 1, 2, 3, 4]]);
}

#[tokio::test(start_paused = true)]
async fn without_timeout_or_size_every_payload_leaves_alone() {
    for yaml in ["timeout: 0s\nsend_batch_max_size: 10000", "send_batch_size: 0"] {
        let batch = Running::start(yaml);
        batch.send(0, 1).await;
        batch.send(1, 2).await;
        assert_eq!(batch.out().await, [vec![0], vec![1, 2]], "{yaml}");
    }
}

#[tokio::test(start_paused = true)]
async fn payloads_that_leave_alone_are_split_all_the_same() {
    let batch = Running::start("send_batch_size: 0\nsend_batch_max_size: 2");
    batch.send(0, 3).await;
    batch.send(3, 1).await;
    assert_eq!(batch.out().await, [vec![0, 1], vec![2], vec![3]]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_leaves_at_the_stop() {
    let batch = Running::start("timeout: 1h");
    batch.send(0, 2).await;
    batch.send(2, 1).await;
    assert_eq!(batch.stop().await, [[0, 1, 2]]);
}

#[tokio::test(start_paused = true)]
async fn after_the_stop_data_is_refused() {
    let batch = Running::start("");
    let batcher = Arc::clone(&batch.batcher);
    batch.stop().await;
    let error = batcher.consume(Telemetry::new(logs(0, 1))).await.unwrap_err();
    assert!(!error.is_permanent());
}

#[tokio::test(start_paused = true)]
async fn an_abort_ends_a_send_that_hangs() {
    let mut batch = Running::behind("send_batch_size: 1", 0);
    batch.send(0, 1).await;
    batch.pass(1).await;
    batch.life.stop.cancel();
    batch.life.abort.cancel();
    batch.tasks.join_next().await.unwrap().unwrap().unwrap();
    assert!(batch.wire.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_abort_alone_ends_it_too() {
    let mut batch = Running::start("timeout: 1h");
    batch.send(0, 1).await;
    batch.pass(1).await;
    batch.life.abort.cancel();
    batch.tasks.join_next().await.unwrap().unwrap().unwrap();
    assert!(batch.wire.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refused_batch_does_not_hold_up_the_next() {
    let batch = Running::start("send_batch_size: 1");
    batch.wire.answers.lock().unwrap().push(ConsumeError::retryable("busy"));
    batch.send(0, 1).await;
    batch.pass(1).await;
    batch.send(1, 1).await;
    assert_eq!(batch.out().await, [[1]]);
}

#[tokio::test(start_paused = true)]
async fn while_the_wire_is_stuck_callers_wait_in_line() {
    let batch = Running::behind("send_batch_size: 10\ntimeout: 1h", 0);
    let mut callers = JoinSet::new();
    for number in 0..200 {
        let batcher = Arc::clone(&batch.batcher);
        callers.spawn(async move { batcher.consume(Telemetry::new(logs(number, 1))).await.map(drop) });
    }
    batch.pass(1000).await;
    let mut through = 0;
    while callers.try_join_next().is_some() {
        through += 1;
    }
    // One batch on its way, one waiting, and the payloads that may join it.
    let slack = std::thread::available_parallelism().unwrap().get();
    assert_eq!(through, 10 + 10 + slack);
    batch.wire.gate.add_permits(1000);
    while let Some(result) = callers.join_next().await {
        result.unwrap().unwrap();
    }
    let mut seen = batch.out().await;
    seen.extend(batch.stop().await);
    assert_eq!(seen.concat().len(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_in_line_leaves_nothing_behind() {
    let batch = Running::behind("send_batch_size: 1\ntimeout: 1h", 0);
    let fill = async {
        for number in 0.. {
            batch.send(number, 1).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), fill).await.unwrap_err();
    batch.wire.gate.add_permits(1000);
    let mut seen = batch.out().await;
    seen.extend(batch.stop().await);
    let seen = seen.concat();
    assert_eq!(seen, (0..seen.len()).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn data_before_the_run_is_kept_for_it() {
    let wire = Arc::new(Wire { seen: Mutex::default(), answers: Mutex::default(), gate: Semaphore::new(9) });
    let batcher = Arc::new(build("send_batch_size: 1", Next::new(wire.clone())));
    batcher.consume(Telemetry::new(logs(0, 1))).await.unwrap();
    let life = Life::default();
    life.stop.cancel();
    batcher.run(life).await.unwrap();
    assert_eq!(wire.take(), [[0]]);
}

#[tokio::test(start_paused = true)]
async fn requests_with_different_metadata_stay_apart() {
    let batch = Running::start("timeout: 1s\nmetadata_keys: [Tenant]");
    let requests = [
        (0, Some(client(&[("tenant", "a"), ("other", "x")]))),
        (1, Some(client(&[("tenant", "b")]))),
        (2, Some(client(&[("TENANT", "a")]))),
        (3, Some(client(&[("tenant", "")]))),
        (4, None),
        (5, Some(client(&[]))),
        (6, Some(client(&[("tenant", "a"), ("tenant", "b")]))),
    ];
    for (number, client) in requests {
        batch.batcher.consume(Telemetry { client, ..Telemetry::new(logs(number, 1)) }).await.unwrap();
    }
    batch.pass(1001).await;
    let mut seen: Vec<_> = batch
        .wire
        .seen
        .lock()
        .unwrap()
        .iter()
        .map(|data| (numbers(&data.batch), data.client.clone().unwrap().metadata.clone()))
        .collect();
    seen.sort();
    let tenant = |value: &str| ("tenant".to_owned(), value.to_owned());
    let expected = [
        (vec![0, 2], vec![tenant("a")]),
        (vec![1], vec![tenant("b")]),
        (vec![3], vec![tenant("")]),
        (vec![4, 5], vec![]),
        (vec![6], vec![tenant("a"), tenant("b")]),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn without_metadata_keys_the_client_is_forgotten() {
    let batch = Running::start("send_batch_size: 1");
    let client = Some(client(&[("tenant", "a")]));
    batch.batcher.consume(Telemetry { client, ..Telemetry::new(logs(0, 1)) }).await.unwrap();
    batch.pass(1).await;
    assert!(batch.wire.seen.lock().unwrap()[0].client.is_none());
}

#[tokio::test(start_paused = true)]
async fn too_many_combinations_of_metadata_are_refused() {
    let batch = Running::start("metadata_keys: [tenant]\nmetadata_cardinality_limit: 2");
    let send = |tenant: &str| {
        let client = Some(client(&[("tenant", tenant)]));
        batch.batcher.consume(Telemetry { client, ..Telemetry::new(logs(0, 1)) })
    };
    send("a").await.unwrap();
    send("b").await.unwrap();
    let error = send("c").await.unwrap_err();
    assert!(error.is_permanent());
    assert_eq!(error.message, "too many batcher metadata-value combinations");
    send("a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_it_holds_when_it_breaks_down_is_passed_on_when_it_runs_again() {
    for settings in ["timeout: 1h", "timeout: 1h\nmetadata_keys: [tenant]"] {
        let mut batch = Running::start(settings);
        batch.send(0, 3).await;
        batch.pass(1).await;
        // As a panic would end it.
        batch.tasks.shutdown().await;
        batch.tasks.spawn(Arc::clone(&batch.batcher).run(batch.life.clone()));
        assert_eq!(batch.stop().await, [[0, 1, 2]]);
    }
}
