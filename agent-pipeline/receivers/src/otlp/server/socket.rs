//! Listening sockets.
//!
//! TCP sockets come from the host, which keeps them over a change of the graph. Unix sockets are bound here: a
//! file left behind by a process that died is replaced, one that somebody still listens on is an error.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent_component::{Listeners, StartError};
use socket2::{SockRef, TcpKeepalive};

use super::stream::Stream;
use crate::otlp::config::is_unix;

/// As Go's listeners: dead peers are found within a few minutes, whatever the protocol above does.
const PROBE_AFTER: Duration = Duration::from_secs(15);

/// A socket that listens.
#[derive(Debug)]
pub(in crate::otlp) enum Socket {
    /// A port, perhaps shared with the graph that is being replaced.
    Tcp(Arc<TcpListener>),
    /// A file; removed when this is dropped.
    Unix(UnixListener, PathBuf),
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
            unix(Path::new(endpoint))
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
            Self::Unix(socket, _) => {
                tokio::net::UnixListener::from_std(socket.try_clone()?).map(Acceptor::Unix)
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            // It may be gone already; there is nobody to tell.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn unix(path: &Path) -> io::Result<Socket> {
    let socket = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_abandoned(path) => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        other => other?,
    };
    socket.set_nonblocking(true)?;
    Ok(Socket::Unix(socket, path.to_owned()))
}

fn is_abandoned(path: &Path) -> bool {
    UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

impl Acceptor {
    /// The next connection and where it comes from.
    pub(super) async fn accept(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        match self {
            Self::Tcp(socket) => {
                let (stream, peer) = socket.accept().await?;
                // Both only make things better; a connection without them still works.
                let _ = stream.set_nodelay(true);
                let probe = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_AFTER);
                let _ = SockRef::from(&stream).set_tcp_keepalive(&probe);
                Ok((Stream::Tcp(stream), Some(peer)))
            }
            Self::Unix(socket) => {
                let (stream, _) = socket.accept().await?;
                Ok((Stream::Unix(stream), None))
            }
        }
    }
}
