//! The document as a tree: every node knows its place in the text and what it looked like there.
//!
//! A plain scalar keeps its text beside its typed value, because the type that counts is the one of the field it is
//! decoded into: `0123` is a number for a number field and the text `0123` for a text field. Shared subtrees (aliases)
//! are shared in memory too, and their size is counted as if they were copies.

mod build;
mod emit;
mod lenient;
mod load;
mod merge;
mod scalar;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::issues::{ConfigPath, Position, Segment};

pub(crate) use emit::emit;
pub(crate) use load::{Loaded, load};
pub(crate) use merge::nest_keys;
pub(crate) use scalar::resolve_plain;

/// Bounds on what a document may be. Far above any real configuration; there to refuse hostile ones quickly.
pub(crate) mod limits {
    /// Bytes of text.
    pub(crate) const TEXT_BYTES: usize = 4 << 20;
    /// Nodes, each alias counted as a copy of what it stands for.
    pub(crate) const NODES: usize = 100_000;
    /// Commas and opening brackets, wherever they stand.
    pub(crate) const FLOW_MARKS: usize = 150_000;
    /// Maps and lists inside each other.
    pub(crate) const DEPTH: usize = 100;
}

/// A value that came from outside the document, and the reference that brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct External {
    /// As written: `${env:KM_API_KEY}`.
    pub(crate) reference: String,
    /// What it stood for. Never printed in a problem.
    pub(crate) value: String,
}

/// The typed content of a node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    /// Only above `i64::MAX`.
    UInt(u64),
    Float(f64),
    Text(String),
    List(Vec<Arc<Node>>),
    Map(IndexMap<String, Entry>),
}

impl Kind {
    /// The word for this kind of content, with its article.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::UInt(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// The value of a key, and where the key stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key_position: Option<Position>,
    pub(crate) value: Arc<Node>,
}

/// One value of the document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// The text of a plain scalar, or of a whole value that came from expansion; a text field receives this.
    pub(crate) text: Option<String>,
    pub(crate) position: Option<Position>,
    /// Whether the whole value was a reference (`${...}`).
    pub(crate) expanded: bool,
    pub(crate) external: Option<Arc<[External]>>,
    /// This node and all below it, aliases counted as copies.
    pub(crate) size: usize,
    /// Levels of maps and lists, this one included; 0 for a scalar.
    pub(crate) depth: usize,
}

impl Node {
    pub(crate) fn new(kind: Kind, position: Option<Position>) -> Self {
        let mut node =
            Self { kind, text: None, position, expanded: false, external: None, size: 1, depth: 0 };
        node.count();
        node
    }

    /// Everything of this node but its content.
    fn clone_empty(&self) -> Self {
        let (text, external) = (self.text.clone(), self.external.clone());
        Self {
            kind: Kind::Null,
            text,
            position: self.position,
            expanded: self.expanded,
            external,
            size: 1,
            depth: 0,
        }
    }

    /// Sets size and depth from the children.
    fn count(&mut self) {
        (self.size, self.depth) = match &self.kind {
            Kind::List(items) => extent(items.iter()),
            Kind::Map(entries) => extent(entries.values().map(|entry| &entry.value)),
            _ => (1, 0),
        };
    }

    pub(crate) fn null(position: Option<Position>) -> Self {
        Self::new(Kind::Null, position)
    }

    pub(crate) fn with_text(mut self, text: String) -> Self {
        self.text = Some(text);
        self
    }

    /// The value one step below.
    pub(crate) fn child(&self, segment: &Segment) -> Option<&Arc<Node>> {
        match (&self.kind, segment) {
            (Kind::Map(entries), Segment::Key(key)) => entries.get(key).map(|entry| &entry.value),
            (Kind::List(items), Segment::Index(index)) => items.get(*index),
            _ => None,
        }
    }

    /// The value at `path` below this one, or the innermost value around it.
    pub(crate) fn nearest(&self, path: &ConfigPath) -> &Node {
        let mut node = self;
        for segment in path.segments() {
            match node.child(segment) {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }

    pub(crate) fn as_map(&self) -> Option<&IndexMap<String, Entry>> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The text a text field receives, for every scalar and for whole references.
    pub(crate) fn scalar_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(self.text.as_deref().unwrap_or(text)),
            _ => self.text.as_deref(),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }
}

fn extent<'a>(children: impl Iterator<Item = &'a Arc<Node>>) -> (usize, usize) {
    let (size, depth) = children.fold((1usize, 0usize), |(size, depth), child| {
        (size.saturating_add(child.size), depth.max(child.depth))
    });
    (size, depth.saturating_add(1))
}
