//! The listening half of every test server: accept, TLS, HTTP/1.1 or HTTP/2, and a gate that refuses connections.
//!
//! Every task, those that HTTP/2 starts included, is tracked and ends with the listener. Refusing means closing the
//! listening socket, so that a client sees `ECONNREFUSED`; the same port is bound again when the gate opens.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Error;

/// The body of every answer.
pub(crate) type Body = BoxBody<Bytes, std::io::Error>;

/// Returned by a service to close the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("connection dropped on purpose")]
pub(crate) struct Dropped;

/// A body that is there at once.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    use http_body_util::BodyExt as _;
    http_body_util::Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// A body that comes piece by piece; its sender can see that nobody reads it any more.
#[derive(Debug)]
struct Pieces(mpsc::Receiver<Result<Bytes, std::io::Error>>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// A body to which pieces, or an error that breaks it off, can be sent.
pub(crate) fn pieces() -> (mpsc::Sender<Result<Bytes, std::io::Error>>, Body) {
    use http_body_util::BodyExt as _;
    let (sender, receiver) = mpsc::channel(16);
    (sender, Pieces(receiver).boxed())
}

/// A listener on a loopback port and the tasks behind it.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    refuse: watch::Sender<bool>,
    refusing: watch::Receiver<bool>,
    tasks: Tasks,
}

/// Where a server's tasks live, and what ends them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Runs `task` until it ends or the server stops.
    pub(crate) fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            stop.run_until_cancelled(task).await;
        });
    }

    /// Ends all tasks and waits for them.
    pub(crate) async fn finish(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

impl<F> hyper::rt::Executor<F> for Tasks
where
    F: Future + Send + 'static,
{
    fn execute(&self, task: F) {
        self.spawn(async move {
            task.await;
        });
    }
}

impl Listener {
    /// Binds a loopback port and answers every request with `service`.
    pub(crate) async fn start<S, F>(
        tls: Option<Arc<ServerConfig>>,
        tasks: Tasks,
        service: S,
    ) -> Result<Self, Error>
    where
        S: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Response<Body>, Dropped>> + Send + 'static,
    {
        let socket =
            TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.map_err(Error::Bind)?;
        let address = socket.local_addr().map_err(Error::Bind)?;
        let (refuse, gate) = watch::channel(false);
        let (report, refusing) = watch::channel(false);
        let acceptor = tls.map(TlsAcceptor::from);
        tasks.spawn(accept(socket, address, acceptor, gate, report, tasks.clone(), service));
        Ok(Self { address, refuse, refusing, tasks })
    }

    /// Where the listener listens, or would if it did not refuse.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and every connection, or opens the port again; returns when that is so.
    pub(crate) async fn refuse(&self, refuse: bool) -> Result<(), Error> {
        self.refuse.send(refuse).map_err(|_| Error::Stopped)?;
        let mut refusing = self.refusing.clone();
        refusing.wait_for(|now| *now == refuse).await.map_err(|_| Error::Stopped)?;
        Ok(())
    }

    /// Stops listening and waits for every task.
    pub(crate) async fn finish(&self) {
        self.tasks.finish().await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.tasks.stop.cancel();
    }
}

async fn accept<S, F>(
    first: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    mut gate: watch::Receiver<bool>,
    report: watch::Sender<bool>,
    tasks: Tasks,
    service: S,
) where
    S: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response<Body>, Dropped>> + Send + 'static,
{
    let mut socket = first;
    loop {
        let connections = CancellationToken::new();
        let guard = connections.clone().drop_guard();
        loop {
            tokio::select! {
                closed = gate.wait_for(|refuse| *refuse) => match closed {
                    Ok(_) => break,
                    Err(_) => return,
                },
                accepted = socket.accept() => if let Ok((stream, _)) = accepted {
                    let connection = connection(stream, tls.clone(), tasks.clone(), service.clone());
                    let open = connections.clone();
                    tasks.spawn(async move {
                        open.run_until_cancelled(connection).await;
                    });
                },
            }
        }
        drop(socket);
        drop(guard);
        report.send_replace(true);
        if gate.wait_for(|refuse| !*refuse).await.is_err() {
            return;
        }
        let Ok(again) = TcpListener::bind(address).await else { return };
        socket = again;
        report.send_replace(false);
    }
}

async fn connection<S, F>(stream: TcpStream, tls: Option<TlsAcceptor>, tasks: Tasks, service: S)
where
    S: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response<Body>, Dropped>> + Send + 'static,
{
    let _ = stream.set_nodelay(true);
    let server = auto::Builder::new(tasks);
    // A client that breaks off or fails the handshake is the test's business; there is nobody here to tell.
    match tls {
        None => {
            let _ = server.serve_connection(TokioIo::new(stream), service_fn(service)).await;
        }
        Some(acceptor) => {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let _ = server.serve_connection(TokioIo::new(stream), service_fn(service)).await;
        }
    }
}
