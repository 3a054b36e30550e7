//! A running receiver with a pipeline that remembers, and clients that say exactly what they are told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildInfo, ConsumeError, ConsumeResult, Consumer, Host, Life, Next,
    Outputs, Receiver, ReceiverComponent, RunError, Telemetry,
};
use agent_config::{ComponentId, Document, MapEnvironment};
use agent_otlp::Signal;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric,
};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::otlp::Otlp;
use crate::otlp::config::Config;
use crate::otlp::server::socket::Socket;

/// Both protocols on free ports.
pub(super) const BOTH: &str =
    "{protocols: {grpc: {endpoint: '127.0.0.1:0'}, http: {endpoint: '127.0.0.1:0'}}}";

/// HTTP on a free port, with more settings.
pub(super) fn http_with(settings: &str) -> String {
    format!("{{protocols: {{http: {{endpoint: '127.0.0.1:0', {settings}}}}}}}")
}

/// gRPC on a free port, with more settings.
pub(super) fn grpc_with(settings: &str) -> String {
    format!("{{protocols: {{grpc: {{endpoint: '127.0.0.1:0', {settings}}}}}}}")
}

/// Decodes and validates a section, telling what is wrong with it.
pub(in crate::otlp) fn config(section: &str) -> Result<Config, String> {
    let text = format!(
        "receivers:\n  otlp: {section}\nexporters: {{nop: }}\n\
         service: {{pipelines: {{logs: {{receivers: [otlp], exporters: [nop]}}}}}}\n"
    );
    let (document, mut issues) = Document::parse(&text, &MapEnvironment::new());
    let document = document.unwrap();
    let section = &document.receivers[&"otlp".parse::<ComponentId>().unwrap()];
    section.decode_valid(&mut issues).ok_or_else(|| issues.to_string())
}

pub(super) fn context() -> BuildContext {
    let host = Host::new(BuildInfo { version: "0", commit: "none" }, Arc::new(MapEnvironment::new()));
    BuildContext { id: "otlp".parse().unwrap(), pipeline: None, host: Arc::new(host) }
}

/// A pipeline that remembers what it got and answers as told.
pub(super) struct Pipeline {
    pub(super) got: Mutex<Vec<Telemetry>>,
    answer: Mutex<ConsumeResult>,
    /// A permit for each call that may return.
    gate: Semaphore,
    /// A permit for each call that came.
    came: Semaphore,
}

impl Pipeline {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            got: Mutex::default(),
            answer: Mutex::new(Ok(Accepted::default())),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            came: Semaphore::new(0),
        })
    }

    /// A pipeline whose calls wait for [`Self::let_through`].
    pub(super) fn closed() -> Arc<Self> {
        let pipeline = Self::new();
        pipeline.gate.forget_permits(Semaphore::MAX_PERMITS);
        pipeline
    }

    pub(super) fn let_through(&self, calls: usize) {
        self.gate.add_permits(calls);
    }

    /// Waits until so many more calls came.
    pub(super) async fn came(&self, calls: u32) {
        self.came.acquire_many(calls).await.unwrap().forget();
    }

    pub(super) fn refuse(&self, error: ConsumeError) {
        *self.answer.lock().unwrap() = Err(error);
    }

    pub(super) fn accept(&self, rejected: u64, message: &str) {
        *self.answer.lock().unwrap() = Ok(Accepted { rejected, message: message.to_owned() });
    }

    /// Items that came, by signal.
    pub(super) fn items(&self) -> Vec<(Signal, usize)> {
        self.got.lock().unwrap().iter().map(|data| (data.batch.signal(), data.batch.items())).collect()
    }
}

impl Consumer for Pipeline {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            self.came.add_permits(1);
            self.gate.acquire().await.unwrap().forget();
            self.got.lock().unwrap().push(data);
            self.answer.lock().unwrap().clone()
        })
    }
}

/// A running receiver.
pub(super) struct Running {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) life: Life,
    pub(super) grpc: Option<SocketAddr>,
    pub(super) http: Option<SocketAddr>,
    task: JoinHandle<Result<(), RunError>>,
}

/// All three signals into one pipeline.
pub(super) fn outputs(pipeline: &Arc<Pipeline>, signals: &[Signal]) -> Outputs {
    let mut outputs = Outputs::default();
    for signal in signals {
        outputs.set(*signal, Next::new(Arc::clone(pipeline) as Arc<dyn Consumer>));
    }
    outputs
}

/// Starts a receiver with a pipeline for each signal.
pub(super) async fn run(section: &str) -> Running {
    run_into(section, Pipeline::new(), &Signal::ALL).await
}

pub(super) async fn run_into(section: &str, pipeline: Arc<Pipeline>, signals: &[Signal]) -> Running {
    let outputs = outputs(&pipeline, signals);
    run_in(&context(), section, pipeline, outputs).await
}

/// Starts a receiver in a process that may have others.
#[expect(clippy::disallowed_methods, reason = "the test owns and joins the task")]
pub(super) async fn run_in(
    context: &BuildContext,
    section: &str,
    pipeline: Arc<Pipeline>,
    outputs: Outputs,
) -> Running {
    let config = config(section).unwrap();
    let mut receiver = Box::new(Otlp::build(&config, context).unwrap());
    receiver.start().await.unwrap();
    let address = |socket: Option<&Socket>| socket.and_then(Socket::address);
    let grpc = address(receiver.grpc.as_ref().and_then(|service| service.socket.as_ref()));
    let http = address(receiver.http.as_ref().and_then(|service| service.socket.as_ref()));
    let life = Life::default();
    let task = tokio::spawn(receiver.run(outputs, life.clone()));
    Running { pipeline, life, grpc, http, task }
}

impl Running {
    /// Waits until the receiver has ended.
    pub(super) async fn ended(self) {
        self.task.await.unwrap().unwrap();
    }

    /// A connection to the HTTP port.
    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.http.unwrap()).await.unwrap()
    }

    /// One HTTP/1.1 request on a connection of its own. `head` is the request line and the headers.
    pub(super) async fn send(&self, head: &str, body: &[u8]) -> Reply {
        let mut stream = self.connect().await;
        let request = [head.as_bytes(), b"\r\nHost: h\r\nConnection: close\r\n\r\n", body].concat();
        stream.write_all(&request).await.unwrap();
        read_reply(stream).await
    }

    /// A POST with a length.
    pub(super) async fn post(&self, path: &str, headers: &str, body: &[u8]) -> Reply {
        let separator = if headers.is_empty() { "" } else { "\r\n" };
        self.send(
            &format!("POST {path} HTTP/1.1\r\nContent-Length: {}{separator}{headers}", body.len()),
            body,
        )
        .await
    }

    pub(super) async fn post_json(&self, path: &str, body: &str) -> Reply {
        self.post(path, "Content-Type: application/json", body.as_bytes()).await
    }

    pub(super) async fn post_protobuf(&self, path: &str, body: &[u8]) -> Reply {
        self.post(path, "Content-Type: application/x-protobuf", body).await
    }
}

/// An HTTP/1.1 answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    head: String,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Reads to the end of the connection; the answer must have a length.
pub(super) async fn read_reply(mut stream: impl AsyncRead + Unpin) -> Reply {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("no answer");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head, body: bytes[end + 4..].to_vec() }
}

pub(super) const LOGS_JSON: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":"hello"}}]}]}]}"#;

pub(super) fn logs(records: usize) -> ExportLogsServiceRequest {
    let record = |n: usize| LogRecord { time_unix_nano: n as u64 + 1, ..LogRecord::default() };
    let log_records = (0..records).map(record).collect();
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
}

pub(super) fn spans(count: usize) -> ExportTraceServiceRequest {
    let span = |n: usize| Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: format!("GET /users/{n}"),
        ..Span::default()
    };
    let scope_spans = vec![ScopeSpans { spans: (0..count).map(span).collect(), ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
    }
}

pub(super) fn points(count: usize) -> ExportMetricsServiceRequest {
    let point = |n: usize| NumberDataPoint { time_unix_nano: n as u64 + 1, ..NumberDataPoint::default() };
    let gauge = Gauge { data_points: (0..count).map(point).collect() };
    let metric = Metric { name: "m".to_owned(), data: Some(metric::Data::Gauge(gauge)), ..Metric::default() };
    let scope_metrics = vec![ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() }];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }],
    }
}

pub(super) fn logs_protobuf(records: usize) -> Vec<u8> {
    logs(records).encode_to_vec()
}

/// A POST of one log record as JSON, as it goes over an HTTP/1.1 connection that stays open.
pub(super) fn post_logs() -> Vec<u8> {
    let head = "POST /v1/logs HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length:";
    format!("{head} {}\r\n\r\n{LOGS_JSON}", LOGS_JSON.len()).into_bytes()
}

/// Runs a future under a limit that only a hang can reach.
pub(super) async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_mins(1), work).await.expect("took too long")
}
