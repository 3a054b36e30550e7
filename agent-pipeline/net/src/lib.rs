#![doc = include_str!("../README.md")]

pub mod compression;
pub mod grpc;
pub mod tls;
pub mod wire;
