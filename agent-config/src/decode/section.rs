//! One component's part of the document, ready to become its configuration struct.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::deserializer::{Receiver, Round, Value};
use super::error::{DecodeError, Reason, with_clipped_quotes};
use super::redact_at;
use crate::expand::{Sources, expand};
use crate::issues::{ConfigPath, Issue, Issues, Position, Segment, Trail};
use crate::settings::Environment;
use crate::validate::{Validate, Validator};
use crate::yaml::{Kind, Loaded, Node, load, nest_keys};

/// The configuration of one component, expanded, with its path. Cheap to clone.
///
/// Its `Debug` shows the path and not the content, which may hold secrets.
#[derive(Clone)]
pub struct Section {
    path: ConfigPath,
    node: Arc<Node>,
    position: Option<Position>,
}

/// Values looked at while all problems of a section are sought; bounds the repeated decoding of a hostile section.
const BUDGET: usize = 500_000;

impl Section {
    pub(crate) fn new(path: ConfigPath, node: Arc<Node>, position: Option<Position>) -> Self {
        Self { path, node, position }
    }

    /// An empty section, as `nop:` in a document.
    pub fn empty(path: ConfigPath) -> Self {
        Self { path, node: Arc::new(Node::null(None)), position: None }
    }

    /// Reads a section that stands alone, as if it stood at `path` (`processors::batch`): for tests of components.
    pub fn parse(path: &str, yaml: &str, environment: &dyn Environment) -> (Option<Self>, Issues) {
        let mut issues = Issues::new();
        let section = match load(yaml, None, &mut issues) {
            Loaded::Refused => None,
            Loaded::Empty => Some(Self::empty(ConfigPath::of(path))),
            Loaded::Tree(tree) => {
                let expanded = expand(&tree, Sources::new(environment), &mut issues);
                let node = nest_keys(expanded, &mut issues);
                Some(Self::new(ConfigPath::of(path), node, None))
            }
        };
        (section, issues)
    }

    /// Where the section stands, as `processors::batch`.
    pub fn path(&self) -> &ConfigPath {
        &self.path
    }

    /// Where its key stands in the text.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Decodes the section, strictly: pushes every unknown key, wrong type and bad value, each with its path and place.
    ///
    /// `T` should be `#[serde(default, deny_unknown_fields)]` all the way down, so that a bad value can be left out and
    /// the search for further problems go on. `Option<Struct>` is `Some(Struct::default())` for a key without content
    /// (`grpc:`) and `None` only for an absent key.
    ///
    /// Gives a value only when there was no error.
    pub fn decode<T: DeserializeOwned>(&self, issues: &mut Issues) -> Option<T> {
        let mut found = Issues::new();
        let value = self.search(&mut found);
        let usable = !found.has_errors();
        issues.extend(found);
        value.filter(|_| usable)
    }

    /// Decodes and validates: the two first of the three walls (decode, validate, build).
    pub fn decode_valid<T: DeserializeOwned + Validate>(&self, issues: &mut Issues) -> Option<T> {
        let value: T = self.decode(issues)?;
        let mut found = Issues::new();
        value.validate(&mut self.validator(&mut found));
        let usable = !found.has_errors();
        issues.extend(found);
        usable.then_some(value)
    }

    /// Where a component tells what is wrong with its decoded configuration.
    pub fn validator<'a>(&'a self, issues: &'a mut Issues) -> Validator<'a> {
        Validator::new(issues, &self.node, self.path.clone(), self.position)
    }

    fn search<T: DeserializeOwned>(&self, found: &mut Issues) -> Option<T> {
        let mut absent = HashSet::new();
        let budget = Cell::new(BUDGET);
        loop {
            let error = match self.attempt(&absent, &budget, found) {
                Ok(value) => return Some(value),
                Err(error) => error,
            };
            let path = error.path.clone().unwrap_or_else(|| self.path.clone());
            if !self.is_expected(&error, &path, &absent) {
                found.push(self.issue(&error, &path));
            }
            let exhausted = matches!(error.reason, Reason::Exhausted) || found.len() >= Issues::MAX;
            if exhausted || path == self.path || !absent.insert(path) {
                return None;
            }
        }
    }

    fn attempt<T: DeserializeOwned>(
        &self,
        absent: &HashSet<ConfigPath>,
        budget: &Cell<usize>,
        found: &mut Issues,
    ) -> Result<T, DecodeError> {
        let round = Round { absent, issues: RefCell::new(Issues::new()), budget };
        let trail = Trail::Root(&self.path);
        let root = Value { node: &self.node, trail: &trail, round: &round, receiver: Receiver::Element };
        let decoded = T::deserialize(root);
        found.extend(round.issues.into_inner());
        decoded
    }

    /// Whether an error is no problem of its own: a null stands for a default, and a required field is missing because
    /// its bad value was left out.
    fn is_expected(&self, error: &DecodeError, path: &ConfigPath, absent: &HashSet<ConfigPath>) -> bool {
        match error.reason {
            Reason::Null => true,
            Reason::Missing(field) => absent.contains(&path.key(field)),
            Reason::Exhausted => false,
            Reason::Text(_) | Reason::Unfit { .. } => {
                let is_field = matches!(path.segments().last(), Some(Segment::Key(_)));
                *path != self.path && is_field && self.find(path).0.is_null()
            }
        }
    }

    fn issue(&self, error: &DecodeError, path: &ConfigPath) -> Issue {
        let (node, position) = self.find(path);
        let suggestion = error.suggestion.clone();
        let message = match (&error.reason, node.external.as_deref().and_then(<[_]>::first)) {
            (Reason::Unfit { expected, .. }, Some(external)) => {
                format!("expected {expected}, got {} from {}", node.kind.noun(), external.reference)
            }
            _ => with_clipped_quotes(&redact_at(node, &error.to_string())),
        };
        Issue::error(path.clone(), message).at(position).did_you_mean(suggestion)
    }

    /// The value at `path`, or the innermost one around it, and its place.
    fn find(&self, path: &ConfigPath) -> (&Node, Option<Position>) {
        let below = path.segments().iter().skip(self.path.segments().len()).cloned();
        let node = self.node.nearest(&ConfigPath::from(below.collect::<Vec<_>>()));
        (node, node.position.or(self.position))
    }

    /// A number that is equal for sections that mean the same, whatever their order of keys, comments and quoting.
    /// Equal only within one build of the agent.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hash(&self.node, &mut hasher);
        hasher.finish()
    }
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Section({})", self.path)
    }
}

fn hash(node: &Node, hasher: &mut impl Hasher) {
    // A text field may see the text even of a typed value, so both count.
    node.scalar_text().hash(hasher);
    match &node.kind {
        Kind::Null => 0u8.hash(hasher),
        Kind::Bool(value) => (1u8, value).hash(hasher),
        Kind::Int(value) => (2u8, value).hash(hasher),
        Kind::UInt(value) => (3u8, value).hash(hasher),
        Kind::Float(value) => (4u8, value.to_bits()).hash(hasher),
        Kind::Text(_) => 5u8.hash(hasher),
        Kind::List(items) => {
            (6u8, items.len()).hash(hasher);
            for item in items {
                hash(item, hasher);
            }
        }
        Kind::Map(entries) => {
            (7u8, entries.len()).hash(hasher);
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            for (key, entry) in sorted {
                key.hash(hasher);
                hash(&entry.value, hasher);
            }
        }
    }
}
