#![doc = include_str!("../README.md")]

mod decode;
mod issues;
mod validate;
mod yaml;

pub mod document;
pub mod expand;
pub mod settings;
pub mod values;

pub use decode::Section;
pub use document::Document;
pub use expand::{FileReader, Sources};
pub use issues::{ConfigPath, Issue, Issues, Position, Segment, Severity};
pub use settings::{Environment, MapEnvironment, ProcessEnvironment, Settings};
pub use validate::{Validate, Validator};
pub use values::{AnyYaml, ByteSize, ComponentId, GoDuration, Headers, IdError, PipelineId, Secret};
