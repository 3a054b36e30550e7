//! Listening sockets by address, shared between the running graph and the one that will replace it.
//!
//! A receiver asks here instead of binding itself. While anybody holds a socket, a second request for the
//! same address gets the same socket: both graphs then accept from one backlog and no connection is refused
//! in between. When the last holder drops it, the port is closed.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::{Arc, Mutex, Weak};

/// The listening sockets of the process.
#[derive(Clone, Debug, Default)]
pub struct Listeners {
    open: Arc<Mutex<HashMap<SocketAddr, Weak<TcpListener>>>>,
}

impl Listeners {
    /// A non-blocking TCP socket that listens on `endpoint`: `host:port`, `[v6]:port`, or `:port` for all interfaces.
    ///
    /// A host name is resolved, IPv4 first as Go's resolver does for listeners. Port 0 gives a new port each time.
    /// Resolving may block for a moment: call it while starting, not on the data path.
    ///
    /// # Errors
    /// The text is no endpoint, the name is unknown, or the operating system refuses.
    pub fn tcp(&self, endpoint: &str) -> io::Result<Arc<TcpListener>> {
        let address = resolve(endpoint)?;
        let mut open = self.open.lock().map_err(|_| io::Error::other("the table of sockets is poisoned"))?;
        open.retain(|_, socket| socket.strong_count() > 0);
        if address.port() != 0
            && let Some(socket) = open.get(&address).and_then(Weak::upgrade)
        {
            return Ok(socket);
        }
        let socket = Arc::new(TcpListener::bind(address)?);
        socket.set_nonblocking(true)?;
        open.insert(socket.local_addr()?, Arc::downgrade(&socket));
        Ok(socket)
    }
}

fn resolve(endpoint: &str) -> io::Result<SocketAddr> {
    if let Some(port) = endpoint.strip_prefix(':') {
        let port = port.parse().map_err(|_| invalid(endpoint))?;
        return Ok(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port));
    }
    if !endpoint.contains(':') {
        return Err(invalid(endpoint));
    }
    let found: Vec<SocketAddr> = endpoint.to_socket_addrs()?.collect();
    let v4 = found.iter().find(|address| address.is_ipv4());
    v4.or(found.first()).copied().ok_or_else(|| invalid(endpoint))
}

fn invalid(endpoint: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{endpoint:?} is not host:port"))
}
