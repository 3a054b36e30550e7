//! Attribute values and attribute lists, borrowed from the received bytes as far as possible.

mod any;
mod attributes;
mod codec;

#[cfg(test)]
mod tests;

pub use any::AnyValue;
pub use attributes::Attributes;
pub(crate) use attributes::Entries;
pub(crate) use codec::{encode_in, merge};
