//! Chains of processors against structs of a protobuf library, and `resource` alone against nothing.

use std::hint::black_box;
use std::sync::Arc;

use agent_component::{BuildContext, BuildInfo, Host, Pass, Processor, ProcessorComponent};
use agent_config::{ComponentId, Document, Issues, MapEnvironment, Validate};
use agent_otlp::Batch;
use agent_processors::{attributes::Attributes, filter::Filter, resource::Resource, transform::Transform};
use anyhow::{Context as _, Result, anyhow, ensure};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::clock::Row;
use super::{Comparison, reference};
use crate::payload;
use crate::scenario::{ITEMS_PER_REQUEST, Signal};

const RESOURCE: &str = "
attributes:
  - {key: k8s.cluster.name, value: production-eu, action: upsert}
  - {key: deployment.environment.name, value: production, action: insert}
  - {key: service.namespace, value: store, action: upsert}
  - {key: process.pid, action: delete}
  - {key: host.arch, action: delete}
";

const ATTRIBUTES: &str = "
actions:
  - {key: tier, value: backend, action: insert}
  - {key: url.scheme, action: delete}
  - {key: thread.id, action: delete}
";

/// Five statements for each signal; the edits in `reference` do the same.
const TRANSFORM: &str = r#"
trace_statements:
  - context: span
    statements:
      - set(attributes["service"], resource.attributes["service.name"])
      - set(name, attributes["http.route"]) where kind == SPAN_KIND_SERVER and attributes["http.route"] != nil
      - replace_pattern(attributes["db.query.text"], "[0-9]+", "?")
      - set(status.code, STATUS_CODE_ERROR) where attributes["http.response.status_code"] >= 500
      - delete_key(attributes, "user_agent.original")
log_statements:
  - context: log
    statements:
      - set(attributes["service"], resource.attributes["service.name"])
      - set(severity_text, "WARNING") where severity_text == "WARN"
      - replace_pattern(body, "user [0-9]+", "user ***")
      - set(attributes["code"], Concat([attributes["code.file.path"], attributes["code.line.number"]], ":"))
      - delete_key(attributes, "code.function.name")
metric_statements:
  - context: datapoint
    statements:
      - set(attributes["service"], resource.attributes["service.name"])
      - set(attributes["failed"], true) where attributes["http.response.status_code"] >= 500
      - replace_pattern(attributes["server.address"], "[.]svc[.]cluster[.]local$", "")
      - set(value_double, value_double * 100.0) where metric.unit == "1"
      - delete_key(attributes, "network.peer.address")
"#;

const FILTER: &str = r#"
traces: {span: ['attributes["http.route"] == "/healthz"']}
logs: {log_record: [severity_number < SEVERITY_NUMBER_INFO]}
metrics: {datapoint: ['attributes["http.route"] == "/healthz"']}
"#;

type Chain = Vec<Box<dyn Processor>>;

/// `resource`, `attributes`, `transform`, `filter`, from bytes to bytes, for every signal.
pub(super) fn against_structs(limit: f64) -> Result<Vec<Comparison>> {
    let each = Signal::ALL.map(|signal| {
        let request = request(signal)?;
        let chain = vec![
            processor::<Resource>(signal, RESOURCE)?,
            processor::<Attributes>(signal, ATTRIBUTES)?,
            processor::<Transform>(signal, TRANSFORM)?,
            processor::<Filter>(signal, FILTER)?,
        ];
        let structs = reference::Edits::new()?;
        let found = reference::comparable(signal, &pass(&chain, signal, request.clone())?.to_bytes())?;
        let expected = reference::comparable(signal, &structs.edit(signal, &request)?)?;
        ensure!(found == expected, "{}: chain and reference differ: {found} and {expected}", signal.name());
        let name = format!("{}: resource, attributes, transform, filter", signal.name());
        let (bytes, again) = (request.clone(), request);
        let subject = Row::new(name.clone(), items(), move || {
            black_box(pass(&chain, signal, black_box(bytes.clone())).map(|batch| batch.to_bytes()).ok());
        });
        let against = Row::new(format!("{}: the same on structs", signal.name()), items(), move || {
            black_box(structs.edit(signal, black_box(&again)).ok());
        });
        Ok(Comparison { name: format!("{name}, by structs"), subject, against, limit })
    });
    each.into_iter().collect()
}

/// `resource` by no processor at all: in, checked, and out as the parts it consists of.
pub(super) fn resource_only(limit: f64) -> Result<Vec<Comparison>> {
    let each = Signal::ALL.map(|signal| {
        let request = request(signal)?;
        let row = |name: &str, chain: Chain| {
            let bytes = request.clone();
            Row::new(format!("{}: {name}", signal.name()), items(), move || {
                if let Ok(batch) = pass(&chain, signal, black_box(bytes.clone())) {
                    batch.segments().for_each(|part| {
                        black_box(part);
                    });
                }
            })
        };
        let subject = row("resource", vec![processor::<Resource>(signal, RESOURCE)?]);
        let against = row("passed through", Vec::new());
        let name = format!("{}: resource, by passing through", signal.name());
        Ok(Comparison { name, subject, against, limit })
    });
    each.into_iter().collect()
}

fn items() -> usize {
    usize::try_from(ITEMS_PER_REQUEST).unwrap_or(usize::MAX)
}

pub(super) fn request(signal: Signal) -> Result<Bytes> {
    payload::requests(signal, 1).pop().context("a request")
}

/// As the graph does it: neighbours that work item by item share a pass.
fn pass(chain: &[Box<dyn Processor>], signal: Signal, bytes: Bytes) -> Result<Batch> {
    let mut batch = Batch::from_protobuf(signal_of(signal), bytes)?;
    for neighbours in chain.chunk_by(|one, other| one.step().is_some() && other.step().is_some()) {
        let done = match neighbours {
            [only] => only.process(&mut batch, None),
            many => Pass::of(many.iter().filter_map(|one| one.step()).collect()).run(&mut batch, None),
        };
        done.map_err(|error| anyhow!("{error}"))?;
    }
    Ok(batch)
}

/// The signal in the words of the model.
pub(super) fn signal_of(signal: Signal) -> agent_otlp::Signal {
    match signal {
        Signal::Traces => agent_otlp::Signal::Traces,
        Signal::Logs => agent_otlp::Signal::Logs,
        Signal::Metrics => agent_otlp::Signal::Metrics,
    }
}

/// A processor as a configuration makes it.
fn processor<P: ProcessorComponent>(signal: Signal, yaml: &str) -> Result<Box<dyn Processor>>
where
    P::Config: DeserializeOwned + Validate,
{
    let indented: Vec<_> = yaml.lines().map(|line| format!("    {line}")).collect();
    let environment = MapEnvironment::new();
    let (document, mut issues) =
        Document::parse(&format!("processors:\n  it:\n{}\n", indented.join("\n")), &environment);
    let id: ComponentId = "it".parse().map_err(|_| anyhow!("an id"))?;
    let document = document.with_context(|| issues.to_string())?;
    issues = Issues::new();
    let section = document.processors.get(&id).context("the section is there")?;
    let config: Option<P::Config> = section.decode_valid(&mut issues);
    let config = config.with_context(|| issues.to_string())?;
    let host = Host::new(BuildInfo { version: "0.0.0", commit: "none" }, Arc::new(environment));
    let pipeline = signal.name().parse().map_err(|_| anyhow!("a pipeline"))?;
    let context = BuildContext { id, pipeline: Some(pipeline), host: Arc::new(host) };
    let built = P::build(&config, &context).map_err(|error| anyhow!("{error}"))?;
    Ok(Box::new(built))
}
