//! A component that ends on its own is started anew, later and later, and takes nothing down with it.

use std::time::Duration;

use agent_component::{Host, Life};
use agent_otlp::Signal;
use agent_pipeline::Running;
use agent_telemetry::Metrics;
use agent_telemetry::metrics::ComponentKind;
use tokio::time::Instant;

use crate::parts::{Doom, World, batch, host, plan_of};

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

/// The same without the processor that holds.
fn direct(world: &str, record: &str) -> String {
    row(world, ["", "", "", record]).replace("[say, hold]", "[say]")
}

async fn start(text: &str, host: &std::sync::Arc<Host>) -> Running {
    let running = plan_of(text).build(host).unwrap().start(&Life::default()).await.unwrap();
    tokio::task::yield_now().await;
    running
}

/// Mends once, and lets what is new take up its work.
async fn mend(running: &mut Running) {
    running.trouble().await;
    running.mend().await;
    tokio::task::yield_now().await;
}

async fn drained(running: &Running) {
    while running.draining() > 0 {
        tokio::task::yield_now().await;
    }
}

fn got(world: &World) -> usize {
    world.events().iter().filter(|event| event.starts_with("record") && event.ends_with("got 1 logs")).count()
}

/// Restarts and panics of a component, as the metrics tell.
fn defects(host: &Host, kind: ComponentKind, id: &str, pipeline: Option<&str>) -> (u64, u64) {
    let pipeline = pipeline.map(|id| id.parse().unwrap());
    let counts = host.shared.of::<Metrics>().defects(kind, &id.parse().unwrap(), pipeline.as_ref());
    (counts.restarts.get(), counts.panics.get())
}

#[tokio::test(start_paused = true)]
async fn a_processor_that_ends_is_started_anew_and_what_it_held_is_passed_on() {
    for (how, reason, panics) in [
        (Doom::Panic, "it panicked: on demand", 1),
        (Doom::Error, "on demand", 0),
        (Doom::End, "it ended though nobody asked it to", 0),
    ] {
        let name = format!("held-{how:?}");
        let (world, host) = (World::named(&name), host());
        let mut running = start(&row(&name, ["", "", "", ""]), &host).await;
        world.feed("hand", batch(Signal::Logs)).await.unwrap();
        world.doom("hold", how);
        mend(&mut running).await;
        let [failing] = running.failing().try_into().unwrap();
        assert_eq!(
            (failing.component.as_str(), failing.reason.as_str()),
            ("\"hold\" processor of logs", reason)
        );
        assert_eq!((failing.restarts, failing.is_down, failing.is_lost), (1, false, false));
        drained(&running).await;
        assert_eq!(got(&world), 1, "{:?}", world.events());
        world.feed("hand", batch(Signal::Logs)).await.unwrap();
        assert!(running.stop(GRACE).await.aborted.is_empty());
        assert_eq!(got(&world), 2);
        assert_eq!(defects(&host, ComponentKind::Processor, "hold", Some("logs")), (1, panics));
        // Nobody else was touched.
        assert_eq!(world.events().iter().filter(|event| event.starts_with("start ")).count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_wait_while_an_exporter_is_started_anew_and_go_to_the_new_one() {
    let (world, host) = (World::named("waits"), host());
    let mut running = start(&direct("waits", ""), &host).await;
    world.ban("record", true);
    world.doom("record", Doom::Panic);
    mend(&mut running).await;
    assert!(running.failing()[0].is_down);
    let feeding = world.feed("hand", batch(Signal::Logs));
    let mending = async {
        world.ban("record", false);
        mend(&mut running).await;
    };
    let (fed, ()) = tokio::join!(biased; feeding, mending);
    fed.unwrap();
    assert_eq!(got(&world), 1);
    running.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn calls_that_waited_for_long_enough_are_refused_for_now() {
    let (world, host) = (World::named("refused"), host());
    let mut running = start(&direct("refused", ""), &host).await;
    world.ban("record", true);
    world.doom("record", Doom::Panic);
    mend(&mut running).await;
    let begun = Instant::now();
    let error = world.feed("hand", batch(Signal::Logs)).await.unwrap_err();
    assert_eq!(error.to_string(), "record: the component failed and is being started anew");
    assert!(!error.is_permanent());
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    running.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn a_receiver_comes_back_and_feeds_what_it_fed() {
    let (world, host) = (World::named("comes-back"), host());
    let mut running = start(&row("comes-back", ["", "", "", ""]), &host).await;
    world.doom("hand", Doom::Panic);
    mend(&mut running).await;
    drained(&running).await;
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    running.stop(GRACE).await;
    assert_eq!(got(&world), 1);
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_and_at_last_it_is_given_up_on_until_somebody_edits_it() {
    let host = host();
    let mut running = start(&direct("grow", ", panics: true"), &host).await;
    let begun = Instant::now();
    let mut least = Duration::ZERO;
    for (restart, most) in [0, 1, 2, 4, 8, 16, 32, 60, 60].into_iter().enumerate() {
        let before = Instant::now();
        // A failure and the next start are two turns.
        while running.failing().first().is_none_or(|failing| (failing.restarts as usize) <= restart) {
            mend(&mut running).await;
        }
        let (paused, most) = (before.elapsed(), Duration::from_secs(most));
        assert!(paused <= most + Duration::from_millis(1) && paused >= most * 3 / 4, "{restart}: {paused:?}");
        least = least.max(paused);
        let failing = &running.failing()[0];
        let is_lost = begun.elapsed() >= Duration::from_mins(2) && failing.restarts >= 5;
        assert_eq!(failing.is_lost, is_lost, "{failing:?}");
    }
    assert!(running.failing()[0].is_lost);
    assert_eq!(running.failing()[0].reason, "it panicked: as configured");
    // Another part is edited: this one goes on failing. It is edited itself: it has a new chance.
    running
        .swap(
            &plan_of(&row("grow", ["", ", note: new", "", ", panics: true"]).replace("[say, hold]", "[say]")),
            &host,
        )
        .await
        .unwrap();
    assert_eq!(running.failing().len(), 1);
    running.swap(&plan_of(&direct("grow", "")), &host).await.unwrap();
    assert_eq!(running.failing(), []);
    assert_eq!(defects(&host, ComponentKind::Exporter, "record", None).0, 9);
    running.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn who_runs_well_for_a_minute_has_a_clean_record() {
    let (world, host) = (World::named("well"), host());
    let mut running = start(&direct("well", ""), &host).await;
    for _ in 0..3 {
        world.doom("record", Doom::Panic);
        let before = Instant::now();
        mend(&mut running).await;
        assert_eq!((before.elapsed(), running.failing()[0].restarts), (Duration::ZERO, 1));
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(running.failing(), []);
    }
    running.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_start_keeps_no_edit_of_others_from_being_applied_and_is_tried_on_demand() {
    let (world, host) = (World::named("cannot"), host());
    let mut running = start(&row("cannot", ["", "", "", ""]), &host).await;
    world.ban("hand", true);
    world.doom("hand", Doom::Error);
    mend(&mut running).await;
    assert!(running.failing()[0].reason.contains("no such place"), "{:?}", running.failing());
    let difference =
        running.swap(&plan_of(&row("cannot", ["", "", "", ", note: new"])), &host).await.unwrap();
    assert_eq!(difference.components(agent_pipeline::Effect::Change).count(), 1);
    assert!(running.failing()[0].is_down);
    world.ban("hand", false);
    running.hurry_repairs();
    let before = Instant::now();
    mend(&mut running).await;
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert!(!running.failing()[0].is_down);
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    running.stop(GRACE).await;
    assert!(world.events().contains(&"record new got 1 logs".to_owned()), "{:?}", world.events());
}

#[tokio::test(start_paused = true)]
async fn the_end_passes_on_what_a_failed_component_holds() {
    let (world, host) = (World::named("end"), host());
    let running = start(&row("end", ["", "", "", ""]), &host).await;
    world.feed("hand", batch(Signal::Logs)).await.unwrap();
    world.doom("hold", Doom::Panic);
    running.trouble().await;
    running.stop(GRACE).await;
    assert_eq!(got(&world), 1, "{:?}", world.events());
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_call_refuses_that_call_and_nothing_else() {
    let (world, host) = (World::named("call"), host());
    let running = start(&direct("call", ""), &host).await;
    for (part, kind, pipeline) in
        [("say", ComponentKind::Processor, Some("logs")), ("record", ComponentKind::Exporter, None)]
    {
        world.doom(part, Doom::Call);
        let error = world.feed("hand", batch(Signal::Logs)).await.unwrap_err();
        assert_eq!((error.is_permanent(), error.to_string()), (false, format!("{part}: internal error")));
        assert_eq!(defects(&host, kind, part, pipeline), (0, 1));
        world.feed("hand", batch(Signal::Logs)).await.unwrap();
    }
    assert_eq!(running.failing(), []);
    running.stop(GRACE).await;
    assert_eq!(got(&world), 2);
}
