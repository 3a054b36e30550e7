//! A running graph becomes another one: what stays, what is exchanged, and that no record is lost or repeated on the way.

use std::time::Duration;

use agent_component::Life;
use agent_otlp::Signal;
use agent_pipeline::{Effect, Running};

use crate::parts::{World, batch, build, host, plan_of};

const GRACE: Duration = Duration::from_secs(10);

/// A receiver, two processors and an exporter in a row, each with further settings.
fn row(world: &str, [hand, say, hold, record]: [&str; 4]) -> String {
    format!(
        "receivers: {{hand: {{world: {world}{hand}}}}}
processors: {{say: {{world: {world}{say}}}, hold: {{world: {world}{hold}}}}}
exporters: {{record: {{world: {world}{record}}}}}
service: {{pipelines: {{logs: {{receivers: [hand], processors: [say, hold], exporters: [record]}}}}}}
"
    )
}

async fn start(text: &str) -> Running {
    let running = build(text).start(&Life::default()).await.unwrap();
    tokio::task::yield_now().await;
    running
}

/// Swaps and says which components had which effect.
async fn swap(running: &mut Running, text: &str) -> [Vec<String>; 3] {
    let difference = running.swap(&plan_of(text), &host()).await.unwrap();
    tokio::task::yield_now().await;
    [Effect::Start, Effect::Change, Effect::Stop].map(|effect| difference.components(effect).collect())
}

/// Lets everything that can go on do so.
async fn settle(running: &Running) {
    while running.draining() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_same_settings_in_other_words_change_nothing() {
    let world = World::named("same");
    let mut running = start(&row("same", ["", "", "", ""])).await;
    let before = world.events().clone();
    let text = row("same", ["", "", "", ""]).replace("{world: same}", "{\"world\": 'same' }");
    assert_eq!(swap(&mut running, &format!("# a comment\n{text}")).await.map(|list| list.len()), [0, 0, 0]);
    assert_eq!(*world.events(), before);
    running.stop(GRACE).await;
}

#[tokio::test]
async fn a_changed_exporter_is_exchanged_under_everything_else() {
    let world = World::named("exporter");
    let mut running = start(&row("exporter", ["", "", "", ""])).await;
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    let [started, changed, stopped] = swap(&mut running, &row("exporter", ["", "", "", ", note: new"])).await;
    assert_eq!((started.len(), stopped.len()), (0, 0));
    assert_eq!(changed, ["\"record\" exporter"]);
    settle(&running).await;
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    running.stop(GRACE).await;
    // `hold` was kept with what it held, and gave both to the new exporter.
    let events = [
        "start record",
        "start hand",
        "say saw 1",
        "start record new",
        "record is followed",
        "stop record",
        "say saw 1",
        "stop hand",
        "stop hold",
        "record new got 1 logs",
        "record new got 1 logs",
        "stop record new",
    ];
    assert_eq!(*world.events(), events);
}

#[tokio::test]
async fn a_changed_processor_that_holds_gives_up_what_it_held() {
    let world = World::named("holder");
    let mut running = start(&row("holder", ["", "", "", ""])).await;
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    let [_, changed, _] = swap(&mut running, &row("holder", ["", "", ", note: new", ""])).await;
    assert_eq!(changed, ["\"hold\" processor of logs"]);
    settle(&running).await;
    let events =
        ["start record", "start hand", "say saw 1", "hold is followed", "stop hold", "record got 1 logs"];
    assert_eq!(*world.events(), events);
    running.stop(GRACE).await;
}

#[tokio::test]
async fn an_inline_processor_is_exchanged_between_two_calls() {
    let world = World::named("inline");
    let mut running = start(&row("inline", ["", "", "", ""])).await;
    let [_, changed, _] = swap(&mut running, &row("inline", ["", ", note: new", "", ""])).await;
    assert_eq!(changed, ["\"say\" processor of logs"]);
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    let without = row("inline", ["", "", "", ""]).replace("[say, hold]", "[hold]");
    let [_, _, stopped] = swap(&mut running, &without).await;
    assert_eq!(stopped, ["\"say\" processor of logs"]);
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    assert_eq!(*world.events(), ["start record", "start hand", "say new saw 1"]);
    running.stop(GRACE).await;
}

#[tokio::test]
async fn a_changed_receiver_starts_before_the_old_one_stops() {
    let world = World::named("receiver");
    let mut running = start(&row("receiver", ["", "", "", ""])).await;
    swap(&mut running, &row("receiver", [", note: new", "", "", ""])).await;
    settle(&running).await;
    assert_eq!(*world.events(), ["start record", "start hand", "start hand new", "stop hand"]);
    running.stop(GRACE).await;
}

#[tokio::test]
async fn a_kept_receiver_gains_and_loses_pipelines() {
    let world = World::named("pipelines");
    let pipelines = |names: &[&str]| {
        let all: Vec<String> =
            names.iter().map(|name| format!("{name}: {{receivers: [hand], exporters: [record]}}")).collect();
        format!(
            "receivers: {{hand: {{world: pipelines}}}}
exporters: {{record: {{world: pipelines}}}}
service: {{pipelines: {{{}}}}}
",
            all.join(", ")
        )
    };
    let mut running = start(&pipelines(&["logs"])).await;
    assert!(!world.is_fed("hand", Signal::Traces));
    let difference =
        running.swap(&plan_of(&pipelines(&["logs", "logs/2", "traces"])), &host()).await.unwrap();
    let added: Vec<String> = difference.pipelines(Effect::Start).map(ToString::to_string).collect();
    assert_eq!(added, ["traces", "logs/2"]);
    // The exporter gets another signal and is made anew for it; the receiver goes on.
    assert_eq!(difference.components(Effect::Change).collect::<Vec<_>>(), ["\"record\" exporter"]);
    world.feed("hand", batch(Signal::Traces)).await.unwrap();
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    swap(&mut running, &pipelines(&["traces"])).await;
    assert!(!world.is_fed("hand", Signal::Logs));
    world.feed("hand", batch(Signal::Traces)).await.unwrap();
    settle(&running).await;
    let got = |what: &str| world.events().iter().filter(|event| *event == what).count();
    assert_eq!(
        (got("record got 1 traces"), got("record got 1 logs"), got("start hand"), got("stop hand")),
        (2, 2, 1, 0)
    );
    running.stop(GRACE).await;
}

#[tokio::test]
async fn a_graph_that_cannot_start_leaves_the_running_one_alone() {
    let world = World::named("rollback");
    let mut running = start(&row("rollback", ["", "", "", ""])).await;
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    let text = row("rollback", [", note: new, broken: true", ", note: new", ", note: new", ", note: new"]);
    let error = running.swap(&plan_of(&text), &host()).await.unwrap_err();
    assert!(error.to_string().starts_with("receivers::hand::endpoint: "), "{error}");
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    assert_eq!(running.draining(), 0);
    assert_eq!(*world.events(), ["start record", "start hand", "say saw 1", "start record new", "say saw 1"]);
    running.stop(GRACE).await;
    assert_eq!(world.events().iter().filter(|event| *event == "record got 1 logs").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_old_part_is_not_stopped_while_a_call_is_in_it() {
    let world = World::named("in-flight");
    let mut running = start(&row("in-flight", ["", "", "", ""]).replace("[say, hold]", "[say]")).await;
    let gate = world.close_gate();
    let mut calls = tokio::task::JoinSet::new();
    let feeder = std::sync::Arc::clone(&world);
    calls.spawn(async move { feeder.feed("hand", batch(Signal::Logs)).await });
    tokio::task::yield_now().await;
    swap(&mut running, &row("in-flight", ["", "", "", ", note: new"]).replace("[say, hold]", "[say]")).await;
    tokio::time::sleep(Duration::from_secs(100)).await;
    assert!(!world.events().contains(&"stop record".to_owned()), "{:?}", world.events());
    drop(gate);
    calls.join_next().await.unwrap().unwrap().unwrap();
    settle(&running).await;
    assert!(world.events().ends_with(&["record got 1 logs".to_owned(), "stop record".to_owned()]));
    running.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn an_old_part_that_hangs_holds_up_nothing_and_ends_with_the_process() {
    let world = World::named("old-hangs");
    let mut running = start(&row("old-hangs", [", hangs: true", "", "", ""])).await;
    swap(&mut running, &row("old-hangs", [", note: new", "", "", ""])).await;
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    assert_eq!(running.draining(), 1);
    let before = tokio::time::Instant::now();
    let report = running.stop(GRACE).await;
    assert_eq!(report.aborted, ["\"hand\" receiver"]);
    assert!(before.elapsed() <= GRACE, "{:?}", before.elapsed());
    assert!(world.events().contains(&"record got 1 logs".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_end_takes_no_longer_when_it_comes_while_a_swap_drains() {
    let mut running = start(&row("both-hang", [", hangs: true", "", ", hangs: true", ", hangs: true"])).await;
    let all = ", hangs: true, note: new";
    swap(&mut running, &row("both-hang", [all, "", all, all])).await;
    assert_eq!(running.draining(), 1);
    let before = tokio::time::Instant::now();
    assert_eq!(running.stop(GRACE).await.aborted.len(), 6);
    assert!(before.elapsed() <= GRACE, "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_drain_too_many_hurries_the_oldest() {
    let mut running = start(&row("many", [", hangs: true", "", "", ""])).await;
    for number in 0..40 {
        let hand = format!(", hangs: true, note: n{number}");
        swap(&mut running, &row("many", [&hand, "", "", ""])).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(running.draining() <= 16, "{}", running.draining());
    }
    running.stop(GRACE).await;
}

#[tokio::test]
async fn the_failure_of_an_old_part_is_no_failure_of_the_graph() {
    let mut running = start(&row("old-fails", ["", "", ", fails_to_stop: true", ""])).await;
    swap(&mut running, &row("old-fails", ["", "", ", note: new", ""])).await;
    settle(&running).await;
    running.mend().await;
    assert_eq!(running.failing(), []);
    running.stop(GRACE).await;
}

#[tokio::test]
async fn a_connector_is_kept_while_its_outputs_are_the_same_and_leads_to_their_new_parts() {
    let world = World::named("connector");
    let text = |record: &str| {
        format!(
            "receivers: {{hand: {{world: connector}}}}
exporters: {{record: {{world: connector{record}}}}}
connectors: {{join: {{world: connector}}}}
service:
  pipelines:
    logs/before: {{receivers: [hand], exporters: [join]}}
    logs/behind: {{receivers: [join], exporters: [record]}}"
        )
    };
    let mut running = start(&text("")).await;
    let [_, changed, _] = swap(&mut running, &text(", note: new")).await;
    assert_eq!(changed, ["\"record\" exporter"]);
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    assert!(world.events().contains(&"record new got 1 logs".to_owned()), "{:?}", world.events());
    running.stop(GRACE).await;
}
