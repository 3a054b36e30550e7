#![doc = include_str!("../README.md")]

mod access;
mod backoff;
mod call;
mod client;
mod events;
mod source;
mod text;

pub use access::{AccessReview, Need};
pub use client::{ClientOptions, ConnectError, Connection, Credentials, SERVICE_ACCOUNT_DIR, connect};
pub use events::{Event, EventType, Events, EventsIdentity};
pub use source::{
    Changes, ConfigMapSource, Digest, FileSource, Origin, ReadError, Reread, Snapshot, Source, TEXT_LIMIT,
};
