//! Kubernetes access: the client, and the sources of the agent's configuration document.
//!
//! Not a controller framework: the agent reads one `ConfigMap` and, later, writes a few Events. Every call to the API server is bounded in
//! time and in size, and no error of this crate ever holds a token.

mod call;
mod client;
mod source;

pub use client::{ClientOptions, ConnectError, Connection, Credentials, SERVICE_ACCOUNT_DIR, connect};
pub use source::{
    Changes, ConfigMapSource, Digest, FileSource, Origin, ReadError, Reread, Snapshot, Source, TEXT_LIMIT,
};
