//! The queue on disk beside the one in memory: how fast data goes through to a backend that only drains, and how soon a
//! long backlog is sent.
//!
//! `cargo bench -p agent-exporters --bench queue`, with a directory to measure another disk than that of temporary files.
//! Four callers hand in batches as fast as they are taken; the exporter sends with gzip over HTTP. Ratios are between runs
//! that follow each other.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark has nobody to hand an error to, and prints about"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_component::factory::{Batching, Folded};
use agent_component::{BuildContext, BuildInfo, Holder, Host, Life, Registered, Storage, Telemetry};
use agent_config::{ComponentId, Document, Issues, MapEnvironment};
use agent_exporters::EXPORTERS;
use agent_otlp::{Batch, Signal};
use agent_testkit::otlp_backend::{Backend, Options};
use tokio::task::JoinSet;

const CALLERS: usize = 4;
const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(4);
const BACKLOG: usize = 1 << 30;

fn main() {
    let directory = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let directory = directory.map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let options = Options { keep_requests: 0, keep_messages: false, ..Options::default() };
        let backend = Backend::start_with(options).await.unwrap();
        for (name, spans, fold) in [
            ("1000 spans", 1000, None),
            ("100 spans", 100, None),
            ("100 spans, batch of 1000 folded", 100, Some(1000)),
        ] {
            for _ in 0..ROUNDS {
                compare(name, &spans_of(spans), fold, &backend, &directory).await;
            }
        }
        backlog(&backend, &directory).await;
    });
}

/// Both kinds of queue, one after the other.
async fn compare(name: &str, batch: &Batch, fold: Option<usize>, backend: &Backend, directory: &Path) {
    let directory = tempfile::tempdir_in(directory).unwrap();
    let memory = through("", batch, None, backend, directory.path()).await;
    let disk = through("storage: file_storage, ", batch, fold, backend, directory.path()).await;
    println!("{name:<34} memory {:>9.0} spans/s   disk {:>9.0} spans/s   {:.2}", memory, disk, disk / memory);
}

/// Spans a second that the backend took.
async fn through(
    storage: &str,
    batch: &Batch,
    fold: Option<usize>,
    backend: &Backend,
    directory: &Path,
) -> f64 {
    let queue = format!("{{{storage}queue_size: 100, block_on_overflow: true}}");
    let running = Running::start(&backend.http_url(), &queue, fold, directory).await;
    let (before, start) = (backend.counts().spans, Instant::now());
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (exporter, batch) = (Arc::clone(&running.exporter), batch.clone());
        callers.spawn(async move {
            while start.elapsed() < TIME {
                exporter.consume(Telemetry::new(batch.clone())).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    let sent = backend.counts().spans - before;
    let rate = sent as f64 / start.elapsed().as_secs_f64();
    running.stop().await;
    rate
}

/// What is left behind by an exporter whose backend is down, and how soon the next one sends it.
async fn backlog(backend: &Backend, directory: &Path) {
    let directory = tempfile::tempdir_in(directory).unwrap();
    let queue = "{storage: file_storage, num_consumers: 4, queue_size: 1000000}";
    let down = Running::start("http://127.0.0.1:9", queue, None, directory.path()).await;
    let batch = spans_of(1000);
    let start = Instant::now();
    for _ in 0..BACKLOG / batch.byte_len() {
        down.exporter.consume(Telemetry::new(batch.clone())).await.unwrap();
    }
    let bytes = BACKLOG as f64 / 1e6;
    println!("backlog of {bytes:.0} MB written at {:.0} MB/s", bytes / start.elapsed().as_secs_f64());
    down.stop().await;
    let (before, start) = (backend.counts().spans, Instant::now());
    let up = Running::start(&backend.http_url(), queue, None, directory.path()).await;
    while backend.counts().spans == before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!(
        "from the start to the first batch at the backend: {:.0} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
    let all = BACKLOG / batch.byte_len() * 1000;
    while backend.counts().spans - before < all {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("all of it sent at {:.0} MB/s", bytes / start.elapsed().as_secs_f64());
    up.stop().await;
}

struct Running {
    exporter: Arc<dyn Holder>,
    life: Life,
    task: JoinSet<()>,
    _storage: Registered,
}

impl Running {
    async fn start(url: &str, queue: &str, fold: Option<usize>, directory: &Path) -> Self {
        let build = BuildInfo { version: "0.0.0", commit: "none" };
        let host = Arc::new(Host::new(build, Arc::new(MapEnvironment::new())));
        let storage = Storage { directory: directory.to_owned(), fsync: false, max_bytes: 4 << 30 };
        let storage = host.storages.register("file_storage".parse().unwrap(), storage);
        let id: ComponentId = "otlp_http".parse().unwrap();
        let text = format!("exporters: {{otlp_http: {{endpoint: '{url}', sending_queue: {queue}}}}}");
        let (document, _) = Document::parse(&text, &MapEnvironment::new());
        let mut issues = Issues::new();
        let row = EXPORTERS.iter().find(|row| row.info.is_named("otlp_http")).unwrap();
        let builder = (row.decode)(&document.unwrap().exporters[&id], &mut issues).unwrap();
        let folded = fold.map(|due| Folded {
            processor: "batch".parse().unwrap(),
            signal: Signal::Traces,
            batching: Batching { due, max: 0, timeout: Duration::from_millis(200), by_client: false },
        });
        let context = BuildContext { id, pipeline: None, host };
        let folded: Vec<Folded> = folded.into_iter().collect();
        let exporter = builder.build(&context, &[Signal::Traces], &folded).unwrap();
        exporter.start().await.unwrap();
        let (life, mut task) = (Life::default(), JoinSet::new());
        let running = Arc::clone(&exporter).run(life.clone());
        task.spawn(async move { running.await.unwrap() });
        Self { exporter, life, task, _storage: storage }
    }

    async fn stop(mut self) {
        self.life.stop.cancel();
        self.task.join_next().await.unwrap().unwrap();
    }
}

fn spans_of(spans: usize) -> Batch {
    let span = |id: usize| {
        format!(
            r#"{{"traceId":"{:032x}","spanId":"{:016x}","name":"GET /api/orders/{{id}}","kind":2,"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{{"key":"http.request.method","value":{{"stringValue":"GET"}}}},{{"key":"url.path","value":{{"stringValue":"/api/orders/{id}"}}}},{{"key":"http.response.status_code","value":{{"intValue":"200"}}}},{{"key":"server.address","value":{{"stringValue":"orders-{}.shop.svc"}}}},{{"key":"user.id","value":{{"stringValue":"{:x}"}}}},{{"key":"thread.id","value":{{"intValue":"{}"}}}}],"status":{{"code":1}}}}"#,
            (id as u128 + 1) * 0x9e37_79b9_7f4a_7c15_f39c_0c83,
            (id as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            1_700_000_000_000_000_000_u64 + (id as u64) * 1_234_567,
            1_700_000_000_007_654_321_u64 + (id as u64) * 1_234_567,
            id % 7,
            id * 2_654_435_761,
            id % 16,
        )
    };
    let spans: Vec<_> = (0..spans).map(span).collect();
    let text = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"shop"}}}}]}},"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    Batch::from_json(Signal::Traces, text.as_bytes()).unwrap()
}
