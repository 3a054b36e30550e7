//! From start to silence: the order of things, what flows, and what a failing part does to the rest.

use std::time::Duration;

use crate::parts::{World, batch, build};
use agent_component::Life;
use agent_otlp::Signal;

const GRACE: Duration = Duration::from_secs(10);

/// A receiver, two processors and an exporter in a row, each with the given further setting.
fn row(world: &str, hand: &str, hold: &str, record: &str) -> String {
    format!(
        "receivers: {{hand: {{world: {world}{hand}}}}}
processors: {{say: {{world: {world}}}, hold: {{world: {world}{hold}}}}}
exporters: {{record: {{world: {world}{record}}}}}
service: {{pipelines: {{logs: {{receivers: [hand], processors: [say, hold], exporters: [record]}}}}}}
"
    )
}

#[tokio::test]
async fn starts_from_the_wire_back_and_stops_from_the_source_with_what_was_held() {
    let world = World::named("order");
    let running = build(&row("order", "", "", "")).start(&Life::default()).await.unwrap();
    tokio::task::yield_now().await;
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    assert!(running.stop(GRACE).await.aborted.is_empty());
    let events = [
        "start record",
        "start hand",
        "say saw 1",
        "stop hand",
        "stop hold",
        "record got 1 logs",
        "stop record",
    ];
    assert_eq!(*world.events(), events);
}

#[tokio::test]
async fn a_part_that_cannot_start_is_named_with_its_place_and_nothing_runs() {
    let world = World::named("broken");
    let text = row("broken", ", broken: true", "", "");
    let error = build(&text).start(&Life::default()).await.map(|_| ()).unwrap_err();
    assert!(error.to_string().starts_with("receivers::hand::endpoint: "), "{error}");
    assert!(error.to_string().contains("failed to start \"hand\" receiver: no such place"), "{error}");
    assert_eq!(*world.events(), ["start record"]);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_hangs_is_aborted_and_leaves_time_for_those_behind_it() {
    let world = World::named("hangs");
    let running = build(&row("hangs", ", hangs: true", "", "")).start(&Life::default()).await.unwrap();
    tokio::task::yield_now().await;
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    let before = tokio::time::Instant::now();
    let report = running.stop(GRACE).await;
    assert_eq!(report.aborted, ["\"hand\" receiver"]);
    assert_eq!(before.elapsed(), GRACE / 2);
    assert!(world.events().contains(&"record got 1 logs".to_owned()), "{:?}", world.events());
}

#[tokio::test(start_paused = true)]
async fn stopping_takes_no_longer_than_the_grace_period() {
    let text = row("late", ", hangs: true", ", hangs: true", ", hangs: true");
    let running = build(&text).start(&Life::default()).await.unwrap();
    let before = tokio::time::Instant::now();
    assert_eq!(running.stop(GRACE).await.aborted.len(), 3);
    assert_eq!(before.elapsed(), GRACE);
}

#[tokio::test]
async fn every_exporter_of_a_pipeline_gets_a_copy_and_one_refusal_refuses_the_whole() {
    let world = World::named("fan-out");
    let text = "receivers: {hand: {world: fan-out}}
exporters: {record/a: {world: fan-out}, record/b: {world: fan-out, refuses: true}, record/c: {world: fan-out}}
service: {pipelines: {logs: {receivers: [hand], exporters: [record/a, record/b, record/c]}}}";
    let running = build(text).start(&Life::default()).await.unwrap();
    tokio::task::yield_now().await;
    let refused = world.feed("hand", batch(Signal::Logs)).await.unwrap_err();
    assert_eq!((refused.is_permanent(), refused.message.as_str()), (false, "busy"));
    assert!(world.events().contains(&"record/c got 1 logs".to_owned()), "{:?}", world.events());
    running.stop(GRACE).await;
}

#[tokio::test]
async fn a_connector_joins_pipelines_and_stops_after_those_before_it() {
    let world = World::named("joined");
    let text = "receivers: {hand: {world: joined}}
processors: {hold: {world: joined}}
exporters: {record: {world: joined}}
connectors: {join: {world: joined}}
service:
  pipelines:
    logs/behind: {receivers: [join], processors: [hold], exporters: [record]}
    logs/before: {receivers: [hand], exporters: [join]}
    traces: {receivers: [hand], exporters: [record]}";
    let running = build(text).start(&Life::default()).await.unwrap();
    tokio::task::yield_now().await;
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    world.feed("hand", batch(Signal::Traces)).await.unwrap();
    running.stop(GRACE).await;
    let events = [
        "start record",
        "start hand",
        "record got 1 traces",
        "stop hand",
        "stop join",
        "stop hold",
        "record got 1 logs",
        "stop record",
    ];
    assert_eq!(*world.events(), events);
}
