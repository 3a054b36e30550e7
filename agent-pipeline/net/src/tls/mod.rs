//! TLS for clients and servers, configured as the Collector's `configtls` (v0.145.0) and done by rustls on ring.
//!
//! [`ClientTls`] and [`ServerTls`] are made once and asked for the current rustls configuration before each handshake;
//! they notice changed certificate files then, so no task and no file watcher is needed. A file that turned bad keeps
//! the last good configuration and is warned of once per change.
//!
//! Not a listener or a connector: who owns the socket does the handshake. The roots of the system are read only when a
//! client configuration that needs them is built, because they cost a few hundred kilobytes.

mod client;
mod error;
mod material;
mod names;
mod reload;
mod server;
mod settings;
mod skip_verify;

#[cfg(test)]
mod tests;

pub use client::ClientTls;
pub use error::TlsError;
pub use server::ServerTls;
pub use settings::{TlsClientSettings, TlsServerSettings};
