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
    settle().await;
    assert_eq!(rig.held(Sizer::Items), 15);
    assert_eq!(rig.counts(), Counted { enqueue_failed: 27, ..Counted::default() });
    rig.open_gate(3);
    settle().await;
    let expected = Counted { sent: 7 + 3, send_failed: 2 + 3, enqueue_failed: 27, ..Counted::default() };
    assert_eq!(rig.counts(), expected.dropped(&[("permanent_error", 3), ("rejected_by_backend", 2)]));
    assert_eq!(rig.held(Sizer::Items), 0);
}

#[tokio::test(start_paused = true)]
async fn each_way_to_lose_items_has_its_reason_and_what_a_caller_is_told_is_not_lost() {
    let once = || Options { retry: RetrySettings::off(), ..queued("{num_consumers: 1}") };
    let short = RetrySettings { max_elapsed_time: Some(GoDuration::from_secs(5)), ..exact_retries() };
    let expiring = || Options { retry: short.clone(), ..queued("{num_consumers: 1}") };
    let cases = [
        (never(), queued("{num_consumers: 1}"), "permanent_error"),
        (never(), once(), "permanent_error"),
        (not_now(), once(), "retries_exhausted"),
        (not_now(), expiring(), "retries_exhausted"),
    ];
    for (reply, options, reason) in cases {
        let rig =
            Rig::new(Script { replies: Mutex::new([reply, not_now()].into()), ..Script::default() }, options);
        rig.consume(3).await.unwrap();
        tokio::time::sleep(Duration::from_mins(1)).await;
        let expected = Counted { send_failed: 3, ..Counted::default() };
        assert_eq!(rig.counts(), expected.dropped(&[(reason, 3)]));
    }
    let told = [inline(), queued("{num_consumers: 1, wait_for_result: true}")];
    for options in told {
        let rig = Rig::new(replies([never()]), options);
        rig.consume(3).await.unwrap_err();
        assert_eq!(rig.counts(), Counted { send_failed: 3, ..Counted::default() });
    }
    let mut rig = Rig::new(replies([not_now(), not_now()]), queued("{num_consumers: 1}"));
    rig.consume(3).await.unwrap();
    settle().await;
    rig.stop().await;
    let expected = Counted { send_failed: 3, ..Counted::default() };
    assert_eq!(rig.counts(), expected.dropped(&[("shutdown", 3)]), "the last try failed too");
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_rejects_more_than_there_was_does_not_bend_the_numbers() {
    let absurd = Accepted { rejected: u64::MAX, message: String::new() };
    let rig = Rig::new(replies([Reply::Answer(Ok(absurd))]), inline());
    rig.consume(3).await.unwrap();
    let expected = Counted { send_failed: 3, ..Counted::default() };
    assert_eq!(rig.counts(), expected.dropped(&[("rejected_by_backend", 3)]));
}

#[tokio::test(start_paused = true)]
async fn retries_count_once_and_an_abort_counts_what_it_loses() {
    let script = replies([not_now(), Reply::Answer(Ok(Accepted::default())), Reply::Silence]);
    let mut rig = Rig::new(script, queued("{num_consumers: 1}"));
    rig.consume_with_receipt(1).await.wait().await.unwrap();
    assert_eq!(rig.counts(), Counted { sent: 1, ..Counted::default() }, "retries have not failed");
    for items in [2, 3] {
        rig.consume(items).await.unwrap();
    }
    rig.life.abort.cancel();
    rig.ended().await;
    let expected = Counted { sent: 1, send_failed: 5, ..Counted::default() };
    assert_eq!(rig.counts(), expected.dropped(&[("shutdown", 5)]));
    assert_eq!(rig.held(Sizer::Requests), 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_before_its_answer_counts_as_failed_and_not_as_dropped() {
    let mut rig = Rig::new(gated(), Options { timeout: Duration::ZERO, ..inline() });
    let gone = tokio::time::timeout(Duration::from_secs(1), rig.consume(2)).await;
    assert!(gone.is_err(), "the caller does not wait any longer");
    assert_eq!(rig.counts(), Counted { send_failed: 2, ..Counted::default() });
    let mut calls = JoinSet::new();
    rig.call(&mut calls, [3]).await;
    rig.life.abort.cancel();
    rig.ended().await;
    calls.join_next().await.unwrap().unwrap().unwrap_err();
    rig.consume(4).await.unwrap_err();
    assert_eq!(
        rig.counts(),
        Counted { send_failed: 2 + 3 + 4, ..Counted::default() },
        "the last came too late"
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_task_holds_that_is_ended_from_outside_is_counted() {
    let mut rig = Rig::new(gated(), Options { timeout: Duration::ZERO, ..queued("{num_consumers: 1}") });
    for items in [2, 3] {
        rig.consume(items).await.unwrap();
    }
    settle().await;
    rig.running.shutdown().await;
    let Rig { context, exporter, .. } = rig;
    drop(exporter);
    settle().await;
    let expected = Counted { send_failed: 5, ..Counted::default() };
    assert_eq!(Counted::of(&context, Signal::Traces), expected.dropped(&[("shutdown", 5)]));
}

#[tokio::test(start_paused = true)]
async fn a_successor_counts_on_and_each_item_once() {
    let kinds = ["{num_consumers: 1}", "{num_consumers: 1, wait_for_result: true}", "{enabled: false}"];
    for kind in kinds {
        let mut old = Rig::new(replies([not_now()]), queued("{num_consumers: 1}"));
        for items in [4, 2, 1] {
            old.consume(items).await.unwrap();
        }
        settle().await;
        let script = replies([not_now(), Reply::Answer(Ok(Accepted::default())), never()]);
        let options = Options { retry: RetrySettings::off(), ..queued(kind) };
        let new = old.replaced_by(script, options);
        old.ended().await;
        settle().await;
        // Without a queue a refusal that may pass goes back to the old one, which tries again.
        let expected = if kind == "{enabled: false}" {
            Counted { sent: 4 + 1, send_failed: 2, ..Counted::default() }.dropped(&[("permanent_error", 2)])
        } else {
            let expected = Counted { sent: 2, send_failed: 4 + 1, ..Counted::default() };
            expected.dropped(&[("permanent_error", 1), ("retries_exhausted", 4)])
        };
        assert_eq!(new.counts(), expected, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_waits_over_an_exchange_is_told_once_and_nothing_is_dropped() {
    for (kind, reply) in
        [("{num_consumers: 1, wait_for_result: true}", not_now()), ("{enabled: false}", never())]
    {
        let old = Rig::new(replies([not_now()]), queued("{num_consumers: 1, wait_for_result: true}"));
        let mut calls = JoinSet::new();
        old.call(&mut calls, [4]).await;
        let options = Options { retry: RetrySettings::off(), ..queued(kind) };
        let new = old.replaced_by(replies([reply]), options);
        calls.join_next().await.unwrap().unwrap().unwrap_err();
        assert_eq!(new.counts(), Counted { send_failed: 4, ..Counted::default() }, "{kind}");
        assert_eq!(new.tries(), [4]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_of_the_old_one_counts_only_what_has_not_arrived() {
    for (kind, held) in [("{num_consumers: 1, wait_for_result: true}", true), ("{enabled: false}", false)] {
        let old_options =
            Options { timeout: Duration::ZERO, ..queued("{num_consumers: 1, wait_for_result: true}") };
        let mut old = Rig::new(replies([not_now()]), old_options);
        let mut calls = JoinSet::new();
        old.call(&mut calls, [4]).await;
        let new = old.replaced_by(gated(), Options { timeout: Duration::ZERO, ..queued(kind) });
        settle().await;
        assert_eq!((new.tries(), new.held(Sizer::Requests)), (vec![4], 1), "{kind}");
        old.life.abort.cancel();
        old.ended().await;
        let lost = if held { 0 } else { 4 };
        assert_eq!(new.counts(), Counted { send_failed: lost, ..Counted::default() }, "{kind}");
        new.open_gate(1);
        settle().await;
        let sent = if held { 4 } else { 0 };
        assert_eq!(new.counts(), Counted { sent, send_failed: lost, ..Counted::default() }, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_queue_had_taken_is_dropped_however_many_hands_it_goes_through() {
    let mut first = Rig::new(replies([not_now()]), queued("{num_consumers: 1}"));
    first.consume(4).await.unwrap();
    settle().await;
    let mut second = first.replaced_by(replies([not_now()]), inline());
    settle().await;
    assert_eq!(second.tries(), [4], "it waits for its next try on the time of the first");
    let third = second.replaced_by(replies([never()]), queued("{num_consumers: 1, wait_for_result: true}"));
    first.ended().await;
    second.ended().await;
    settle().await;
    assert_eq!(third.tries(), [4]);
    let expected = Counted { send_failed: 4, ..Counted::default() };
    assert_eq!(third.counts(), expected.dropped(&[("permanent_error", 4)]));
}
