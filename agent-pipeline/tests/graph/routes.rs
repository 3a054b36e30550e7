//! A connector that chooses among its pipelines by name: what is told of names that lead nowhere, and reloads that add and
//! remove such pipelines while data flows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use agent_component::{
    BoxFuture, BuildContext, BuildError, Components, ConnectorComponent, ConnectorFactory, ConsumeError,
    ConsumeResult, Consumer, Holder, Info, Life, Next, Telemetry,
};
use agent_config::{Document, MapEnvironment, PipelineId, Validate, Validator};
use agent_otlp::Signal;
use agent_pipeline::{Effect, Plan};
use serde::Deserialize;

use crate::parts::{COMPONENTS, World, batch, host};

/// The pipelines that batches go to in turn.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    to: Vec<PipelineId>,
}

impl Validate for Config {}

/// Hands each batch to the next of its pipelines.
struct Turns {
    outputs: Vec<Next>,
    next: AtomicUsize,
}

impl Consumer for Turns {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.outputs.len().max(1);
            match self.outputs.get(turn) {
                Some(output) => output.consume(data).await,
                None => Err(ConsumeError::retryable("nowhere")),
            }
        })
    }
}

impl Holder for Turns {}

impl ConnectorComponent for Turns {
    const INFO: Info = Info::stable("turns");
    const PAIRS: &'static [(Signal, Signal)] =
        &[(Signal::Logs, Signal::Logs), (Signal::Traces, Signal::Traces)];
    type Config = Config;

    fn check_outputs(
        config: &Config,
        (from, _): (Signal, Signal),
        outputs: &[PipelineId],
        at: &mut Validator<'_>,
    ) {
        for (index, id) in config.to.iter().enumerate().filter(|(_, id)| !outputs.contains(id)) {
            at.field("to").index(index).error("", format!("{id} does not receive {from} from here"));
        }
    }

    fn build(
        config: &Config,
        _: &BuildContext,
        _: (Signal, Signal),
        outputs: Vec<(PipelineId, Next)>,
    ) -> Result<Self, BuildError> {
        let chosen = outputs.into_iter().filter(|(id, _)| config.to.contains(id)).map(|(_, next)| next);
        Ok(Self { outputs: chosen.collect(), next: AtomicUsize::new(0) })
    }
}

const WITH_TURNS: Components = Components { connectors: &[ConnectorFactory::of::<Turns>()], ..COMPONENTS };

fn judge(text: &str) -> (Option<Plan>, String) {
    let (document, issues) = Document::parse(text, &MapEnvironment::default());
    let (plan, found) = agent_pipeline::plan(&document.unwrap_or_else(|| panic!("{issues}")), &WITH_TURNS);
    (plan, format!("{issues}{found}"))
}

/// A document whose connector leads to the pipelines `logs/NAME`, each of which ends in an exporter of its own.
fn text(world: &str, names: &[&str]) -> String {
    let list =
        |each: &dyn Fn(&str) -> String| names.iter().map(|name| each(name)).collect::<Vec<_>>().join(", ");
    let exporters = list(&|name| format!("record/{name}: {{world: {world}}}"));
    let to = list(&|name| format!("logs/{name}"));
    let behind = list(&|name| format!("logs/{name}: {{receivers: [turns], exporters: [record/{name}]}}"));
    format!(
        "receivers: {{hand: {{world: {world}}}}}
exporters: {{{exporters}}}
connectors: {{turns: {{to: [{to}]}}}}
service: {{pipelines: {{logs: {{receivers: [hand], exporters: [turns]}}, {behind}}}}}
"
    )
}

fn plan_of(text: &str) -> Plan {
    let (plan, issues) = judge(text);
    plan.unwrap_or_else(|| panic!("{issues}"))
}

#[test]
fn names_that_lead_nowhere_are_told_with_their_place() {
    let (plan, issues) = judge(&text("none", &["a"]).replace("to: [logs/a]", "to: [logs/a, logs/b]"));
    assert!(plan.is_none());
    assert_eq!(
        issues,
        "connectors::turns::to[1]: logs/b does not receive logs from here (line 3, column 35)"
    );
}

#[tokio::test]
async fn pipelines_of_a_connector_come_and_go_while_data_flows() {
    let world = World::named("routes");
    let mut running = agent_pipeline::Running::idle(&Life::default());
    running.swap(&plan_of(&text("routes", &["a"])), &host()).await.unwrap();
    tokio::task::yield_now().await;
    let over = Arc::new(AtomicBool::new(false));
    let mut feeding = tokio::task::JoinSet::new();
    feeding.spawn({
        let (world, over) = (Arc::clone(&world), Arc::clone(&over));
        async move {
            let mut fed = 0;
            while !over.load(Ordering::Relaxed) || fed < 100 {
                world.feed("hand", batch(Signal::Logs)).await.unwrap();
                fed += 1;
                tokio::task::yield_now().await;
            }
            fed
        }
    });
    for names in [&["a", "b"][..], &["b"], &["c", "b", "a"], &["a"]] {
        let difference = running.swap(&plan_of(&text("routes", names)), &host()).await.unwrap();
        let changed: Vec<String> = difference.components(Effect::Change).collect();
        assert_eq!(changed, ["\"turns\" connector from logs to logs"]);
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
    over.store(true, Ordering::Relaxed);
    let fed: usize = feeding.join_next().await.unwrap().unwrap();
    assert!(running.stop(Duration::from_secs(10)).await.aborted.is_empty());
    let events = world.events();
    let got =
        |name: &str| events.iter().filter(|event| **event == format!("record/{name} got 1 logs")).count();
    assert_eq!(got("a") + got("b") + got("c"), fed);
    assert!(got("a") > 0 && got("b") > 0 && got("c") > 0);
}
