//! CPU time of the exporting side for one span: queue, compression, HTTP or gRPC, against a backend that only drains.
//!
//! `cargo bench -p agent-exporters`. The exporter has a thread of its own, whose time on the CPU Linux tells; the backend's
//! thread does not count. Batches are as the documented pipeline makes them: about 1000 spans of 370 bytes in ten pieces.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark has nobody to hand an error to"
)]

use std::sync::Arc;
use std::time::Duration;

use agent_component::{BuildContext, BuildInfo, Holder, Host, Life, Telemetry};
use agent_config::{ComponentId, Document, Issues, MapEnvironment};
use agent_exporters::EXPORTERS;
use agent_otlp::{Batch, Signal};
use agent_testkit::otlp_backend::{Backend, Options};
use tokio::task::JoinSet;

const PIECES: usize = 10;
const SPANS: usize = 100;
const ROUNDS: usize = 300;

fn piece(number: usize) -> Batch {
    let span = |index: usize| {
        let id = number * SPANS + index;
        let start = 1_700_000_000_000_000_000_u64 + (id as u64) * 1_234_567;
        format!(
            r#"{{"traceId":"{:032x}","spanId":"{:016x}","parentSpanId":"{:016x}","name":"GET /api/orders/{{id}}","kind":2,"startTimeUnixNano":"{start}","endTimeUnixNano":"{}","attributes":[{{"key":"http.request.method","value":{{"stringValue":"GET"}}}},{{"key":"url.path","value":{{"stringValue":"/api/orders/{id}"}}}},{{"key":"http.response.status_code","value":{{"intValue":"200"}}}},{{"key":"server.address","value":{{"stringValue":"orders-{}.shop.svc"}}}},{{"key":"user.id","value":{{"stringValue":"{:x}"}}}},{{"key":"thread.id","value":{{"intValue":"{}"}}}}],"status":{{"code":1}}}}"#,
            (id as u128 + 1) * 0x9e37_79b9_7f4a_7c15_f39c_0c83,
            (id as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            (id as u64 + 1).wrapping_mul(0xc2b2_ae3d_27d4_eb4f),
            start + 7_654_321,
            id % 7,
            id * 2_654_435_761,
            id % 16,
        )
    };
    let spans: Vec<_> = (0..SPANS).map(span).collect();
    let text = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"shop"}}}}]}},"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    Batch::from_json(Signal::Traces, text.as_bytes()).unwrap()
}

fn batch() -> Batch {
    let mut whole = Batch::empty(Signal::Traces);
    for number in 0..PIECES {
        whole.append(piece(number)).unwrap();
    }
    whole
}

/// Nanoseconds that this thread was on a CPU.
fn on_cpu() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

fn exporter(r#type: &str, settings: &str) -> Arc<dyn Holder> {
    let text = format!("exporters: {{{type}: {settings}}}");
    let (document, _) = Document::parse(&text, &MapEnvironment::new());
    let id: ComponentId = r#type.parse().unwrap();
    let mut issues = Issues::new();
    let row = EXPORTERS.iter().find(|row| row.info.is_named(r#type)).unwrap();
    let builder = (row.decode)(&document.unwrap().exporters[&id], &mut issues).unwrap();
    let build = BuildInfo { version: "0.0.0", commit: "none" };
    let host = Arc::new(Host::new(build, Arc::new(MapEnvironment::new())));
    builder.build(&BuildContext { id, pipeline: None, host }, &[Signal::Traces], &[]).unwrap()
}

fn measure(name: &str, r#type: &str, settings: &str, backend: &Backend) {
    let batch = batch();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let spent = runtime.block_on(async {
        let exporter = exporter(r#type, settings);
        exporter.start().await.unwrap();
        let (life, mut running) = (Life::default(), JoinSet::new());
        running.spawn(Arc::clone(&exporter).run(life.clone()));
        for _ in 0..20 {
            exporter.consume(Telemetry::new(batch.clone())).await.unwrap();
        }
        let before = on_cpu();
        for _ in 0..ROUNDS {
            exporter.consume(Telemetry::new(batch.clone())).await.unwrap();
        }
        let spent = on_cpu() - before;
        life.stop.cancel();
        running.join_next().await.unwrap().unwrap().unwrap();
        spent
    });
    let spans = (ROUNDS * PIECES * SPANS) as u64;
    let wire = backend.take_requests().pop().map_or(0, |request| request.wire_bytes);
    println!("{name:<22} {:>6} ns/span  {:>6} bytes/batch", spent / spans, wire);
}

fn compression_alone() {
    let bytes = batch().to_bytes();
    let mut out = Vec::new();
    let before = on_cpu();
    for _ in 0..ROUNDS {
        out.clear();
        agent_net::compression::compress(agent_net::compression::Codec::Gzip, None, &bytes, &mut out)
            .unwrap();
    }
    let spans = (ROUNDS * PIECES * SPANS) as u64;
    println!("{:<22} {:>6} ns/span  {:>6} bytes/batch", "gzip alone", (on_cpu() - before) / spans, out.len());
}

fn main() {
    println!("batch: {} spans, {} bytes", PIECES * SPANS, batch().byte_len());
    compression_alone();
    let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = Options { keep_requests: 1, keep_messages: false, ..Options::default() };
    let backend = server.block_on(Backend::start_with(options)).unwrap();
    let (http, grpc) = (backend.http_url(), backend.grpc_url());
    for compression in ["gzip", "none"] {
        let more = format!("compression: {compression}, sending_queue: {{wait_for_result: true}}");
        measure(
            &format!("otlp_http {compression}"),
            "otlp_http",
            &format!("{{endpoint: {http}, {more}}}"),
            &backend,
        );
        measure(
            &format!("otlp_grpc {compression}"),
            "otlp_grpc",
            &format!("{{endpoint: {grpc}, {more}}}"),
            &backend,
        );
    }
    drop(backend);
    server.shutdown_timeout(Duration::from_secs(1));
}
