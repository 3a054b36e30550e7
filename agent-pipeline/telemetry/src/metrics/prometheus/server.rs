//! The HTTP server of one endpoint: `/metrics` and nothing else, within bounds.
//!
//! One request a connection, as scrapes come seconds apart. At the limit new connections wait in the backlog until one
//! of those that are open ends, which it does within [`WHOLE`].

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use agent_config::document::PrometheusExporter;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::text::render;
use crate::metrics::source::Source;

/// Connections at once.
const CONNECTIONS: usize = 16;
/// From accept to the end of the request's head; the Collector's.
const HEAD: Duration = Duration::from_secs(5);
/// From accept to close: the Collector's time to write an answer.
const WHOLE: Duration = Duration::from_secs(10);
/// hyper's least; a longer head is refused with 431.
const MAX_HEAD: usize = 8 * 1024;
/// For answers under way at the end.
const DRAIN: Duration = Duration::from_secs(1);
/// Pause after the operating system refused a connection for want of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A socket and what is served there.
#[derive(Debug)]
pub(in crate::metrics) struct Endpoint {
    pub(in crate::metrics) settings: PrometheusExporter,
    pub(in crate::metrics) socket: Arc<TcpListener>,
    pub(in crate::metrics) source: Arc<Source>,
}

/// Listens as `settings` say: a host name is resolved, IPv4 first as Go does for listeners; an empty one means every
/// interface. `leaving` are sockets that nobody wants any more: one with the same address is taken over, and the others
/// do not keep their port from this one, as `localhost:8888` otherwise would from `0.0.0.0:8888`.
pub(in crate::metrics) fn listen(
    settings: &PrometheusExporter,
    leaving: &[&Arc<TcpListener>],
) -> io::Result<Arc<TcpListener>> {
    let host = settings.host.trim_start_matches('[').trim_end_matches(']');
    let mut found: Vec<SocketAddr> = if host.is_empty() {
        vec![([0_u16; 8], settings.port).into(), ([0_u8; 4], settings.port).into()]
    } else {
        let mut found: Vec<SocketAddr> = (host, settings.port).to_socket_addrs()?.collect();
        found.sort_by_key(SocketAddr::is_ipv6);
        found
    };
    found.dedup();
    let mut refused = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in found {
        let at_address = |other: &&&Arc<TcpListener>| other.local_addr().is_ok_and(|other| other == address);
        if let Some(socket) = leaving.iter().find(at_address) {
            return Ok(Arc::clone(socket));
        }
        match bind(address, leaving) {
            Ok(socket) => return Ok(Arc::new(socket)),
            // The next address is for machines that do not have this one, not for ports that are taken.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn bind(address: SocketAddr, leaving: &[&Arc<TcpListener>]) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    let same_port =
        |other: &&Arc<TcpListener>| other.local_addr().is_ok_and(|other| other.port() == address.port());
    let overlapping: Vec<SockRef<'_>> =
        leaving.iter().copied().filter(same_port).map(|other| SockRef::from(&**other)).collect();
    let share = |on: bool| overlapping.iter().try_for_each(|other| other.set_reuse_port(on));
    // Only sockets that agree share a port, and only while this one is bound: strangers are refused as ever.
    let bound = if overlapping.is_empty() {
        socket.bind(&address.into())
    } else {
        share(true)
            .and_then(|()| socket.set_reuse_port(true))
            .and_then(|()| socket.bind(&address.into()))
            .and_then(|()| socket.listen(128))
            .and_then(|()| socket.set_reuse_port(false))
            .and(share(false))
    };
    bound?;
    socket.listen(128)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Serves until `stop`, then finishes what is under way.
pub(in crate::metrics) async fn serve(endpoint: Arc<Endpoint>, stop: CancellationToken) {
    let listener = endpoint.socket.try_clone().and_then(tokio::net::TcpListener::from_std);
    let listener = match listener {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the metrics endpoint could not be served");
            return;
        }
    };
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = open.join_next() => continue,
            accepted = listener.accept(), if open.len() < CONNECTIONS => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                open.spawn(connection(socket, Arc::clone(&endpoint)));
            }
            Err(error) if is_client_fault(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "the metrics endpoint could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    // Who has connected already is answered, as closing the socket would cut them off.
    while open.len() < CONNECTIONS
        && let Ok((socket, _)) = endpoint.socket.accept()
        && socket.set_nonblocking(true).is_ok()
        && let Ok(socket) = TcpStream::from_std(socket)
    {
        open.spawn(connection(socket, Arc::clone(&endpoint)));
    }
    // What does not end in time is aborted with the set.
    let _ = tokio::time::timeout(DRAIN, async { while open.join_next().await.is_some() {} }).await;
}

async fn connection(socket: TcpStream, endpoint: Arc<Endpoint>) {
    let service = service_fn(|request| std::future::ready(Ok::<_, Infallible>(answer(&request, &endpoint))));
    let serving = http1::Builder::new()
        .keep_alive(false)
        .half_close(true)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(socket), service);
    // A client that is slow, gone or malformed is its own affair.
    let _ = tokio::time::timeout(WHOLE, serving).await;
}

fn answer(request: &Request<Incoming>, endpoint: &Endpoint) -> Response<Full<Bytes>> {
    if request.uri().path() != "/metrics" {
        return plain(StatusCode::NOT_FOUND, "404 page not found\n");
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    match endpoint.source.collect() {
        Ok(metrics) => {
            let mut response = Response::new(Full::new(Bytes::from(render(&metrics, &endpoint.settings))));
            let format = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, format);
            response
        }
        Err(error) => {
            tracing::error!(%error, "metrics could not be collected");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "metrics could not be collected\n")
        }
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn is_client_fault(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}
