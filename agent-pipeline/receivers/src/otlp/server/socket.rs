//! Listening sockets. They come from the host, which hands the same one to the receiver that will replace this one.
//!
//! Each receiver waits on a descriptor of its own. The kernel wakes all of them for a connection and gives it to the
//! first who asks, so none is lost while one stops and the other begins.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use agent_component::{Listeners, StartError, UnixSocket};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, UnixStream};

use super::stream::Stream;
use crate::otlp::config::is_unix;

/// As Go's listeners: dead peers are found within a few minutes, whatever the protocol above does.
const PROBE_AFTER: Duration = Duration::from_secs(15);

/// A connection and, where it has one, its client's address.
pub(super) type Accepted = (Stream, Option<SocketAddr>);

/// A socket that listens, perhaps shared with the receiver that replaces this one or is replaced by it.
#[derive(Debug)]
pub(in crate::otlp) enum Socket {
    /// A port.
    Tcp(Arc<TcpListener>),
    /// A file.
    Unix(Arc<UnixSocket>),
}

/// The same socket, ready to be waited on.
#[derive(Debug)]
pub(super) enum Acceptor {
    /// See [`Socket::Tcp`].
    Tcp(tokio::net::TcpListener),
    /// See [`Socket::Unix`].
    Unix(tokio::net::UnixListener),
}

impl Socket {
    /// Listens on `endpoint`; `key` is the section (`protocols::grpc`).
    pub(in crate::otlp) fn listen(
        listeners: &Listeners,
        endpoint: &str,
        transport: &str,
        key: &str,
    ) -> Result<Self, StartError> {
        let socket = if is_unix(transport) {
            listeners.unix(Path::new(endpoint)).map(Self::Unix)
        } else {
            listeners.tcp(endpoint).map(Self::Tcp)
        };
        socket.map_err(|error| {
            StartError::new(format!("{key}::endpoint"), format!("cannot listen on {endpoint}: {error}"))
        })
    }

    /// The address that was bound; `None` for a unix socket.
    pub(in crate::otlp) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(socket) => socket.local_addr().ok(),
            Self::Unix(..) => None,
        }
    }

    /// Makes the socket known to the runtime.
    pub(super) fn acceptor(&self) -> io::Result<Acceptor> {
        match self {
            Self::Tcp(socket) => tokio::net::TcpListener::from_std(socket.try_clone()?).map(Acceptor::Tcp),
            Self::Unix(socket) => {
                tokio::net::UnixListener::from_std(socket.listener().try_clone()?).map(Acceptor::Unix)
            }
        }
    }

    /// Whether nobody else will accept what comes after this one stops.
    pub(super) fn is_last(&self) -> bool {
        match self {
            Self::Tcp(socket) => Arc::strong_count(socket) == 1,
            Self::Unix(socket) => Arc::strong_count(socket) == 1,
        }
    }

    /// A connection that the kernel has made already and that would be reset when the socket is closed; `None` when
    /// there is none left or somebody else will take it.
    pub(super) fn left_behind(&self) -> Option<Accepted> {
        if !self.is_last() {
            return None;
        }
        match self {
            Self::Tcp(socket) => {
                let (stream, peer) = socket.accept().ok()?;
                stream.set_nonblocking(true).ok()?;
                Some(tcp(TcpStream::from_std(stream).ok()?, peer))
            }
            Self::Unix(socket) => {
                let (stream, _) = socket.listener().accept().ok()?;
                stream.set_nonblocking(true).ok()?;
                Some((Stream::Unix(UnixStream::from_std(stream).ok()?), None))
            }
        }
    }
}

impl Acceptor {
    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(socket) => socket.accept().await.map(|(stream, peer)| tcp(stream, peer)),
            Self::Unix(socket) => socket.accept().await.map(|(stream, _)| (Stream::Unix(stream), None)),
        }
    }
}

fn tcp(stream: TcpStream, peer: SocketAddr) -> Accepted {
    // Both only make things better; a connection without them still works.
    let _ = stream.set_nodelay(true);
    let probe = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_AFTER);
    let _ = SockRef::from(&stream).set_tcp_keepalive(&probe);
    (Stream::Tcp(stream), Some(peer))
}
