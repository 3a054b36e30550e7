//! Where everything measured exports to: answers 200 and counts bytes, over HTTP/1.1 and HTTP/2.
//!
//! It reads bodies and drops them, so that it costs little beside what is measured. Only between measurements, when
//! told to keep bodies, does it hold some, to be counted item by item.

use std::convert::Infallible;
use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::scenario::Signal;

/// A running backend; it ends with its owner.
pub(crate) struct Backend {
    address: SocketAddr,
    seen: Arc<Seen>,
    _accepting: JoinSet<()>,
}

#[derive(Default)]
struct Seen {
    bytes: AtomicU64,
    keep: AtomicBool,
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    gzip: bool,
    body: Bytes,
}

impl Backend {
    /// Listens on a free port of the loopback.
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("the backend cannot listen")?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Seen::default());
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::clone(&seen)));
        Ok(Self { address, seen, _accepting: accepting })
    }

    /// Base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Bytes of all bodies so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.seen.bytes.load(Ordering::Relaxed)
    }

    /// Holds the bodies that come from now on, or drops them again.
    pub(crate) fn keep(&self, keep: bool) {
        self.seen.keep.store(keep, Ordering::Relaxed);
        self.kept().clear();
    }

    /// Items in the bodies held so far.
    pub(crate) fn kept_items(&self, signal: Signal) -> Result<u64> {
        let kept = self.kept();
        kept.iter().try_fold(0, |total, kept| Ok(total + count_items(signal, &kept.plain()?)?))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.seen.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn plain(&self) -> Result<Vec<u8>> {
        let mut plain = Vec::new();
        if self.gzip {
            flate2::read::MultiGzDecoder::new(self.body.as_ref()).read_to_end(&mut plain)?;
        } else {
            plain.extend_from_slice(&self.body);
        }
        Ok(plain)
    }
}

async fn accept(listener: TcpListener, seen: Arc<Seen>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let seen = Arc::clone(&seen);
        connections.spawn(async move {
            let service = service_fn(move |request| answer(request, Arc::clone(&seen)));
            let server = auto::Builder::new(TokioExecutor::new());
            // A connection that breaks shows up in the load generator's or the subject's errors.
            let _broken = server.serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(request: Request<Incoming>, seen: Arc<Seen>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let gzip = request.headers().get(header::CONTENT_ENCODING).is_some_and(|value| value == "gzip");
    let keep = seen.keep.load(Ordering::Relaxed);
    let mut kept = Vec::new();
    let mut body = request.into_body();
    let mut broken = false;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            broken = true;
            break;
        };
        let Some(data) = frame.data_ref() else { continue };
        seen.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
        if keep {
            kept.extend_from_slice(data);
        }
    }
    if keep {
        let body = Bytes::from(kept);
        seen.kept.lock().unwrap_or_else(PoisonError::into_inner).push(Kept { gzip, body });
    }
    let mut response = Response::new(Empty::new());
    if broken {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    Ok(response)
}

/// Items of an encoded export request.
pub(crate) fn count_items(signal: Signal, body: &[u8]) -> Result<u64> {
    let count = match signal {
        Signal::Traces => {
            let request = ExportTraceServiceRequest::decode(body)?;
            request
                .resource_spans
                .iter()
                .flat_map(|entry| &entry.scope_spans)
                .map(|scope| scope.spans.len())
                .sum()
        }
        Signal::Logs => {
            let request = ExportLogsServiceRequest::decode(body)?;
            request
                .resource_logs
                .iter()
                .flat_map(|entry| &entry.scope_logs)
                .map(|scope| scope.log_records.len())
                .sum()
        }
        Signal::Metrics => data_points(&ExportMetricsServiceRequest::decode(body)?),
    };
    Ok(u64::try_from(count)?)
}

/// Data points of a decoded request.
pub(crate) fn data_points(request: &ExportMetricsServiceRequest) -> usize {
    let scopes = request.resource_metrics.iter().flat_map(|entry| &entry.scope_metrics);
    scopes.flat_map(|scope| &scope.metrics).filter_map(|metric| metric.data.as_ref()).map(points).sum()
}

fn points(data: &Data) -> usize {
    match data {
        Data::Gauge(data) => data.data_points.len(),
        Data::Sum(data) => data.data_points.len(),
        Data::Histogram(data) => data.data_points.len(),
        Data::ExponentialHistogram(data) => data.data_points.len(),
        Data::Summary(data) => data.data_points.len(),
    }
}
