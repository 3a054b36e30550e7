//! Nanoseconds a log record for what connectors do with a batch of 1,000. Run with `cargo bench -p agent-connectors`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark prints and may fail loudly"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildInfo, ConsumeResult, Consumer, Holder, Host, Next, Telemetry,
};
use agent_config::{Issues, MapEnvironment, PipelineId, Section};
use agent_connectors::CONNECTORS;
use agent_otlp::{Batch, BatchBuilder, Signal};

const RECORDS: u32 = 1_000;

/// A pipeline that takes everything.
struct End;

impl Consumer for End {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        drop(black_box(data));
        Box::pin(async { Ok(Accepted::default()) })
    }
}

fn build(type_name: &str, yaml: &str, to: Signal) -> Arc<dyn Holder> {
    let (section, mut issues) = Section::parse("connectors::it", yaml, &MapEnvironment::new());
    let row = CONNECTORS.iter().find(|row| row.info.type_name == type_name).unwrap();
    let builder = (row.decode)(&section.unwrap(), &mut issues);
    assert_eq!(Issues::to_string(&issues), "");
    let host = Host::new(BuildInfo { version: "0.0.0", commit: "none" }, Arc::new(MapEnvironment::new()));
    let context = BuildContext { id: "it".parse().unwrap(), pipeline: None, host: Arc::new(host) };
    let outputs = ["a", "b"].map(|name| {
        let id: PipelineId = format!("{to}/{name}").parse().unwrap();
        (id, Next::new(Arc::new(End)))
    });
    builder.unwrap().build(&context, (Signal::Logs, to), outputs.into()).unwrap()
}

/// Ten resources of records with a body and six attributes, as received.
fn logs() -> Batch {
    let mut out = BatchBuilder::new(Signal::Logs);
    for resource in 0..10_i64 {
        out.resource(|it| it.attributes_mut().upsert("service.name", format!("service-{resource}")));
        for record in 0..i64::from(RECORDS) / 10 {
            out.log_record(|it| {
                it.set_time_unix_nano(1_700_000_000_000_000_000 + record.unsigned_abs());
                it.set_severity_number(if record % 10 == 0 { 17 } else { 9 });
                it.set_body("GET /api/v1/checkout 200 in 12 ms");
                for attribute in ["http.method", "http.route", "net.peer", "user", "region", "env"] {
                    it.attributes_mut().upsert(attribute, format!("{attribute}-{}", record % 4));
                }
            });
        }
    }
    Batch::from_protobuf(Signal::Logs, out.build().to_bytes()).unwrap()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let batch = logs();
    let route = |context: &str, condition: &str| {
        let table = format!("table: [{{context: {context}, condition: '{condition}', pipelines: [logs/a]}}]");
        build("routing", &format!("default_pipelines: [logs/b]\n{table}"), Signal::Logs)
    };
    let count = |yaml: &str| build("count", yaml, Signal::Metrics);
    for (name, connector) in [
        (
            "routing: by resource, one in ten",
            route("resource", "attributes[\"service.name\"] == \"service-3\""),
        ),
        ("routing: by record, all", route("log", "severity_number > 0")),
        ("routing: by record, one in ten", route("log", "severity_number >= 17")),
        ("routing: by attribute, one in four", route("log", "attributes[\"env\"] == \"env-1\"")),
        ("count: all", count("")),
        ("count: with a condition", count("logs: {n: {conditions: ['severity_number >= 17']}}")),
        ("count: by an attribute", count("logs: {n: {attributes: [{key: env}]}}")),
    ] {
        let mut best = Duration::MAX;
        for _ in 0..200 {
            let start = Instant::now();
            runtime.block_on(connector.consume(Telemetry::new(batch.clone()))).unwrap();
            best = best.min(start.elapsed());
        }
        println!("{name:<40} {:>9.1} ns/record", best.as_secs_f64() * 1e9 / f64::from(RECORDS));
    }
}
