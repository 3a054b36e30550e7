//! Endpoint texts as addresses, and which address already covers another.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};

/// `host:port`, `[v6]:port`, or `:port` for all interfaces. A name is resolved, IPv4 first, as Go does for listeners.
pub(crate) fn resolve(endpoint: &str) -> io::Result<SocketAddr> {
    let malformed = || io::Error::new(io::ErrorKind::InvalidInput, format!("{endpoint:?} is not host:port"));
    let (host, port) = endpoint.rsplit_once(':').ok_or_else(malformed)?;
    let port: u16 = port.parse().map_err(|_| malformed())?;
    if host.is_empty() {
        return Ok(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port));
    }
    let found: Vec<SocketAddr> = endpoint.to_socket_addrs()?.collect();
    let v4 = found.iter().find(|address| address.is_ipv4());
    v4.or(found.first()).copied().ok_or_else(malformed)
}

/// Whether a socket that listens on `open` makes one on `wanted` needless.
///
/// A wildcard covers every address of its port; between the two families that is what Linux makes of `[::]`, and
/// for `0.0.0.0` the best that can be had, as the port is taken.
pub(crate) fn covers(open: SocketAddr, wanted: SocketAddr) -> bool {
    if open.port() != wanted.port() {
        return false;
    }
    open.ip() == wanted.ip()
        || match (open.ip(), wanted.ip()) {
            (IpAddr::V4(open), IpAddr::V6(wanted)) => open.is_unspecified() && wanted.is_unspecified(),
            (open, _) => open.is_unspecified(),
        }
}
