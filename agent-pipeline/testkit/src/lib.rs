//! What tests share: an in-process Kubernetes API server, an OTLP backend, and certificates for both; the pages of the
//! repository.
//!
//! The servers speak the real protocol over a real loopback socket, on a port that the kernel chooses, so the code
//! under test needs no test mode. Servers stop when their handle is dropped; `shutdown` also waits for their tasks.

pub mod kube_api;
pub mod markdown;
pub mod otlp_backend;
pub mod tls;

#[cfg(test)]
mod ask;
mod error;
mod listen;

pub use error::Error;
