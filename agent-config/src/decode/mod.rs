//! From a subtree to a component's configuration struct, strictly and with all problems at once.
//!
//! serde stops at the first error. Here each error names its node; the node is then left out and the decode is done
//! again, until nothing is left to complain about. Unknown keys cost no extra round: they are seen on the way.

mod access;
mod deserializer;
mod error;
mod redact;
mod section;
#[cfg(test)]
mod tests;

pub use section::Section;

pub(crate) use error::{clipped, nearest};
pub(crate) use redact::{redact_at, redact_parts, redact_within};

/// The name under which this crate's own scalar types ask for "any scalar", so that nothing at all (`timeout:`) can be
/// told from a value: it is the field's default, which only the struct around it knows.
pub(crate) const SCALAR: &str = "agent_config::scalar";
