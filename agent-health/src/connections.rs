//! Accepting and serving connections within bounds.
//!
//! One request a connection, as probes come seconds apart. At the limit the oldest connection makes room: a new
//! one may be the kubelet's, and an old one is most likely a client that dawdles.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// From accept to the end of the request's head.
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

/// hyper's least; a request's head that is longer is refused with 431.
const MAX_HEAD: usize = 8 * 1024;
/// Pause after the operating system refused a connection for want of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop`, then finishes what is under way.
pub(crate) async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
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
                by_age.push_back(open.spawn(connection(socket, router.clone(), limits)));
            }
            Err(error) if is_client_fault(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "health server could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    // What does not end in time is aborted with the set.
    let _ = tokio::time::timeout(limits.drain, async { while open.join_next().await.is_some() {} }).await;
}

async fn connection(socket: TcpStream, router: Router, limits: Limits) {
    let service = TowerToHyperService::new(router);
    let serving = http1::Builder::new()
        .keep_alive(false)
        .half_close(true)
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(socket), service);
    // A client that is slow, gone or malformed is its own affair.
    let _ = tokio::time::timeout(limits.whole, serving).await;
}

fn is_client_fault(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}
