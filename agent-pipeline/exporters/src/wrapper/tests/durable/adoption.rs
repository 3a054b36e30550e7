//! What is left on disk by an exporter that is gone: sent by the one that goes, taken over by one that sends to the same place,
//! or left alone and named.

use tokio_util::sync::CancellationToken;

use super::*;
use crate::testing::json;
use crate::wrapper::durable::Orphans;

fn to(destination: u64, script: Script) -> Script {
    Script { destination: Some(destination), ..script }
}

/// `otlp/x`, which sends to 7, leaves batches of one to `most` items.
async fn leave(place: &Place, most: usize) {
    let (script, options) = down();
    let mut rig = started(place.process(), to(7, script), options).await;
    for items in 1..=most {
        rig.consume(items).await.unwrap();
    }
    until_tries(&rig, &[1]).await;
    rig.stop().await;
}

#[tokio::test]
async fn what_an_exporter_left_is_sent_by_another_one_to_the_same_place() {
    let place = Place::new();
    leave(&place, 3).await;
    let mut new = started(place.process_of("otlp/y"), to(7, Script::default()), durable("")).await;
    until_tries(&new, &[1, 2, 3]).await;
    until("the count", || new.counts().sent == 6).await;
    new.stop().await;
    drop(new);
    // It is gone from there.
    let mut old = started(place.process(), to(7, Script::default()), durable("")).await;
    old.consume(9).await.unwrap();
    until_tries(&old, &[9]).await;
    old.stop().await;
}

#[tokio::test]
async fn nothing_goes_where_it_was_not_meant_to_go_and_what_stays_is_named() {
    let place = Place::new();
    leave(&place, 3).await;
    let logged = Logged::start();
    let (elsewhere, nowhere) = (to(8, Script::default()), Script::default());
    let mut other = started(place.process_of("otlp/y"), elsewhere, durable("")).await;
    let untold = BuildContext { id: "otlp/z".parse().unwrap(), ..other.context.clone() };
    let mut untold = started(untold, nowhere, durable("")).await;
    let orphans = other.context.host.shared.of::<Orphans>();
    until("the name", || orphans.count() == 1).await;
    let lines = logged.take();
    let named: Vec<&String> = lines.iter().filter(|line| line.contains("Nobody sends")).collect();
    assert_eq!(named.len(), 1, "{lines:?}");
    for part in [
        "WARN",
        "exporter_otlp~002Fx_traces",
        "exporter=\"otlp/x\"",
        "signal=\"traces\"",
        "records=3",
        "bytes=",
    ] {
        assert!(named[0].contains(part), "{part}: {}", named[0]);
    }
    assert_eq!((other.tries(), untold.tries()), (vec![], vec![]));
    // Its owner comes back.
    let owner = BuildContext { id: "otlp/x".parse().unwrap(), ..other.context.clone() };
    let mut owner = started(owner, to(9, Script::default()), durable("")).await;
    until_tries(&owner, &[1, 2, 3]).await;
    assert_eq!(orphans.count(), 0);
    for rig in [&mut other, &mut untold, &mut owner] {
        rig.stop().await;
    }
}

#[tokio::test]
async fn an_owner_that_comes_back_gets_its_directory_at_once() {
    let place = Place::new();
    leave(&place, 3).await;
    let mut heir = started(place.process_of("otlp/y"), to(7, gated()), durable("")).await;
    until_tries(&heir, &[1]).await;
    let owner = BuildContext { id: "otlp/x".parse().unwrap(), ..heir.context.clone() };
    let mut owner = started(owner, to(7, Script::default()), durable("")).await;
    until_tries(&owner, &[1, 2, 3]).await;
    assert_eq!(heir.counts(), Counted::default());
    heir.stop().await;
    owner.stop().await;
}

#[tokio::test]
async fn an_heir_that_stops_leaves_the_rest() {
    let place = Place::new();
    leave(&place, 3).await;
    let script = to(7, replies([Reply::Answer(Ok(Accepted::default())), not_now()]));
    let (_, options) = down();
    let mut heir = started(place.process_of("otlp/y"), script, options).await;
    until_tries(&heir, &[1, 2]).await;
    heir.stop().await;
    assert_eq!(heir.counts(), Counted { sent: 1, ..Counted::default() });
    drop(heir);
    let mut owner = started(place.process(), to(7, Script::default()), durable("")).await;
    until_tries(&owner, &[2, 3]).await;
    owner.stop().await;
}

#[tokio::test]
async fn one_that_is_removed_sends_what_it_has() {
    let place = Place::new();
    let options = Options { retry: at_once(), ..durable("batch: {min_size: 3, flush_timeout: 1h}") };
    let mut old = started(place.process(), gated(), options).await;
    *old.script.replies.lock().unwrap() = (0..9).map(|_| not_now()).collect();
    for items in [3, 3, 1] {
        old.consume(items).await.unwrap();
    }
    until_tries(&old, &[3]).await;
    old.exporter.retire(CancellationToken::new());
    old.life.stop.cancel();
    old.open_gate(100);
    old.ended().await;
    assert_eq!(old.counts(), Counted { sent: 7, ..Counted::default() });
    assert_eq!(old.tries(), [&[3; 11][..], &[1]].concat());
}

#[tokio::test]
async fn what_a_removed_one_cannot_send_stays_when_the_agent_ends() {
    let place = Place::new();
    let (script, options) = down();
    let mut old = started(place.process(), script, options).await;
    for items in 1..=3 {
        old.consume(items).await.unwrap();
    }
    until_tries(&old, &[1]).await;
    *old.script.replies.lock().unwrap() = (0..9).map(|_| not_now()).collect();
    let until_then = CancellationToken::new();
    old.exporter.retire(until_then.clone());
    old.life.stop.cancel();
    until_tries(&old, &[1, 1]).await;
    until_then.cancel();
    old.ended().await;
    assert_eq!((old.tries(), old.counts()), (vec![1, 1], Counted::default()));
    drop(old);
    let mut new = started(place.process(), Script::default(), durable("")).await;
    until_tries(&new, &[1, 2, 3]).await;
    new.stop().await;
}

#[tokio::test]
async fn one_that_was_removed_gives_way_when_it_comes_back() {
    // Its next try comes in an hour, or its backend does not answer.
    for script in [replies((0..2).map(|_| not_now())), gated()] {
        let place = Place::new();
        let (_, options) = down();
        let mut old = started(place.process(), script, options).await;
        for items in 1..=3 {
            old.consume(items).await.unwrap();
        }
        until_tries(&old, &[1]).await;
        old.exporter.retire(CancellationToken::new());
        old.life.stop.cancel();
        settle().await;
        let mut new = started(old.context.clone(), Script::default(), durable("")).await;
        new.consume(4).await.unwrap();
        old.ended().await;
        until_tries(&new, &[1, 2, 3, 4]).await;
        new.stop().await;
        assert_eq!(new.counts(), Counted { sent: 10, ..Counted::default() });
    }
}

#[tokio::test]
async fn a_signal_that_an_exporter_lost_is_sent_by_the_old_one() {
    let place = Place::new();
    let script = Arc::new(gated());
    let both = [Signal::Traces, Signal::Logs];
    let exporter = Exporter::new(&place.process(), &both, durable(""), Scripted(Arc::clone(&script)));
    let mut old = running(place.process(), script, exporter).await;
    let logs = json(Signal::Logs, r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{},{}]}]}]}"#);
    old.exporter.consume(Telemetry::new(logs.clone())).await.unwrap();
    old.exporter.consume(Telemetry::new(logs)).await.unwrap();
    until_tries(&old, &[3]).await;
    let mut new = started(old.context.clone(), Script::default(), durable("")).await;
    old.hand_over_to(&new);
    old.exporter.retire(CancellationToken::new());
    old.life.stop.cancel();
    old.open_gate(10);
    old.ended().await;
    assert_eq!(old.tries(), [3, 3]);
    new.consume(1).await.unwrap();
    until_tries(&new, &[1]).await;
    new.stop().await;
}
