//! What components that speak over sockets share: TLS, compression, gRPC framing, small protobuf messages.

pub mod compression;
pub mod grpc;
pub mod tls;
pub mod wire;
