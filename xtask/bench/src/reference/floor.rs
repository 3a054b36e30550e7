//! The floor: hyper, a copy of each message into one buffer, the fastest whole-buffer gzip, a POST.
//!
//! No validation, no retries, no configuration. What remains is what any relay has to pay.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Options;
use super::exporter::{Encoder, Exporter};

const BATCH_BYTES: usize = 400_000;
const TIMEOUT: Duration = Duration::from_millis(200);
const GRPC_PREFIX: usize = 5;

struct Floor {
    pending: Mutex<Pending>,
    full: mpsc::Sender<Batch>,
}

#[derive(Default)]
struct Pending {
    path: &'static str,
    bytes: BytesMut,
}

struct Batch {
    path: &'static str,
    bytes: Bytes,
}

impl Pending {
    fn take(&mut self) -> Batch {
        Batch { path: self.path, bytes: self.bytes.split().freeze() }
    }
}

/// Runs until it is killed.
pub(super) async fn run(options: Options) -> Result<()> {
    let encoder = if options.compression == "gzip" { Encoder::fastest()? } else { Encoder::Plain };
    let exporter = Exporter::connect(&options.backend, encoder).await?;
    let (full, batches) = mpsc::channel(2);
    let floor = Arc::new(Floor { pending: Mutex::default(), full });
    let grpc = TcpListener::bind(options.grpc).await?;
    let http = TcpListener::bind(options.http).await?;
    let mut tasks = JoinSet::new();
    tasks.spawn(export(exporter, batches, Arc::clone(&floor)));
    tasks.spawn(accept(grpc, true, Arc::clone(&floor)));
    tasks.spawn(accept(http, false, floor));
    match tasks.join_next().await {
        Some(ended) => ended?,
        None => Ok(()),
    }
}

async fn export(mut exporter: Exporter, mut batches: mpsc::Receiver<Batch>, floor: Arc<Floor>) -> Result<()> {
    loop {
        let batch = match tokio::time::timeout(TIMEOUT, batches.recv()).await {
            Ok(Some(batch)) => batch,
            Ok(None) => bail!("no server is left"),
            Err(_) => floor.pending.lock().unwrap_or_else(PoisonError::into_inner).take(),
        };
        if !batch.bytes.is_empty() {
            exporter.post(batch.path, batch.bytes).await?;
        }
    }
}

async fn accept(listener: TcpListener, grpc: bool, floor: Arc<Floor>) -> Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        connections.spawn(serve(stream, grpc, Arc::clone(&floor)));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, grpc: bool, floor: Arc<Floor>) {
    let stream = TokioIo::new(stream);
    let service = service_fn(move |request| answer(request, grpc, Arc::clone(&floor)));
    // The load generator reports what breaks.
    let _broken = if grpc {
        http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await
    } else {
        http1::Builder::new().serve_connection(stream, service).await
    };
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

async fn answer(request: Request<Incoming>, grpc: bool, floor: Arc<Floor>) -> Result<Answer> {
    let path = signal_path(request.uri().path());
    let mut message = request.into_body().collect().await?.aggregate();
    if grpc {
        message.advance(GRPC_PREFIX.min(message.remaining()));
    }
    let batch = {
        let mut pending = floor.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.path = path;
        pending.bytes.put(message);
        (pending.bytes.len() >= BATCH_BYTES).then(|| pending.take())
    };
    if let Some(batch) = batch {
        floor.full.send(batch).await?;
    }
    if !grpc {
        return Ok(Response::new(Empty::new().boxed()));
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body =
        Full::new(Bytes::from_static(&[0; GRPC_PREFIX])).with_trailers(async move { Some(Ok(trailers)) });
    Ok(Response::builder().header("content-type", "application/grpc").body(body.boxed())?)
}

fn signal_path(path: &str) -> &'static str {
    match path {
        path if path.contains("trace") => "/v1/traces",
        path if path.contains("logs") => "/v1/logs",
        _ => "/v1/metrics",
    }
}
