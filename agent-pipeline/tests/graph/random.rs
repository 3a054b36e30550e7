//! Random configurations follow each other in one running graph while data flows: nothing is lost, nothing is repeated,
//! and what a swap says it does is what it does. In between components fail: each is started anew, what it held is passed
//! on, and a call that panicked was refused.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agent_component::Life;
use agent_otlp::Signal;
use agent_pipeline::{Difference, Effect, Plan};
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::parts::{Doom, World, batch, host, plan_of};

const RECEIVERS: [&str; 2] = ["hand", "hand/2"];
const PROCESSORS: [&str; 3] = ["say", "hold", "hold/2"];
const EXPORTERS: [&str; 2] = ["record", "record/2"];
const PIPELINES: [(&str, Signal); 3] =
    [("logs", Signal::Logs), ("logs/2", Signal::Logs), ("traces", Signal::Traces)];

/// A document in short: the settings of each component by number, and the pipelines.
#[derive(Clone, Debug)]
struct Shape {
    notes: Vec<u8>,
    pipelines: Vec<Pipeline>,
}

#[derive(Clone, Debug)]
struct Pipeline {
    name: &'static str,
    signal: Signal,
    receivers: Vec<&'static str>,
    processors: Vec<&'static str>,
    exporter: &'static str,
}

impl Shape {
    fn text(&self, world: &str) -> String {
        let mut text = String::new();
        let kinds = [("receivers", &RECEIVERS[..]), ("processors", &PROCESSORS), ("exporters", &EXPORTERS)];
        let mut notes = self.notes.iter();
        for (kind, ids) in kinds {
            let of = |id: &&str| format!("{id}: {{world: {world}, note: n{}}}", notes.next().unwrap());
            let ids: Vec<String> = ids.iter().map(of).collect();
            writeln!(text, "{kind}: {{{}}}", ids.join(", ")).unwrap();
        }
        let pipelines = self.pipelines.iter().map(|pipeline| {
            let Pipeline { name, receivers, processors, exporter, .. } = pipeline;
            let list = |ids: &[&str]| ids.join(", ");
            let (receivers, processors) = (list(receivers), list(processors));
            format!(
                "{name}: {{receivers: [{receivers}], processors: [{processors}], exporters: [{exporter}]}}"
            )
        });
        let pipelines: Vec<String> = pipelines.collect();
        writeln!(text, "service: {{pipelines: {{{}}}}}", pipelines.join(", ")).unwrap();
        text
    }

    /// Whether a component is in use.
    fn runs(&self, id: &str) -> bool {
        self.pipelines.iter().any(|pipeline| {
            pipeline.receivers.contains(&id) || pipeline.processors.contains(&id) || pipeline.exporter == id
        })
    }

    /// Whether no call to `say` comes from a processor, which in these tests drops what it cannot hand on.
    fn calls_can_be_refused(&self) -> bool {
        self.pipelines.iter().all(|pipeline| {
            let mut before = pipeline.processors.iter().take_while(|id| **id != "say");
            !pipeline.processors.contains(&"say") || before.next().is_none()
        })
    }

    /// How many pipelines get an item of `signal` from `receiver`.
    fn copies(&self, receiver: &str, signal: Signal) -> usize {
        let fed = |pipeline: &&Pipeline| pipeline.signal == signal && pipeline.receivers.contains(&receiver);
        self.pipelines.iter().filter(fed).count()
    }
}

fn pipeline((name, signal): (&'static str, Signal)) -> impl Strategy<Value = Pipeline> {
    // `say` takes logs only.
    let processors = if signal == Signal::Logs { &PROCESSORS[..] } else { &PROCESSORS[1..] };
    let processors = subsequence(processors.to_vec(), 0..=processors.len()).prop_shuffle();
    let receivers = subsequence(RECEIVERS.to_vec(), 1..=RECEIVERS.len());
    // One: with more, what a processor holds over a swap would go to as many as there are then.
    let exporter = proptest::sample::select(EXPORTERS.to_vec());
    (receivers, processors, exporter).prop_map(move |(receivers, processors, exporter)| Pipeline {
        name,
        signal,
        receivers,
        processors,
        exporter,
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let notes = proptest::collection::vec(0..2_u8, RECEIVERS.len() + PROCESSORS.len() + EXPORTERS.len());
    let pipelines = subsequence(PIPELINES.to_vec(), 1..=PIPELINES.len())
        .prop_flat_map(|chosen| chosen.into_iter().map(|one| pipeline(one).boxed()).collect::<Vec<_>>());
    (notes, pipelines).prop_map(|(notes, pipelines)| Shape { notes, pipelines })
}

fn failures() -> impl Strategy<Value = Failures> {
    proptest::collection::vec((0..100_usize, any::<bool>()), 0..3)
}

/// Every component once, and every effect what the other direction says.
fn is_consistent(before: &Plan, after: &Plan) {
    let (there, back) = (Difference::between(before, after), Difference::between(after, before));
    let sorted = |difference: &Difference, effect| {
        let mut all: Vec<String> = difference.components(effect).collect();
        all.sort();
        all
    };
    let mirrored = [
        (Effect::Keep, Effect::Keep),
        (Effect::Change, Effect::Change),
        (Effect::Start, Effect::Stop),
        (Effect::Stop, Effect::Start),
    ];
    for (forth, mirror) in mirrored {
        assert_eq!(sorted(&there, forth), sorted(&back, mirror));
    }
    assert!(Difference::between(before, before).is_empty());
}

/// How many components with a `start` of their own were started.
fn starts(difference: &Difference) -> usize {
    let new = difference.components(Effect::Start).chain(difference.components(Effect::Change));
    new.filter(|name| name.ends_with("receiver") || name.ends_with("exporter")).count()
}

/// A part that fails after a shape was applied, by number, and whether it is in a call.
type Failures = Vec<(usize, bool)>;

/// Lets a part fail that runs; `true` when it is a receiver, which says nothing at its end then.
async fn fail(running: &mut agent_pipeline::Running, world: &World, shape: &Shape, number: usize) -> bool {
    let notes = |kind: usize, index: usize| shape.notes[kind + index];
    let first = [0, RECEIVERS.len(), RECEIVERS.len() + PROCESSORS.len()];
    let all = [(&RECEIVERS[..], first[0]), (&PROCESSORS[1..], first[1] + 1), (&EXPORTERS[..], first[2])];
    let all: Vec<String> = all
        .iter()
        .flat_map(|(ids, first)| ids.iter().enumerate().map(|(index, id)| (*id, notes(*first, index))))
        .filter(|(id, _)| shape.runs(id))
        .map(|(id, note)| format!("{id} n{note}"))
        .collect();
    let part = &all[number % all.len()];
    let how = [Doom::Panic, Doom::Error, Doom::End][number % 3];
    // What a swap replaced may go by the same name.
    while running.draining() > 0 {
        tokio::task::yield_now().await;
    }
    world.doom(part, how);
    while world.is_doomed(part) {
        tokio::task::yield_now().await;
    }
    running.trouble().await;
    running.mend().await;
    tokio::task::yield_now().await;
    assert!(running.failing().iter().all(|failing| !failing.is_down), "{:?}", running.failing());
    part.starts_with("hand")
}

/// No call panics any more.
fn pardon_calls(world: &World) {
    for note in 0..2 {
        while world.pardon(&format!("say n{note}")) {}
    }
}

async fn live_through(shapes: &[(Shape, Failures)], world_name: &str) {
    let world = World::named(world_name);
    let count = |prefix: &str, suffix: &str| {
        let events = world.events();
        events.iter().filter(|event| event.starts_with(prefix) && event.ends_with(suffix)).count()
    };
    let mut running = agent_pipeline::Running::idle(&Life::default());
    let mut before: Option<Plan> = None;
    let mut expected = 0;
    let mut silent = 0;
    for (shape, failures) in shapes {
        let plan = plan_of(&shape.text(world_name));
        if let Some(before) = &before {
            is_consistent(before, &plan);
        }
        let started = count("start ", "");
        let difference = running.swap(&plan, &host()).await.unwrap();
        assert_eq!(count("start ", "") - started, starts(&difference));
        before = Some(plan);
        // Receivers take up their work when they are first polled.
        tokio::task::yield_now().await;
        for (number, in_a_call) in failures {
            if *in_a_call {
                if !shape.calls_can_be_refused() {
                    continue;
                }
                world.doom(&format!("say n{}", shape.notes[RECEIVERS.len()]), Doom::Call);
            } else if fail(&mut running, &world, shape, *number).await {
                silent += 1;
            }
            // Those that ran well for a minute are started anew at once.
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        for receiver in RECEIVERS {
            for signal in [Signal::Logs, Signal::Traces] {
                let copies = shape.copies(receiver, signal);
                if shape.runs(receiver) {
                    assert_eq!(world.is_fed(receiver, signal), copies > 0, "{receiver} {signal}");
                }
                if copies == 1 {
                    // Refused where a call panicked, and tried again as a client would.
                    while let Err(error) = world.feed(receiver, batch(signal)).await {
                        assert!(!error.is_permanent(), "{error}");
                    }
                } else if copies > 1 {
                    // Another try would repeat what other pipelines have taken.
                    pardon_calls(&world);
                    world.feed(receiver, batch(signal)).await.unwrap();
                }
                expected += copies;
            }
        }
        pardon_calls(&world);
    }
    assert!(running.stop(Duration::from_secs(10)).await.aborted.is_empty());
    assert_eq!(count("record", "got 1 logs") + count("record", "got 1 traces"), expected);
    assert_eq!(count("start ", ""), count("stop record", "") + count("stop hand", "") + silent);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_or_repeated_over_random_swaps_and_failures(
        shapes in proptest::collection::vec((shape(), failures()), 1..8)
    ) {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let world = format!("random{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(live_through(&shapes, &world));
    }
}
