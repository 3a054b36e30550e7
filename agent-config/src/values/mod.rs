//! The values that configurations are made of and that plain Rust types cannot say: durations, sizes, secrets, ids.
//!
//! Each reads exactly what the Collector reads, and refuses the rest with the Collector's words.

mod any_yaml;
mod byte_size;
mod component_id;
mod go_duration;
mod headers;
mod pipeline_id;
mod secret;
#[cfg(test)]
mod tests;

pub use any_yaml::AnyYaml;
pub use byte_size::{ByteSize, ByteSizeError};
pub use component_id::{ComponentId, IdError};
pub use go_duration::{DurationError, GoDuration};
pub use headers::Headers;
pub use pipeline_id::PipelineId;
pub(crate) use secret::REDACTED;
pub use secret::Secret;
