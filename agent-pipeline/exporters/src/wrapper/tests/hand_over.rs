//! What a replaced exporter holds goes to its successor: all of it, once, with everybody who waits for it.

use super::*;

fn without_limit(yaml: &str) -> Options {
    Options { timeout: Duration::ZERO, ..queued(yaml) }
}

#[tokio::test(start_paused = true)]
async fn what_waits_in_the_queue_goes_over_in_order_and_what_is_on_the_wire_finishes() {
    let mut old = Rig::new(gated(), without_limit("{num_consumers: 2}"));
    for items in 1..=6 {
        old.consume(items).await.unwrap();
    }
    settle().await;
    assert_eq!(old.tries(), [1, 2]);
    let new = old.replaced_by(Script::default(), queued("{num_consumers: 1}"));
    settle().await;
    assert!(new.tries().is_empty(), "both workers are on the wire");
    old.open_gate(2);
    old.ended().await;
    settle().await;
    assert_eq!(old.tries(), [1, 2]);
    assert_eq!(new.tries(), [3, 4, 5, 6]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_next_try_ends_with_the_successor_instead_of_a_last_try() {
    let mut old = Rig::new(replies([not_now()]), queued("{num_consumers: 1}"));
    for items in 1..=3 {
        old.consume(items).await.unwrap();
    }
    settle().await;
    let began = Instant::now();
    let new = old.replaced_by(Script::default(), queued("{num_consumers: 1}"));
    old.ended().await;
    settle().await;
    assert_eq!((old.tries(), new.tries()), (vec![1], vec![1, 2, 3]));
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_fails_from_then_on_goes_over_unless_it_fails_for_good() {
    for (reply, taken) in [(not_now(), vec![7]), (never(), vec![])] {
        let script = Script { gate: Some(Semaphore::new(0)), ..replies([reply]) };
        // Even if it would be given up now.
        let retry = RetrySettings { max_elapsed_time: Some(GoDuration::from_secs(1)), ..exact_retries() };
        let mut old = Rig::new(script, Options { retry, ..without_limit("{num_consumers: 1}") });
        old.consume(7).await.unwrap();
        settle().await;
        let new = old.replaced_by(Script::default(), queued("{}"));
        old.open_gate(1);
        old.ended().await;
        settle().await;
        assert_eq!((old.tries(), new.tries()), (vec![7], taken));
    }
}

#[tokio::test(start_paused = true)]
async fn retries_that_are_off_stay_off() {
    let options = Options { retry: RetrySettings::off(), ..without_limit("{num_consumers: 1}") };
    let mut old = Rig::new(Script { gate: Some(Semaphore::new(0)), ..replies([not_now()]) }, options);
    old.consume(1).await.unwrap();
    settle().await;
    let new = old.replaced_by(Script::default(), queued("{}"));
    old.open_gate(1);
    old.ended().await;
    assert!(new.tries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_being_gathered_goes_over_without_waiting_for_more() {
    let mut old = Rig::new(Script::default(), queued("{batch: {min_size: 100, flush_timeout: 1h}}"));
    for items in [3, 4] {
        old.consume(items).await.unwrap();
    }
    settle().await;
    let began = Instant::now();
    let new = old.replaced_by(Script::default(), queued("{}"));
    old.ended().await;
    settle().await;
    assert_eq!((old.tries(), new.tries()), (vec![], vec![7]));
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn receipts_go_along_and_settle_with_the_successors_delivery() {
    let mut old = Rig::new(replies([not_now()]), queued("{num_consumers: 1}"));
    let tried = old.consume_with_receipt(1).await;
    let waiting = old.consume_with_receipt(2).await;
    settle().await;
    let mut new = old.replaced_by(gated(), without_limit("{num_consumers: 1}"));
    old.ended().await;
    new.open_gate(1);
    tried.wait().await.unwrap();
    let early = tokio::time::timeout(Duration::from_hours(1), waiting.wait()).await;
    assert!(early.is_err(), "the successor still has it");

    let mut old = Rig::new(replies([not_now()]), queued("{num_consumers: 1}"));
    let tried = old.consume_with_receipt(1).await;
    settle().await;
    new.life.abort.cancel();
    new.ended().await;
    let new = old.replaced_by(gated(), without_limit("{num_consumers: 1}"));
    old.ended().await;
    new.life.abort.cancel();
    tried.wait().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn callers_that_wait_for_the_result_get_the_successors() {
    let partial = Accepted { rejected: 1, message: "bad name".to_owned() };
    let options = queued("{num_consumers: 1, wait_for_result: true}");
    let old = Rig::new(replies([not_now()]), options.clone());
    let mut calls = JoinSet::new();
    old.call(&mut calls, [1, 2]).await;
    let new = old.replaced_by(replies([Reply::Answer(Ok(partial.clone())), never()]), options);
    let mut answers = Vec::new();
    while let Some(answer) = calls.join_next().await {
        answers.push(answer.unwrap());
    }
    assert_eq!(*answers[0].as_ref().unwrap(), partial);
    assert_eq!(answers[1].as_ref().unwrap_err().to_string(), "otlp/x: not retryable error: never");
    assert_eq!(new.tries(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn callers_are_answered_before_the_stop_which_waits_for_them() {
    let script = Script { gate: Some(Semaphore::new(1)), ..replies([not_now(), not_now()]) };
    let old = Rig::new(script, without_limit("{num_consumers: 2, wait_for_result: true}"));
    let mut calls = JoinSet::new();
    old.call(&mut calls, [1, 2]).await;
    let new = Rig::new(Script::default(), inline());
    old.hand_over_to(&new);
    for permits in [0, 1] {
        old.open_gate(permits);
        let answered = tokio::time::timeout(Duration::from_secs(1), calls.join_next()).await;
        answered.unwrap().unwrap().unwrap().unwrap();
    }
    assert_eq!(new.tries(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_successor_that_answers_late_has_as_many_on_the_way_as_there_are_workers() {
    let mut old = Rig::new(gated(), without_limit("{num_consumers: 3}"));
    for items in 1..=8 {
        old.consume(items).await.unwrap();
    }
    settle().await;
    let new = old.replaced_by(gated(), without_limit("{enabled: false}"));
    old.open_gate(3);
    settle().await;
    assert_eq!(new.tries(), [4, 5, 6]);
    new.open_gate(2);
    settle().await;
    assert_eq!(new.tries(), [4, 5, 6, 7, 8]);
    new.open_gate(3);
    old.ended().await;
}

#[tokio::test(start_paused = true)]
async fn a_successor_without_room_is_waited_for_and_nothing_is_refused_for_its_size() {
    let logged = Logged::start();
    let mut old = Rig::new(replies([not_now()]), queued("{num_consumers: 1, sizer: items}"));
    for items in [3, 9, 4] {
        old.consume(items).await.unwrap();
    }
    settle().await;
    logged.take();
    let new = old.replaced_by(gated(), without_limit("{num_consumers: 1, queue_size: 5, sizer: items}"));
    settle().await;
    assert_eq!(new.held(Sizer::Items), 3 + 9 + 4);
    new.open_gate(3);
    old.ended().await;
    settle().await;
    assert_eq!(new.tries(), [3, 9, 4]);
    assert_eq!(logged.take(), [""; 0]);
    assert_eq!(new.counts(), Counted { sent: 16, ..Counted::default() });
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_may_pass_is_tried_again_and_the_order_is_kept() {
    let mut old = Rig::new(replies([not_now()]), queued("{num_consumers: 1}"));
    let first = old.consume_with_receipt(1).await;
    for items in [2, 3] {
        old.consume(items).await.unwrap();
    }
    settle().await;
    let options = Options { retry: RetrySettings::off(), ..inline() };
    let new = old.replaced_by(replies([not_now(), not_now()]), options);
    let began = Instant::now();
    old.ended().await;
    first.wait().await.unwrap();
    assert_eq!(new.tries(), [1, 1, 1, 2, 3]);
    assert_eq!(began.elapsed().as_millis(), 100 + 200);
}

#[tokio::test(start_paused = true)]
async fn tries_end_with_the_drain_and_what_is_left_is_counted() {
    let logged = Logged::start();
    let mut old = Rig::new(replies([not_now()]), queued("{num_consumers: 1}"));
    let lost = old.consume_with_receipt(2).await;
    old.consume(3).await.unwrap();
    settle().await;
    let options = Options { retry: RetrySettings::off(), ..inline() };
    let new = old.replaced_by(replies((0..1000).map(|_| not_now())), options);
    tokio::time::sleep(Duration::from_mins(5)).await;
    old.life.abort.cancel();
    old.ended().await;
    lost.wait().await.unwrap_err();
    let tries = new.tries().len();
    assert!((60..80).contains(&tries), "{tries} tries in 5 minutes");
    assert!(logged.take().last().unwrap().ends_with("lost=5"));
}

#[tokio::test(start_paused = true)]
async fn what_the_successor_refuses_for_good_is_dropped_and_told() {
    let logged = Logged::start();
    let mut old = Rig::new(replies([not_now()]), queued("{num_consumers: 1}"));
    let refused = old.consume_with_receipt(2).await;
    settle().await;
    logged.take();
    let new = old.replaced_by(replies([never()]), inline());
    old.ended().await;
    refused.wait().await.unwrap();
    let text = "otlp/x signal=\"traces\" error=not retryable error: never";
    assert_eq!(
        logged.take(),
        [
            format!("ERROR Exporting failed. Rejecting data. component={text} rejected_items=2"),
            format!("ERROR Exporting failed. Dropping data. component={text} dropped_items=2"),
        ]
    );
    let expected = Counted { send_failed: 2, ..Counted::default() };
    assert_eq!(new.counts(), expected.dropped(&[("permanent_error", 2)]), "counted once");
}

#[tokio::test(start_paused = true)]
async fn without_a_queue_callers_that_wait_for_the_next_try_go_over_at_once() {
    let mut old = Rig::new(replies([not_now()]), inline());
    let mut calls = JoinSet::new();
    old.call(&mut calls, [1]).await;
    let began = Instant::now();
    let new = old.replaced_by(gated(), Options { timeout: Duration::ZERO, ..inline() });
    settle().await;
    assert_eq!((old.tries(), new.tries()), (vec![1], vec![1]));
    new.open_gate(1);
    calls.join_next().await.unwrap().unwrap().unwrap();
    old.ended().await;
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_stop_waits_for_callers_on_the_wire_and_the_abort_ends_them() {
    for abort in [false, true] {
        let mut old = Rig::new(gated(), Options { timeout: Duration::ZERO, ..inline() });
        let mut calls = JoinSet::new();
        old.call(&mut calls, [1]).await;
        old.life.stop.cancel();
        settle().await;
        assert!(old.running.try_join_next().is_none(), "a call is on the wire");
        if abort {
            old.life.abort.cancel();
        } else {
            old.open_gate(1);
        }
        old.ended().await;
        assert_eq!(calls.join_next().await.unwrap().unwrap().is_err(), abort);
    }
}

#[tokio::test(start_paused = true)]
async fn late_calls_and_those_that_wait_for_room_go_straight_on() {
    let old = Rig::new(gated(), without_limit("{queue_size: 1, block_on_overflow: true}"));
    old.consume(1).await.unwrap();
    let mut calls = JoinSet::new();
    old.call(&mut calls, [2]).await;
    let new = old.replaced_by(Script::default(), queued("{num_consumers: 1}"));
    calls.join_next().await.unwrap().unwrap().unwrap();
    old.consume(3).await.unwrap();
    settle().await;
    assert_eq!((old.tries(), new.tries()), (vec![1], vec![2, 3]));
}

#[tokio::test(start_paused = true)]
async fn a_chain_of_successors_ends_with_the_last() {
    let mut first = Rig::new(replies([not_now()]), queued("{num_consumers: 1}"));
    first.consume(1).await.unwrap();
    first.consume(2).await.unwrap();
    settle().await;
    let mut second = first.replaced_by(replies([not_now()]), queued("{queue_size: 1}"));
    settle().await;
    let third = second.replaced_by(Script::default(), queued("{num_consumers: 1}"));
    first.ended().await;
    second.ended().await;
    settle().await;
    assert_eq!((first.tries(), second.tries()), (vec![1], vec![1]));
    let mut tries = third.tries();
    tries.sort_unstable();
    assert_eq!(tries, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_the_successor_does_not_have_drains_as_ever() {
    let mut old = Rig::new(replies([not_now()]), queued("{num_consumers: 1}"));
    for items in [1, 2] {
        old.consume(items).await.unwrap();
    }
    settle().await;
    let new = Rig::of_signals(old.context.clone(), &[Signal::Logs], Script::default(), queued("{}"));
    old.hand_over_to(&new);
    old.stop().await;
    assert_eq!((old.tries(), new.tries()), (vec![1, 1, 2], vec![]));
    let error = new.consume(1).await.unwrap_err();
    assert_eq!(error.to_string(), "otlp/x: was not set up for traces");
}
