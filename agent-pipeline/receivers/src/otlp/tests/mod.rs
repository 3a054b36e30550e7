//! The receiver as its clients see it: real sockets, real bytes.

mod answers;
mod bodies;
mod cors;
mod drain;
mod grpc;
mod grpc_bad;
mod h2c;
mod harness;
mod limits;
mod noise;
mod start;
mod tls;

pub(super) use harness::config;
