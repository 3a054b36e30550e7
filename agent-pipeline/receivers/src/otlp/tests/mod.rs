//! The receiver as its clients see it: real sockets, real bytes.

mod answers;
mod bodies;
mod cors;
mod counts;
mod drain;
mod grpc;
mod grpc_bad;
mod h2c;
mod handover;
mod harness;
mod hostile;
pub(super) mod http2;
mod lame_duck;
mod limits;
mod live_outputs;
mod memory;
mod noise;
mod panics;
mod replaced;
mod start;
mod tls;

pub(super) use harness::config;
