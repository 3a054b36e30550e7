//! Exporters as the agent makes them, their metrics over a socket, and numbered items for them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use agent_component::{BuildContext, BuildInfo, Consumer, Holder, Host, Life, Next, RunError, Telemetry};
use agent_config::document::ServiceTelemetry;
use agent_config::{ComponentId, Document, Issues, MapEnvironment};
use agent_exporters::EXPORTERS;
use agent_otlp::{Batch, Signal};
use agent_telemetry::Metrics;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The last part of the names of metrics, and the label, of each signal.
const SIGNALS: [(Signal, &str, &str); 3] = [
    (Signal::Traces, "spans", "traces"),
    (Signal::Metrics, "metric_points", "metrics"),
    (Signal::Logs, "log_records", "logs"),
];

/// A process: its host and a port with its metrics.
pub(crate) struct Process {
    pub(crate) host: Arc<Host>,
    metrics: SocketAddr,
    _readers: JoinSet<()>,
}

impl Process {
    pub(crate) fn new() -> Self {
        let build = BuildInfo { version: "1.2.3", commit: "none" };
        let host = Arc::new(Host::new(build, Arc::new(MapEnvironment::new())));
        let metrics = host.shared.of::<Metrics>();
        metrics.configure(&port_of_metrics()).unwrap().apply();
        let readers = JoinSet::from_iter([Metrics::clone(&metrics).run(CancellationToken::new())]);
        Self { host, metrics: metrics.endpoints()[0], _readers: readers }
    }

    /// An exporter that runs.
    pub(crate) fn exporter(&self, id: &str, yaml: &str) -> Running {
        let id: ComponentId = id.parse().unwrap();
        let (document, _) = Document::parse(&format!("exporters: {{{id}: {yaml}}}"), &MapEnvironment::new());
        let mut issues = Issues::new();
        let factory = EXPORTERS.iter().find(|factory| factory.info.is_named(id.r#type())).unwrap();
        let section = document.unwrap().exporters[&id].clone();
        let builder = (factory.decode)(&section, &mut issues).unwrap_or_else(|| panic!("{issues}"));
        let context = BuildContext { id, pipeline: None, host: Arc::clone(&self.host) };
        let exporter = builder.build(&context, &Signal::ALL, &[]).unwrap();
        let (life, mut task) = (Life::default(), JoinSet::new());
        task.spawn(Arc::clone(&exporter).run(life.clone()));
        Running { exporter, life, task }
    }

    /// All series, as `name{label="value",...}` without labels of the service.
    pub(crate) async fn scrape(&self) -> BTreeMap<String, u64> {
        let mut stream = TcpStream::connect(self.metrics).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let lines = body.lines().filter(|line| {
            line.starts_with("otelcol_exporter_") || line.starts_with("otelcol_kubeagent_dropped")
        });
        lines
            .filter_map(|line| line.rsplit_once(' '))
            .map(|(series, value)| (series.to_owned(), value.parse().unwrap()))
            .collect()
    }

    /// What the metrics say of each signal of an exporter.
    pub(crate) async fn books(&self, id: &str) -> [Book; 3] {
        let scrape = self.scrape().await;
        let labelled = |of: &str, parts: &[String]| -> Vec<(&String, u64)> {
            let found = scrape.iter().filter(|(series, _)| {
                series.starts_with(&format!("{of}{{"))
                    && parts.iter().all(|part| series.contains(part.as_str()))
            });
            found.map(|(series, value)| (series, *value)).collect()
        };
        SIGNALS.map(|(_, items, signal)| {
            let of_exporter = [format!("exporter=\"{id}\"")];
            let counter = |name: &str| {
                let found = labelled(&format!("otelcol_exporter_{name}_{items}"), &of_exporter);
                assert_eq!(found.len(), 1, "{name} {items}: {found:?}");
                found[0].1
            };
            let of_signal = [of_exporter[0].clone(), format!("data_type=\"{signal}\"")];
            let gauge = |name: &str| {
                labelled(&format!("otelcol_exporter_{name}"), &of_signal).first().map(|(_, value)| *value)
            };
            let dropped = [format!("otelcol_component_id=\"{id}\""), format!("otelcol_signal=\"{signal}\"")];
            let dropped = labelled("otelcol_kubeagent_dropped_items", &dropped)
                .into_iter()
                .filter(|(_, count)| *count > 0);
            let reason = |series: &str| {
                series.split("reason=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
            };
            Book {
                sent: counter("sent"),
                send_failed: counter("send_failed"),
                enqueue_failed: counter("enqueue_failed"),
                queue_size: gauge("queue_size"),
                queue_capacity: gauge("queue_capacity"),
                dropped: dropped.map(|(series, count)| (reason(series), count)).collect(),
            }
        })
    }
}

/// What the metrics say of one signal of an exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Book {
    pub(crate) sent: u64,
    pub(crate) send_failed: u64,
    pub(crate) enqueue_failed: u64,
    pub(crate) queue_size: Option<u64>,
    pub(crate) queue_capacity: Option<u64>,
    /// By reason, but for zeros.
    pub(crate) dropped: BTreeMap<String, u64>,
}

impl Book {
    pub(crate) fn lost(&self) -> u64 {
        self.dropped.values().sum()
    }

    pub(crate) fn lost_by(&self, reason: &str) -> u64 {
        self.dropped.get(reason).copied().unwrap_or_default()
    }
}

/// What callers of one signal know.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Callers {
    pub(crate) handed_in: u64,
    pub(crate) refused: u64,
}

/// What a caller handed in, and whether it was refused.
pub(crate) struct Call {
    signal: Signal,
    items: usize,
    refused: bool,
}

impl Call {
    pub(crate) fn note(&self, callers: &mut [Callers; 3]) {
        let place = SIGNALS.iter().position(|(of, ..)| *of == self.signal).unwrap();
        callers[place].handed_in += self.items as u64;
        callers[place].refused += if self.refused { self.items as u64 } else { 0 };
    }
}

/// An exporter that runs.
pub(crate) struct Running {
    pub(crate) exporter: Arc<dyn Holder>,
    pub(crate) life: Life,
    pub(crate) task: JoinSet<Result<(), RunError>>,
}

impl Running {
    /// Hands in one batch.
    pub(crate) fn call(&self, signal: Signal, items: usize) -> impl Future<Output = Call> + Send + use<> {
        let exporter = Arc::clone(&self.exporter);
        async move {
            let refused = exporter.consume(Telemetry::new(batch(signal, items))).await.is_err();
            Call { signal, items, refused }
        }
    }

    /// Hands in one batch and notes what came of it.
    pub(crate) async fn feed(&self, signal: Signal, items: usize, callers: &mut [Callers; 3]) {
        self.call(signal, items).await.note(callers);
    }

    /// Lets `new` take its place.
    pub(crate) fn followed_by(&self, new: &Self) {
        let consumer: Arc<dyn Consumer> = Arc::<dyn Holder>::clone(&new.exporter);
        self.exporter.hand_over(Next::new(consumer));
        self.life.stop.cancel();
    }

    pub(crate) async fn ended(&mut self) {
        let ended = tokio::time::timeout(Duration::from_secs(20), self.task.join_next()).await;
        ended.expect("it ends").unwrap().unwrap().unwrap();
    }

    /// Stops it, which sends what it holds.
    pub(crate) async fn stop(&mut self) {
        self.life.stop.cancel();
        self.ended().await;
    }
}

/// Prometheus on a port of the kernel's choice, with the names as they are by default.
fn port_of_metrics() -> ServiceTelemetry {
    let text = "receivers: {a: }
exporters: {b: }
service:
  telemetry: {metrics: {level: detailed, readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0, without_scope_info: true,
    without_units: true, without_type_suffix: true, with_resource_constant_labels: {included: []}}}}}]}}
  pipelines: {logs: {receivers: [a], exporters: [b]}}
";
    let (document, issues) = Document::parse(text, &MapEnvironment::new());
    assert!(!issues.has_errors(), "{issues}");
    document.unwrap().service.telemetry
}

/// A batch of `count` items.
pub(crate) fn batch(signal: Signal, count: usize) -> Batch {
    let (before, item, after) = match signal {
        Signal::Traces => (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":["#,
            r#"{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"a"}"#,
            "]}]}]}",
        ),
        Signal::Metrics => (
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":["#,
            r#"{"asInt":"1"}"#,
            "]}}]}]}]}",
        ),
        Signal::Logs => {
            (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":["#, r#"{"severityNumber":9}"#, "]}]}]}")
        }
    };
    let text = format!("{before}{}{after}", vec![item; count].join(","));
    Batch::from_json(signal, text.as_bytes()).unwrap()
}
