//! What goes into processors and what comes out of them adds up to what was fed, delivered, filtered and refused.

use std::sync::Arc;
use std::time::Duration;

use agent_component::{Host, Life};
use agent_otlp::Signal;
use agent_pipeline::Running;
use agent_telemetry::Metrics;
use proptest::prelude::*;

use crate::parts::{World, batch_of, host, plan_of};

const GRACE: Duration = Duration::from_secs(10);

/// Items into and out of a processor, as the metrics tell.
fn counts(host: &Host, processor: &str, signal: Signal) -> (u64, u64) {
    let counts = host.shared.of::<Metrics>().processor(&processor.parse().unwrap(), signal);
    (counts.incoming.get(), counts.outgoing.get())
}

async fn start(text: &str, host: &Arc<Host>) -> Running {
    let running = plan_of(text).build(host).unwrap().start(&Life::default()).await.unwrap();
    tokio::task::yield_now().await;
    running
}

/// Items that exporters of a world got.
fn delivered(world: &World, signal: Signal) -> u64 {
    let got = |event: &String| {
        let rest = event.strip_suffix(&format!(" {signal}"))?;
        rest.split_once(" got ")?.1.parse::<u64>().ok()
    };
    world.events().iter().filter_map(got).sum()
}

fn row(world: &str, [say, record]: [&str; 2]) -> String {
    format!(
        "receivers: {{hand: {{world: {world}}}}}
processors: {{say: {{world: {world}{say}}}, hold: {{world: {world}}}}}
exporters: {{record: {{world: {world}{record}}}}}
service: {{pipelines: {{logs: {{receivers: [hand], processors: [say, hold], exporters: [record]}}}}}}
"
    )
}

#[tokio::test]
async fn items_are_counted_into_and_out_of_every_processor_over_a_swap() {
    let (world, host) = (World::named("counted"), host());
    let mut running = start(&row("counted", [", most: 2", ""]), &host).await;
    world.feed("hand", batch_of(Signal::Logs, 5)).await.unwrap();
    assert_eq!(counts(&host, "say", Signal::Logs), (5, 2));
    assert_eq!(counts(&host, "hold", Signal::Logs), (2, 0), "it holds them");
    // `hold` is kept and led to the new exporter, `say` is exchanged; both count on.
    running.swap(&plan_of(&row("counted", [", most: 3", ", note: new"])), &host).await.unwrap();
    world.feed("hand", batch_of(Signal::Logs, 5)).await.unwrap();
    assert_eq!(counts(&host, "say", Signal::Logs), (10, 5));
    running.stop(GRACE).await;
    assert_eq!(counts(&host, "hold", Signal::Logs), (5, 5));
    assert_eq!(delivered(&world, Signal::Logs), 5);
    assert_eq!(counts(&host, "hold", Signal::Traces), (0, 0));
}

#[tokio::test]
async fn what_a_processor_refuses_went_in_and_did_not_come_out() {
    let (world, host) = (World::named("refusal"), host());
    let running = start(&row("refusal", [", refuses: true", ""]), &host).await;
    world.feed("hand", batch_of(Signal::Logs, 4)).await.unwrap_err();
    assert_eq!((counts(&host, "say", Signal::Logs), counts(&host, "hold", Signal::Logs)), ((4, 0), (0, 0)));
    running.stop(GRACE).await;
}

/// One pipeline: what its processors do, in order, whether its exporter refuses, and what it is fed.
#[derive(Clone, Debug)]
struct Case {
    processors: Vec<Does>,
    exporter_refuses: bool,
    batches: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    Filter(usize),
    Refuse,
    Hold,
}

fn case() -> impl Strategy<Value = Case> {
    let does =
        prop_oneof![4 => (0..4_usize).prop_map(Does::Filter), 1 => Just(Does::Refuse), 2 => Just(Does::Hold)];
    let processors = proptest::collection::vec(does, 0..4);
    let batches = proptest::collection::vec(0..6_usize, 0..8);
    (processors, any::<bool>(), batches).prop_map(|(mut processors, refuses, batches)| {
        // What the test's holder is refused ends it, and its items with it: nothing refuses behind one.
        let holds = processors.iter().position(|does| *does == Does::Hold);
        if let Some(place) = holds {
            let mut index = 0;
            processors.retain(|does| {
                index += 1;
                index <= place || *does != Does::Refuse
            });
        }
        let exporter_refuses = refuses && holds.is_none();
        Case { processors, exporter_refuses, batches }
    })
}

impl Case {
    fn names(&self) -> Vec<String> {
        let name = |(place, does): (usize, &Does)| match does {
            Does::Hold => format!("hold/{place}"),
            Does::Filter(_) | Does::Refuse => format!("say/{place}"),
        };
        self.processors.iter().enumerate().map(name).collect()
    }

    fn text(&self, world: &str) -> String {
        let names = self.names();
        let settings = self.processors.iter().zip(&names).map(|(does, name)| match does {
            Does::Hold => format!("{name}: {{world: {world}}}"),
            Does::Refuse => format!("{name}: {{world: {world}, refuses: true}}"),
            Does::Filter(most) => format!("{name}: {{world: {world}, most: {most}}}"),
        });
        format!(
            "receivers: {{hand: {{world: {world}}}}}
processors: {{{}}}
exporters: {{record: {{world: {world}, refuses: {}}}}}
service: {{pipelines: {{logs: {{receivers: [hand], processors: [{}], exporters: [record]}}}}}}
",
            settings.collect::<Vec<_>>().join(", "),
            self.exporter_refuses,
            names.join(", ")
        )
    }
}

/// Feeds everything, stops, and balances the books of each stage and of the whole.
async fn balance(case: &Case, world_name: &str) {
    let (world, host) = (World::named(world_name), host());
    let running = start(&case.text(world_name), &host).await;
    let (mut fed, mut refused) = (0, 0);
    for items in &case.batches {
        fed += *items as u64;
        if world.feed("hand", batch_of(Signal::Logs, *items)).await.is_err() {
            refused += *items as u64;
        }
    }
    assert!(running.stop(GRACE).await.aborted.is_empty());
    // What one stage hands on is what the next one gets.
    let (mut handed_on, mut filtered, mut refused_inside) = (fed, 0, 0);
    for (does, name) in case.processors.iter().zip(case.names()) {
        let (incoming, outgoing) = counts(&host, &name, Signal::Logs);
        assert_eq!(incoming, handed_on, "{name}");
        match does {
            Does::Hold => assert_eq!(incoming, outgoing, "{name} holds nothing any more"),
            Does::Filter(_) => filtered += incoming - outgoing,
            Does::Refuse => {
                assert_eq!(outgoing, 0, "{name}");
                refused_inside += incoming;
            }
        }
        handed_on = outgoing;
    }
    let delivered = delivered(&world, Signal::Logs);
    let refused_by_exporter = if case.exporter_refuses { handed_on } else { 0 };
    assert_eq!(handed_on, delivered + refused_by_exporter);
    assert_eq!(fed, delivered + filtered + refused_inside + refused_by_exporter);
    // A caller is told of what was refused, unless a holder had taken it.
    if !case.processors.contains(&Does::Hold) {
        assert!(refused >= refused_inside + refused_by_exporter);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_item_is_delivered_filtered_or_refused(case in case()) {
        static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(balance(&case, &format!("ledger{number}")));
    }
}
