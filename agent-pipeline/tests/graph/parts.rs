//! Components for graph tests: a receiver that tests feed by hand, a processor that holds, an exporter that records.
//!
//! They find each other through a `World` that the test puts into the configuration by name, so that tests in one
//! process do not meet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildError, BuildInfo, ClientInfo, Components, ConnectorComponent,
    ConnectorFactory, ConsumeError, ConsumeResult, Consumer, Endpoint, ExporterComponent, ExporterFactory,
    FanOut, Holder, HoldingComponent, Host, Info, Kind, Life, Next, Outputs, Planned, Processor,
    ProcessorComponent, ProcessorFactory, Receiver, ReceiverComponent, ReceiverFactory, RunError, StartError,
    Telemetry,
};
use agent_config::{Document, MapEnvironment, PipelineId, Validate};
use agent_otlp::{Batch, Signal};
use agent_pipeline::{Graph, Plan};
use serde::Deserialize;

/// What the components of one test did.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Starts, ends and deliveries in the order they happened, as `start exporter a`.
    pub(crate) events: Mutex<Vec<String>>,
    /// What receivers feed, by receiver id.
    pub(crate) outputs: Mutex<HashMap<String, Outputs>>,
    /// What exporters wait for before they answer.
    gate: tokio::sync::RwLock<()>,
    /// Parts that are to end, by their names in events.
    doomed: tokio::sync::watch::Sender<Vec<(String, Doom)>>,
    /// Parts that cannot start now.
    banned: Mutex<Vec<String>>,
}

/// How a part ends on demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doom {
    Panic,
    Error,
    End,
    /// The next call to it panics; it goes on.
    Call,
}

static WORLDS: Mutex<Option<HashMap<String, Arc<World>>>> = Mutex::new(None);

impl World {
    /// The world of this name, made when it is first asked for.
    pub(crate) fn named(name: &str) -> Arc<Self> {
        let mut worlds = WORLDS.lock().unwrap();
        Arc::clone(worlds.get_or_insert_default().entry(name.to_owned()).or_default())
    }

    pub(crate) fn say(&self, event: impl Into<String>) {
        self.events.lock().unwrap().push(event.into());
    }

    pub(crate) fn events(&self) -> MutexGuard<'_, Vec<String>> {
        self.events.lock().unwrap()
    }

    /// Lets no exporter answer while the guard lives.
    pub(crate) fn close_gate(&self) -> tokio::sync::RwLockWriteGuard<'_, ()> {
        self.gate.try_write().expect("no exporter at work")
    }

    /// Ends a part as soon as it runs, or is called.
    pub(crate) fn doom(&self, part: &str, how: Doom) {
        self.doomed.send_modify(|doomed| doomed.push((part.to_owned(), how)));
    }

    /// Takes a doom back; `false` when it was met.
    pub(crate) fn pardon(&self, part: &str) -> bool {
        self.take_doom(part, |_| true).is_some()
    }

    pub(crate) fn is_doomed(&self, part: &str) -> bool {
        self.doomed.borrow().iter().any(|(name, _)| name == part)
    }

    fn take_doom(&self, part: &str, which: impl Fn(Doom) -> bool) -> Option<Doom> {
        let mut taken = None;
        self.doomed.send_if_modified(|doomed| {
            let found = doomed.iter().position(|(name, how)| name == part && which(*how));
            taken = found.map(|found| doomed.remove(found).1);
            taken.is_some()
        });
        taken
    }

    /// Lets a part start no more, or again.
    pub(crate) fn ban(&self, part: &str, banned: bool) {
        let mut all = self.banned.lock().unwrap();
        all.retain(|name| name != part);
        if banned {
            all.push(part.to_owned());
        }
    }

    /// Whether some pipeline takes this signal from a receiver.
    pub(crate) fn is_fed(&self, receiver: &str, signal: Signal) -> bool {
        self.outputs.lock().unwrap().get(receiver).is_some_and(|outputs| outputs.get(signal).is_some())
    }

    /// Feeds one batch into a receiver.
    pub(crate) async fn feed(&self, receiver: &str, batch: Batch) -> ConsumeResult {
        let outputs = self.outputs.lock().unwrap().get(receiver).cloned().expect("a running receiver");
        outputs.get(batch.signal()).expect("a pipeline").consume(Telemetry::new(batch)).await
    }
}

/// Settings of every test component.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) world: String,
    /// Refuses to start.
    pub(crate) broken: bool,
    /// Does not heed `stop`.
    pub(crate) hangs: bool,
    /// Panics as soon as it runs.
    pub(crate) panics: bool,
    /// Refuses data.
    pub(crate) refuses: bool,
    /// Says that it could not stop as it should.
    pub(crate) fails_to_stop: bool,
    /// Lets no more items of a batch through than this.
    pub(crate) most: Option<usize>,
    /// Where it says that it listens.
    pub(crate) listens: Vec<String>,
    /// Part of its name in events, to tell instances of an id apart.
    pub(crate) note: String,
}

impl Validate for Config {}

pub(crate) struct Part {
    name: String,
    world: Arc<World>,
    broken: bool,
    hangs: bool,
    panics: bool,
    refuses: bool,
    most: Option<usize>,
    fails_to_stop: bool,
}

impl Part {
    fn new(config: &Config, context: &BuildContext) -> Self {
        let name = format!("{} {}", context.id, config.note).trim_end().to_owned();
        let world = World::named(&config.world);
        Self {
            name,
            world,
            broken: config.broken,
            hangs: config.hangs,
            panics: config.panics,
            refuses: config.refuses,
            most: config.most,
            fails_to_stop: config.fails_to_stop,
        }
    }

    fn start(&self) -> Result<(), StartError> {
        if self.broken || self.world.banned.lock().unwrap().contains(&self.name) {
            return Err(StartError::new("endpoint", "no such place"));
        }
        self.world.say(format!("start {}", self.name));
        Ok(())
    }

    fn is_followed(&self) {
        self.world.say(format!("{} is followed", self.name));
    }

    async fn until_stopped(&self, life: &Life) -> Result<(), RunError> {
        assert!(!self.panics, "as configured");
        let end = if self.hangs { &life.abort } else { &life.stop };
        let is_for = |(name, how): &(String, Doom)| *name == self.name && *how != Doom::Call;
        let mut doomed = self.world.doomed.subscribe();
        loop {
            let doom = async { drop(doomed.wait_for(|all| all.iter().any(is_for)).await) };
            tokio::select! {
                biased;
                () = end.cancelled() => break,
                () = doom => {}
            }
            match self.world.take_doom(&self.name, |how| how != Doom::Call) {
                Some(Doom::Error) => return Err(RunError::new("on demand")),
                Some(Doom::End) => return Ok(()),
                Some(_) => panic!("on demand"),
                // Another of this name was quicker.
                None => {}
            }
        }
        self.world.say(format!("stop {}", self.name));
        Ok(())
    }

    fn may_panic(&self) {
        assert!(self.world.take_doom(&self.name, |how| how == Doom::Call).is_none(), "on demand");
    }
}

/// A receiver that tests feed.
pub(crate) struct Hand(Part);

impl Receiver for Hand {
    fn start(&mut self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(async { self.0.start() })
    }

    fn run(self: Box<Self>, outputs: Outputs, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        let id = self.0.name.split(' ').next().unwrap().to_owned();
        self.0.world.outputs.lock().unwrap().insert(id, outputs);
        Box::pin(async move { self.0.until_stopped(&life).await })
    }
}

impl ReceiverComponent for Hand {
    const INFO: Info = Info::stable("hand");
    type Config = Config;

    fn endpoints(config: &Config) -> Vec<Endpoint> {
        let endpoint = |(index, address): (usize, &String)| Endpoint {
            at: format!("listens::{index}"),
            address: address.clone(),
            is_unix: address.starts_with('/'),
        };
        config.listens.iter().enumerate().map(endpoint).collect()
    }

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self(Part::new(config, context)))
    }
}

/// An inline processor that says what passes and may filter, for logs only.
pub(crate) struct Say(Part);

impl Processor for Say {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        self.0.may_panic();
        self.0.world.say(format!("{} saw {}", self.0.name, batch.items()));
        if let Some(most) = self.0.most.filter(|most| *most < batch.items()) {
            *batch = batch.split_front(most);
        }
        if self.0.refuses { Err(ConsumeError::permanent("refused")) } else { Ok(()) }
    }
}

impl ProcessorComponent for Say {
    const INFO: Info = Info { signals: &[Signal::Logs], aliases: &["tell"], ..Info::stable("say") };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self(Part::new(config, context)))
    }
}

/// A processor that holds everything until it is stopped.
pub(crate) struct Hold {
    part: Part,
    held: Mutex<Vec<Telemetry>>,
    next: Next,
}

impl Consumer for Hold {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        self.part.may_panic();
        self.held.lock().unwrap().push(data);
        Box::pin(async { Ok(Accepted::default()) })
    }
}

impl Holder for Hold {
    fn hand_over(&self, _: Next) {
        self.part.is_followed();
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            self.part.until_stopped(&life).await?;
            if !life.stop.is_cancelled() && !life.abort.is_cancelled() {
                return Ok(());
            }
            let held = std::mem::take(&mut *self.held.lock().unwrap());
            for data in held {
                self.next.consume(data).await.map_err(|error| RunError::new(error.to_string()))?;
            }
            if self.part.fails_to_stop { Err(RunError::new("as configured")) } else { Ok(()) }
        })
    }
}

impl HoldingComponent for Hold {
    const INFO: Info = Info::stable("hold");
    type Config = Config;

    fn build(config: &Config, context: &BuildContext, next: Next) -> Result<Self, BuildError> {
        Ok(Self { part: Part::new(config, context), held: Mutex::default(), next })
    }
}

/// An exporter that says what it gets.
pub(crate) struct Record(Part);

impl Consumer for Record {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            if self.0.refuses {
                return Err(ConsumeError::retryable("busy"));
            }
            let _open = self.0.world.gate.read().await;
            self.0.may_panic();
            self.0.world.say(format!("{} got {} {}", self.0.name, data.batch.items(), data.batch.signal()));
            data.settle();
            Ok(Accepted::default())
        })
    }
}

impl Holder for Record {
    fn hand_over(&self, _: Next) {
        self.0.is_followed();
    }

    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(async { self.0.start() })
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move { self.0.until_stopped(&life).await })
    }
}

impl ExporterComponent for Record {
    const INFO: Info = Info::stable("record");
    type Config = Config;

    fn build(config: &Config, context: &BuildContext, _: &[Signal]) -> Result<Self, BuildError> {
        Ok(Self(Part::new(config, context)))
    }
}

/// Joins pipelines of one signal, and logs into metrics pipelines.
pub(crate) struct Join {
    part: Part,
    fan_out: FanOut,
}

impl Consumer for Join {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        self.fan_out.consume(data)
    }
}

impl Holder for Join {
    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move { self.part.until_stopped(&life).await })
    }
}

impl ConnectorComponent for Join {
    const INFO: Info = Info::stable("join");
    const PAIRS: &'static [(Signal, Signal)] =
        &[(Signal::Logs, Signal::Logs), (Signal::Traces, Signal::Traces), (Signal::Logs, Signal::Metrics)];
    type Config = Config;

    fn build(
        config: &Config,
        context: &BuildContext,
        _: (Signal, Signal),
        outputs: Vec<(PipelineId, Next)>,
    ) -> Result<Self, BuildError> {
        let fan_out = FanOut::new(outputs.into_iter().map(|(_, next)| next));
        Ok(Self { part: Part::new(config, context), fan_out })
    }
}

pub(crate) const COMPONENTS: Components = Components {
    receivers: &[ReceiverFactory::of::<Hand>()],
    processors: &[ProcessorFactory::holding::<Hold>(), ProcessorFactory::of::<Say>()],
    exporters: &[ExporterFactory::of::<Record>()],
    connectors: &[ConnectorFactory::of::<Join>()],
    extensions: &[],
    planned: &[Planned { kind: Kind::Processor, type_names: &["tail_sampling"] }],
};

/// Plans a document; the second value is every problem, one a line.
pub(crate) fn judge(text: &str) -> (Option<Plan>, String) {
    let (document, mut issues) = Document::parse(text, &MapEnvironment::default());
    let Some(document) = document else { return (None, issues.to_string()) };
    let (plan, found) = agent_pipeline::plan(&document, &COMPONENTS);
    issues.extend(found);
    (plan.filter(|_| !issues.has_errors()), issues.to_string())
}

/// Plans a document that has no problems.
pub(crate) fn plan_of(text: &str) -> Plan {
    let (plan, issues) = judge(text);
    plan.unwrap_or_else(|| panic!("{issues}"))
}

pub(crate) fn host() -> Arc<Host> {
    let build = BuildInfo { version: "0.0.0", commit: "none" };
    Arc::new(Host::new(build, Arc::new(MapEnvironment::default())))
}

/// Builds a document that has no problems.
pub(crate) fn build(text: &str) -> Graph {
    plan_of(text).build(&host()).unwrap()
}

/// A batch of `count` items of `signal`.
pub(crate) fn batch_of(signal: Signal, count: usize) -> Batch {
    let mut all = Batch::empty(signal);
    for _ in 0..count {
        all.append(batch(signal)).unwrap();
    }
    all
}

/// One log record, or one of another signal, as OTLP/JSON.
pub(crate) fn batch(signal: Signal) -> Batch {
    let json = match signal {
        Signal::Logs => r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":9}]}]}]}"#,
        Signal::Traces => {
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5c1e7a90d3f84b26a1907be4f2000001","spanId":"3fa9c07e51200001","name":"n"}]}]}]}"#
        }
        Signal::Metrics => {
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}"#
        }
    };
    Batch::from_json(signal, json.as_bytes()).unwrap()
}
