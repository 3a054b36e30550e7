//! Ports of the loopback that nobody listens on.
//!
//! Taken from below the range from which the kernel gives ports to connections, so that none of those is in the way
//! when the agent binds one later.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Result, bail};

const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// An address on which nobody listens now.
pub(crate) fn free() -> Result<SocketAddr> {
    Ok(taken()?.local_addr()?)
}

/// A socket that listens on an address for itself.
pub(crate) fn taken() -> Result<TcpListener> {
    for _ in 0..100 {
        // Not of the seed: two runs beside each other must not meet.
        if let Ok(socket) = TcpListener::bind((Ipv4Addr::LOCALHOST, fastrand::u16(FIRST..LAST))) {
            return Ok(socket);
        }
    }
    bail!("no free port between {FIRST} and {LAST}")
}
