//! Runs the recorded cases of `conformance/cases` through chains of processors, without receivers and exporters.
//!
//! Each pipeline of a case is built as the graph builds it, from the wire back; inline processors and holding ones
//! stand in one chain. Time is paused, so a case that waits takes none.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent_component::factory::BuiltProcessor;
use agent_component::{
    Accepted, BoxFuture, BuildContext, ConsumeResult, Consumer, Holder, Life, Next, Pass, Processor,
    Telemetry,
};
use agent_config::document::PipelineConfig;
use agent_config::{Document, Issues, MapEnvironment, PipelineId};
use agent_otlp::{Batch, Signal};
use serde_json::{Map, Value};
use tokio::task::JoinSet;

use super::expected;
use crate::PROCESSORS;

/// Every case of an area must come out as the Collector wrote it.
pub(crate) fn check_recorded(area: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/cases").join(area);
    let mut cases: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "{area} has no recorded cases");
    let failures: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// The same for one case, `area/name`, of an area that also has cases about other crates.
pub(crate) fn check_recorded_case(name: &str) {
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/cases").join(name)).unwrap();
}

fn check(case: &Path) -> Result<(), String> {
    let about: Value = serde_json::from_slice(&fs::read(case.join("case.json")).unwrap()).unwrap();
    let text = fs::read_to_string(case.join("config.yaml")).unwrap();
    let environment = [("OTLP_HTTP_ENDPOINT", "127.0.0.1:0"), ("OUT_FILE", "out.json")];
    let environment: MapEnvironment = environment.into_iter().collect();
    let (document, issues) = Document::parse(&text, &environment);
    let document = document.unwrap_or_else(|| panic!("{}: {issues}", case.display()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let settle = Duration::from_millis(about["settle_ms"].as_u64().unwrap_or(100));
    let found = runtime.unwrap().block_on(run(case, &document, settle));
    let expected: Value = serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
    let merge = about["merge"] != Value::Bool(false);
    expected::compare(&found, &expected, merge).map_err(|reason| format!("{}: {reason}", case.display()))
}

/// What each signal's pipelines gave, as the resource entries of OTLP/JSON.
async fn run(case: &Path, document: &Document, settle: Duration) -> Value {
    let sink = Arc::new(Sink::default());
    let life = Life::default();
    let mut tasks = JoinSet::new();
    let pipelines: Vec<_> = document.service.pipelines.iter().collect();
    let chains: Vec<_> = pipelines
        .iter()
        .map(|(id, pipeline)| chain(document, id, pipeline, &sink, &life, &mut tasks))
        .collect();
    for path in requests(case) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let signal: Signal = name.split('.').nth(1).unwrap().parse().unwrap();
        let batch = Batch::from_json(signal, &fs::read(&path).unwrap()).unwrap();
        for ((id, _), next) in pipelines.iter().zip(&chains) {
            if id.signal() == signal.as_str() {
                // A refusal goes back to the client of the recording; what came out is what counts.
                drop(next.consume(Telemetry::new(batch.clone())).await);
            }
        }
    }
    tokio::time::sleep(settle).await;
    life.stop.cancel();
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap().unwrap();
    }
    sink.json()
}

fn requests(case: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths
        .retain(|path| path.file_name().unwrap().to_string_lossy().starts_with(|c: char| c.is_ascii_digit()));
    paths.sort();
    paths
}

fn chain(
    document: &Document,
    id: &PipelineId,
    pipeline: &PipelineConfig,
    sink: &Arc<Sink>,
    life: &Life,
    tasks: &mut JoinSet<Result<(), agent_component::RunError>>,
) -> Next {
    let mut next = Next::new(Arc::clone(sink) as Arc<dyn Consumer>);
    for reference in pipeline.processors.iter().rev() {
        let row = PROCESSORS.iter().find(|row| row.info.type_name == reference.id.r#type());
        let row = row.unwrap_or_else(|| panic!("{} is not here", reference.id));
        let mut issues = Issues::new();
        let built = (row.decode)(&document.processors[&reference.id], &mut issues);
        let built = built.unwrap_or_else(|| panic!("{issues}"));
        let context =
            BuildContext { id: reference.id.clone(), pipeline: Some(id.clone()), ..super::context("logs") };
        next = match built.build(&context, next.clone()).unwrap() {
            BuiltProcessor::Inline(processor) => Next::new(Arc::new(Inline { processor, next })),
            BuiltProcessor::Holding(holder) => {
                tasks.spawn(Arc::clone(&holder).run(life.clone()));
                Next::new(Arc::new(Held(holder)))
            }
        };
    }
    next
}

struct Inline {
    processor: Arc<dyn Processor>,
    next: Next,
}

impl Consumer for Inline {
    fn consume(&self, mut data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            let mut by_item = data.batch.clone();
            self.processor.process(&mut data.batch, data.client.as_deref())?;
            if let Some(step) = self.processor.step() {
                Pass::of(vec![step]).run(&mut by_item, data.client.as_deref())?;
                assert_eq!(by_item.to_bytes(), data.batch.to_bytes(), "item by item it is the same");
            }
            if data.batch.resource_count() == 0 {
                return Ok(Accepted::default());
            }
            self.next.consume(data).await
        })
    }
}

struct Held(Arc<dyn Holder>);

impl Consumer for Held {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        self.0.consume(data)
    }
}

/// What came out, in order.
#[derive(Default)]
struct Sink(Mutex<Vec<Batch>>);

impl Consumer for Sink {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            self.0.lock().unwrap().push(data.batch);
            Ok(Accepted::default())
        })
    }
}

impl Sink {
    fn json(&self) -> Value {
        let mut signals = Map::new();
        for batch in self.0.lock().unwrap().iter() {
            let mut json = Vec::new();
            batch.write_json(&mut json);
            let document: Map<String, Value> = serde_json::from_slice(&json).unwrap();
            let entries = document.into_values().filter_map(|entries| match entries {
                Value::Array(entries) => Some(entries),
                _ => None,
            });
            let all = signals.entry(batch.signal().as_str()).or_insert_with(|| Value::Array(Vec::new()));
            all.as_array_mut().unwrap().extend(entries.flatten());
        }
        Value::Object(signals)
    }
}
