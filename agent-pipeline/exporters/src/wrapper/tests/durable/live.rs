//! `live_share`: new data has its part of what is sent while a backlog drains.

use super::*;
use crate::testing::json;

/// Batches that an earlier process left, of so many items and one more each. Together they are more than is read ahead.
const OLD: std::ops::Range<usize> = 100..140;

/// A batch that takes more than 50 kB.
fn large(signal: Signal, items: usize) -> Batch {
    let long = "x".repeat(50_000);
    let (span, record) = (
        r#"{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"~"}"#,
        r#"{"body":{"stringValue":"~"}}"#,
    );
    let (item, [resources, scopes, all]) = match signal {
        Signal::Traces => (span, ["resourceSpans", "scopeSpans", "spans"]),
        _ => (record, ["resourceLogs", "scopeLogs", "logRecords"]),
    };
    let items = [&[item.replace('~', &long)][..], &vec![item.to_owned(); items - 1]].concat().join(",");
    json(signal, &format!(r#"{{"{resources}":[{{"{scopes}":[{{"{all}":[{items}]}}]}}]}}"#))
}

async fn started_for(signal: Signal, place: &Place, script: Script, options: Options) -> Rig {
    let (context, script) = (place.process(), Arc::new(script));
    let exporter = Exporter::new(&context, &[signal], options, Scripted(Arc::clone(&script)));
    running(context, script, exporter).await
}

/// A directory with [`OLD`] in it.
async fn with_backlog(signal: Signal) -> Place {
    let place = Place { max_bytes: 1 << 30, ..Place::new() };
    let (script, options) = down();
    let mut old = started_for(signal, &place, script, options).await;
    for items in OLD {
        old.exporter.consume(Telemetry::new(large(signal, items))).await.unwrap();
    }
    old.stop().await;
    place
}

/// The tries of an exporter that finds the backlog and takes three small batches while it sends the first old one.
async fn tries_of(signal: Signal, more: &str) -> Vec<usize> {
    let place = with_backlog(signal).await;
    let mut rig = started_for(signal, &place, gated(), durable(more)).await;
    until_tries(&rig, &[OLD.start]).await;
    for items in 1..=4 {
        let batch = large(signal, items);
        rig.exporter.consume(Telemetry::new(batch)).await.unwrap();
    }
    rig.open_gate(1000);
    until("all", || rig.tries().len() == OLD.len() + 4).await;
    rig.stop().await;
    rig.tries()
}

#[tokio::test]
async fn the_first_request_after_an_outage_holds_new_traces_and_none_is_lost() {
    let mut tries = tries_of(Signal::Traces, "").await;
    // Of the last one nobody knows whether it is there when the first one leaves.
    assert_eq!(tries[..6], [100, 1, 101, 2, 102, 3]);
    assert_eq!(tries.last(), Some(&139));
    tries.retain(|items| OLD.contains(items));
    assert_eq!(tries, OLD.collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_newest_when_an_outage_ends_is_ahead() {
    let place = Place { max_bytes: 1 << 30, ..Place::new() };
    let mut rig = started_for(Signal::Traces, &place, gated(), durable("")).await;
    for items in OLD {
        rig.exporter.consume(Telemetry::new(large(Signal::Traces, items))).await.unwrap();
        until("the first try", || rig.tries() == [OLD.start]).await;
    }
    rig.open_gate(1000);
    until("all", || rig.tries().len() == OLD.len()).await;
    rig.stop().await;
    let mut tries = rig.tries();
    // Ten of them are as much as there is memory for.
    assert!(tries[1] >= 128 && tries[2] == 101, "{tries:?}");
    tries.sort_unstable();
    assert_eq!(tries, OLD.collect::<Vec<_>>());
}

#[tokio::test]
async fn logs_stay_in_order_unless_something_else_is_said() {
    let in_order: Vec<usize> = OLD.chain(1..=4).collect();
    assert_eq!(tries_of(Signal::Logs, "").await, in_order);
    assert_eq!(tries_of(Signal::Traces, "live_share: 0").await, in_order);
    assert_eq!(tries_of(Signal::Logs, "live_share: 0.5").await[..6], [100, 1, 101, 2, 102, 3]);
}

#[tokio::test]
async fn what_an_earlier_process_left_counts_until_it_is_read_whatever_comes_ahead() {
    let place = with_backlog(Signal::Traces).await;
    let mut rig = started_for(Signal::Traces, &place, gated(), durable("")).await;
    until_tries(&rig, &[100]).await;
    for items in [1, 2] {
        rig.consume(items).await.unwrap();
    }
    rig.open_gate(1);
    until_tries(&rig, &[100, 1]).await;
    until("one less", || rig.held(Sizer::Requests) == OLD.len() as u64 + 1).await;
    rig.open_gate(1000);
    until("nothing", || rig.held(Sizer::Requests) == 0).await;
    rig.stop().await;
}

#[tokio::test]
async fn the_oldest_gives_way_and_not_what_came_ahead() {
    let place = with_backlog(Signal::Traces).await;
    let more = format!("queue_size: {}, drop_oldest_on_overflow: true", OLD.len());
    let mut rig = started_for(Signal::Traces, &place, gated(), durable(&more)).await;
    until_tries(&rig, &[100]).await;
    for items in 1..=3 {
        rig.consume(items).await.unwrap();
    }
    rig.open_gate(1000);
    until("nothing", || rig.held(Sizer::Requests) == 0).await;
    rig.stop().await;
    let mut tries = rig.tries();
    tries.sort_unstable();
    assert_eq!(tries, (1..=3).chain([100]).chain(104..140).collect::<Vec<_>>());
    assert_eq!(rig.counts().dropped, [("queue_full", 101 + 102 + 103)].into());
}
