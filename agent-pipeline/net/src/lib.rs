//! What components that speak over sockets share: TLS, compression, gRPC framing.

pub mod compression;
pub mod grpc;
pub mod tls;
