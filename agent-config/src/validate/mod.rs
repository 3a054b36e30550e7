//! The second wall: what a decoded configuration must fulfil, told with path and place.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::decode::{redact_parts, redact_within};
use crate::issues::{ConfigPath, Issue, Issues, Position, Segment};
use crate::yaml::Node;

/// A configuration that knows its own rules. Pure: no file, network or clock.
pub trait Validate {
    /// Tells every broken rule. The default has no rules.
    fn validate(&self, at: &mut Validator<'_>) {
        let _ = at;
    }
}

/// Quoted parts of a value from outside that are shorter are left in a rule's text: they are its own words ("http://").
const SHORTEST_PART: usize = 9;

/// Receives broken rules for one place of the document, and finds the place in the text.
pub struct Validator<'a> {
    issues: &'a mut Issues,
    /// The whole section; its values from outside are kept out of messages.
    section: &'a Node,
    node: Option<&'a Arc<Node>>,
    path: ConfigPath,
    position: Option<Position>,
}

impl fmt::Debug for Validator<'_> {
    /// Without the section, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Validator({})", self.path)
    }
}

impl<'a> Validator<'a> {
    pub(crate) fn new(
        issues: &'a mut Issues,
        section: &'a Arc<Node>,
        path: ConfigPath,
        position: Option<Position>,
    ) -> Self {
        Self { issues, section, node: Some(section), path, position }
    }

    /// Where this stands.
    pub fn path(&self) -> &ConfigPath {
        &self.path
    }

    /// Tells an error of the field `field`, which may be a path (`tls::min_version`); of this place itself when it is empty.
    pub fn error(&mut self, field: &str, message: impl AsRef<str>) {
        self.tell(field, Issue::error, message.as_ref());
    }

    /// Tells a warning, as [`Validator::error`] does an error.
    pub fn warning(&mut self, field: &str, message: impl AsRef<str>) {
        self.tell(field, Issue::warning, message.as_ref());
    }

    /// The place of the field `name` below this one.
    pub fn field(&mut self, name: &str) -> Validator<'_> {
        self.below(Segment::Key(name.to_owned()))
    }

    /// The place of the element `index` of the list that stands here.
    pub fn index(&mut self, index: usize) -> Validator<'_> {
        self.below(Segment::Index(index))
    }

    /// Validates the value of the field `name` at its place.
    pub fn nested(&mut self, name: &str, value: &impl Validate) {
        value.validate(&mut self.field(name));
    }

    fn below(&mut self, segment: Segment) -> Validator<'_> {
        let node = self.node.and_then(|node| node.child(&segment));
        let key_position = match (self.node.and_then(|node| node.as_map()), &segment) {
            (Some(entries), Segment::Key(key)) => entries.get(key).and_then(|entry| entry.key_position),
            _ => None,
        };
        let position = node.and_then(|node| node.position).or(key_position).or(self.position);
        let path = self.path.with(segment);
        Validator { issues: self.issues, section: self.section, node, path, position }
    }

    fn tell(&mut self, field: &str, issue: impl FnOnce(ConfigPath, String) -> Issue, message: &str) {
        let mut node = self.node;
        let mut position = self.position;
        let mut path = self.path.clone();
        for key in field.split("::").filter(|key| !key.is_empty()) {
            let segment = Segment::Key(key.to_owned());
            node = node.and_then(|node| node.child(&segment));
            position = node.and_then(|node| node.position).or(position);
            path = path.with(segment);
        }
        let message = redact_within(self.section, message);
        let message =
            node.map_or_else(|| message.clone(), |node| redact_parts(node, &message, SHORTEST_PART));
        self.issues.push(issue(path, message).at(position));
    }
}
