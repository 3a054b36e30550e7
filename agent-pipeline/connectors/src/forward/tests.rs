//! `forward`, built through its row of the table.

use std::sync::{Arc, Mutex};

use agent_component::{Accepted, BuildInfo, ConsumeError, Host};
use agent_config::{ConfigPath, Issues, MapEnvironment, Section};
use agent_otlp::Batch;

use super::*;
use crate::CONNECTORS;

#[derive(Default)]
struct Pipeline {
    refuses: bool,
    seen: Mutex<usize>,
}

impl Consumer for Pipeline {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        *self.seen.lock().unwrap() += 1;
        drop(data);
        let answer = if self.refuses { Err(ConsumeError::permanent("no")) } else { Ok(Accepted::default()) };
        Box::pin(async move { answer })
    }
}

fn forward(pipelines: &[Arc<Pipeline>]) -> Arc<dyn Holder> {
    let mut issues = Issues::new();
    let section = Section::empty(ConfigPath::of("connectors::forward"));
    let builder = (CONNECTORS[0].decode)(&section, &mut issues).unwrap();
    let build = BuildInfo { version: "0.0.0", commit: "none" };
    let host = Arc::new(Host::new(build, Arc::new(MapEnvironment::new())));
    let context = BuildContext { id: "forward".parse().unwrap(), pipeline: None, host };
    let outputs =
        pipelines.iter().map(|pipeline| ("logs".parse().unwrap(), Next::new(pipeline.clone()))).collect();
    builder.build(&context, (Signal::Logs, Signal::Logs), outputs).unwrap()
}

fn data() -> Telemetry {
    Telemetry::new(Batch::empty(Signal::Logs))
}

#[tokio::test]
async fn every_receiving_pipeline_gets_the_data() {
    let pipelines = [Arc::new(Pipeline::default()), Arc::new(Pipeline::default())];
    forward(&pipelines).consume(data()).await.unwrap();
    assert!(pipelines.iter().all(|pipeline| *pipeline.seen.lock().unwrap() == 1));
}

#[tokio::test]
async fn a_refusal_travels_back() {
    let pipelines =
        [Arc::new(Pipeline { refuses: true, ..Pipeline::default() }), Arc::new(Pipeline::default())];
    assert!(forward(&pipelines).consume(data()).await.unwrap_err().is_permanent());
}

#[test]
fn it_joins_only_pipelines_of_one_signal() {
    assert!(Forward::PAIRS.iter().all(|(from, to)| from == to));
    assert_eq!(Forward::PAIRS.len(), Signal::ALL.len());
}

#[test]
fn planned_types_are_not_there_yet_and_in_order() {
    let planned = crate::PLANNED.type_names;
    assert!(planned.is_sorted());
    assert!(!CONNECTORS.iter().any(|factory| planned.contains(&factory.info.type_name)));
}
