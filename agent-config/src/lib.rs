//! Settings from the environment and the collector configuration document.
//!
//! Two things are read here, and nothing else of the agent reads them: the process environment ([`Settings`]) and the
//! OpenTelemetry Collector's YAML ([`Document`]). Both report all problems at once. This crate knows no component: a
//! component takes its [`Section`] and decodes it into its own struct.
//!
//! # Example
//!
//! ```
//! use agent_config::{ComponentId, Document, GoDuration, Issues, MapEnvironment, Validate, Validator};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! #[serde(default, deny_unknown_fields)]
//! struct Batch {
//!     timeout: GoDuration,
//!     send_batch_size: u32,
//! }
//!
//! impl Default for Batch {
//!     fn default() -> Self {
//!         Self { timeout: GoDuration::from_millis(200), send_batch_size: 8192 }
//!     }
//! }
//!
//! impl Validate for Batch {
//!     fn validate(&self, at: &mut Validator<'_>) {
//!         if self.timeout.is_negative() {
//!             at.error("timeout", "must not be negative");
//!         }
//!     }
//! }
//!
//! let text = "
//! receivers: {otlp: }
//! processors:
//!   batch: {timeout: '${env:FLUSH:-1s}', send_batch_sise: 10}
//! exporters: {nop: }
//! service:
//!   pipelines:
//!     logs: {receivers: [otlp], processors: [batch], exporters: [nop]}
//! ";
//! let (document, mut issues) = Document::parse(text, &MapEnvironment::new());
//! let document = document.expect("the text has the shape of a configuration");
//! assert!(!issues.has_errors());
//!
//! let section = &document.processors[&"batch".parse::<ComponentId>()?];
//! assert!(section.decode_valid::<Batch>(&mut issues).is_none());
//! assert_eq!(
//!     issues.to_string(),
//!     "processors::batch::send_batch_sise: unknown key, did you mean `send_batch_size`? (line 4, column 40)"
//! );
//! # Ok::<(), agent_config::IdError>(())
//! ```

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
