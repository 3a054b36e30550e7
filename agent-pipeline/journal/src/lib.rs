#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod acks;
pub mod disk;
mod error;
mod format;
mod journal;
mod ranges;
mod record;
mod scan;
mod settings;
mod store;
#[cfg(test)]
mod tests;

pub use error::{Error, Operation};
pub use journal::Journal;
pub use record::{Record, Stored};
pub use settings::{Durability, OnDamage, Settings};
pub use store::{Appended, Damage, Status, Store};
