//! Accepting and serving connections within bounds: the one loop behind every server of this crate.
//!
//! One request a connection, as probes and reviews come seconds apart. At the limit the oldest connection makes room:
//! a new one may be the kubelet's, and an old one is most likely a client that dawdles.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::HealthError;
use crate::certificates::Certificates;

/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// From accept to the end of the request's head; with TLS once more for the handshake.
    pub(crate) head: Duration,
    /// From accept to close.
    pub(crate) whole: Duration,
    /// For what is under way at the end.
    pub(crate) drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            head: Duration::from_secs(5),
            whole: Duration::from_secs(10),
            drain: Duration::from_secs(1),
        }
    }
}

/// What is served on a socket.
#[derive(Clone, Debug)]
pub(crate) struct Serving {
    /// The words for it in the log: `health server`.
    pub(crate) name: &'static str,
    pub(crate) router: Router,
    pub(crate) limits: Limits,
    /// HTTPS with these; plain HTTP without.
    pub(crate) certificates: Option<Arc<Certificates>>,
}

/// hyper's least; a request's head that is longer is refused with 431.
const MAX_HEAD: usize = 8 * 1024;
/// Pause after the operating system refused a connection for want of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A socket that listens on the address that `setting` gave, and its own address. Needs no runtime.
pub(crate) fn listen(
    setting: &'static str,
    address: SocketAddr,
) -> Result<(std::net::TcpListener, SocketAddr), HealthError> {
    let listening = std::net::TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    listening.map_err(|source| HealthError::Listen { setting, endpoint: address.to_string(), source })
}

/// Serves until `stop`, then finishes what is under way. A socket that the runtime refuses is logged.
pub(crate) async fn serve(listener: io::Result<TcpListener>, serving: Serving, stop: CancellationToken) {
    let name = serving.name;
    match listener {
        Ok(listener) => accept(listener, serving, stop).await,
        Err(error) => tracing::error!(%error, "{name} could not be started"),
    }
}

async fn accept(listener: TcpListener, serving: Serving, stop: CancellationToken) {
    let limits = serving.limits;
    let mut open = JoinSet::new();
    let mut by_age: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = open.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                by_age.retain(|connection| !connection.is_finished());
                while by_age.len() >= limits.connections {
                    by_age.pop_front().inspect(AbortHandle::abort);
                }
                by_age.push_back(open.spawn(connection(socket, serving.clone())));
            }
            Err(error) if is_client_fault(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "{} could not accept a connection", serving.name);
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    // What does not end in time is aborted with the set.
    let _ = timeout(limits.drain, async { while open.join_next().await.is_some() {} }).await;
}

async fn connection(socket: TcpStream, serving: Serving) {
    let Serving { name, router, limits, certificates } = serving;
    let served = async {
        match certificates {
            None => requests(socket, router, limits).await,
            Some(certificates) => {
                let Some(config) = certificates.current() else { return };
                match timeout(limits.head, TlsAcceptor::from(config).accept(socket)).await {
                    Ok(Ok(socket)) => requests(socket, router, limits).await,
                    Ok(Err(error)) => tracing::debug!(%error, "{name}: TLS handshake failed"),
                    Err(_) => tracing::debug!("{name}: TLS handshake took too long"),
                }
            }
        }
    };
    // A client that is slow, gone or malformed is its own affair.
    let _ = timeout(limits.whole, served).await;
}

async fn requests(socket: impl AsyncRead + AsyncWrite + Unpin, router: Router, limits: Limits) {
    let service = TowerToHyperService::new(router);
    let serving = http1::Builder::new()
        .keep_alive(false)
        .half_close(true)
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(socket), service);
    let _ = serving.await;
}

fn is_client_fault(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}
