//! Contexts: what a statement is run on, which paths it may use, and how they reach into the model.
//!
//! A path is resolved once, to a [`Root`] and its keys. A [`Record`] is one thing to run on: it hands out what a root
//! holds and takes what is set there.

mod enums;
mod fields;
mod kind;
mod log;
mod map;
mod metric;
mod point;
mod record;
mod records;
mod resource;
mod scalar;
mod scope;
mod span;
mod spanevent;

pub use kind::{Context, UnknownContext};

pub(crate) use enums::{enum_names, enum_value};
pub(crate) use fields::{LogField, Root, SpanField, Unresolved, first_names, resolve};
pub(crate) use map::{MapEdit, MapMut, Members};
pub(crate) use record::{Look, NoMap, Record};
pub(crate) use records::{
    EventRecord, LogRecordView, MetricRecord, PointRecord, ResourceRecord, ScopeRecord, SpanRecord,
};

pub(crate) use span::{state_member, with_state_member};
