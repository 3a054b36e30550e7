//! What the tests of connectors share: connectors built through their row of the table, and pipelines that record.

use std::sync::{Arc, Mutex};

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildInfo, ConsumeError, ConsumeResult, Consumer, Holder, Host, Next,
    Telemetry,
};
use agent_config::{Issues, MapEnvironment, PipelineId, Section};
use agent_otlp::{Batch, Signal};

use crate::CONNECTORS;

/// A pipeline that keeps what it gets, or refuses it.
#[derive(Default)]
pub(crate) struct Pipeline {
    pub(crate) refusal: Option<ConsumeError>,
    pub(crate) answer: Accepted,
    pub(crate) got: Mutex<Vec<Telemetry>>,
}

impl Consumer for Pipeline {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        self.got.lock().unwrap().push(data);
        let answer = self.refusal.clone().map_or_else(|| Ok(self.answer.clone()), Err);
        Box::pin(async move { answer })
    }
}

impl Pipeline {
    /// The JSON of each batch it got.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|data| json_of(&data.batch)).collect()
    }
}

/// A section of the connector `type_name`, decoded and validated; every problem, one a line.
pub(crate) fn issues(type_name: &str, yaml: &str) -> String {
    checked(type_name, yaml, (Signal::Logs, Signal::Logs), None).1.to_string()
}

/// The same with the pipelines that receive from it.
pub(crate) fn issues_with(
    type_name: &str,
    yaml: &str,
    pair: (Signal, Signal),
    outputs: &[PipelineId],
) -> String {
    checked(type_name, yaml, pair, Some(outputs)).1.to_string()
}

type Builder = Arc<dyn agent_component::factory::BuildConnector>;

fn checked(
    type_name: &str,
    yaml: &str,
    pair: (Signal, Signal),
    outputs: Option<&[PipelineId]>,
) -> (Option<Builder>, Issues) {
    let path = format!("connectors::{type_name}");
    let (section, mut issues) = Section::parse(&path, yaml, &MapEnvironment::new());
    let section = section.unwrap_or_else(|| panic!("{issues}"));
    let row = CONNECTORS.iter().find(|row| row.info.type_name == type_name).unwrap();
    let builder = (row.decode)(&section, &mut issues);
    if let (Some(builder), Some(outputs)) = (&builder, outputs) {
        builder.check_outputs(pair, outputs, &mut section.validator(&mut issues));
    }
    (builder, issues)
}

/// A connector whose outputs are the pipelines of these ids.
pub(crate) fn build(
    type_name: &str,
    yaml: &str,
    pair: (Signal, Signal),
    pipelines: &[(&str, Arc<Pipeline>)],
) -> Arc<dyn Holder> {
    let ids: Vec<PipelineId> = pipelines.iter().map(|(id, _)| id.parse().unwrap()).collect();
    let (builder, issues) = checked(type_name, yaml, pair, Some(&ids));
    let builder = builder.filter(|_| !issues.has_errors()).unwrap_or_else(|| panic!("{issues}"));
    let build = BuildInfo { version: "0.0.0", commit: "none" };
    let host = Arc::new(Host::new(build, Arc::new(MapEnvironment::new())));
    let context = BuildContext { id: type_name.parse().unwrap(), pipeline: None, host };
    let outputs = ids.into_iter().zip(pipelines.iter().map(|(_, pipeline)| Next::new(pipeline.clone())));
    builder.build(&context, pair, outputs.collect()).unwrap()
}

pub(crate) fn batch(signal: Signal, json: &str) -> Batch {
    Batch::from_json(signal, json.as_bytes()).unwrap()
}

pub(crate) fn json_of(batch: &Batch) -> String {
    let mut out = Vec::new();
    batch.write_json(&mut out);
    String::from_utf8(out).unwrap()
}
