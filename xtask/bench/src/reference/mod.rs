//! The two references that every figure is compared with, as child processes of this same program.
//!
//! *floor* does the least that a relay can do; *relay* is what one writes with the usual crates. Neither is a product:
//! they lose what is in their hands when they end.

mod exporter;
mod floor;
mod relay;

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};

/// How a reference is told what to do.
struct Options {
    grpc: SocketAddr,
    http: SocketAddr,
    backend: String,
    compression: String,
}

/// Runs `floor` or `relay` with `GRPC HTTP BACKEND COMPRESSION`.
pub(crate) async fn run(name: &str, args: &[String]) -> Result<()> {
    let [grpc, http, backend, compression] = args else {
        bail!("{name} takes GRPC_ADDRESS HTTP_ADDRESS BACKEND_URL COMPRESSION");
    };
    let options = Options {
        grpc: grpc.parse().context("the gRPC address")?,
        http: http.parse().context("the HTTP address")?,
        backend: backend.clone(),
        compression: compression.clone(),
    };
    match name {
        "floor" => floor::run(options).await,
        _ => relay::run(options).await,
    }
}
