//! A place inside the configuration tree, in the Collector's notation `exporters::otlphttp::headers[0]::name`.

use std::fmt;

/// One step into the tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// The value of a key of a map.
    Key(String),
    /// The element of a list, from 0.
    Index(usize),
}

/// A path from the root of the document. The empty path is the document itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConfigPath(Vec<Segment>);

impl ConfigPath {
    /// The document itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path written as keys joined by `::`, as `processors::batch`. Indices are not read.
    pub fn of(keys: &str) -> Self {
        Self(keys.split("::").filter(|key| !key.is_empty()).map(|key| Segment::Key(key.to_owned())).collect())
    }

    /// The path of the value of `key` below this one.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.with(Segment::Key(key.into()))
    }

    /// The path of the element `index` below this one.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// The path one step below this one.
    #[must_use]
    pub fn with(&self, segment: Segment) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + 1);
        segments.extend_from_slice(&self.0);
        segments.push(segment);
        Self(segments)
    }

    /// Whether this is the document itself.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The steps from the root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The path one step above, unless this is the root.
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, rest)| Self(rest.to_vec()))
    }
}

impl From<Vec<Segment>> for ConfigPath {
    fn from(segments: Vec<Segment>) -> Self {
        Self(segments)
    }
}

impl fmt::Display for ConfigPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => write!(f, "{}", key.escape_debug_controls())?,
                Segment::Key(key) => write!(f, "::{}", key.escape_debug_controls())?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Keys are text from outside: a line break in one must not break the line of the message.
trait EscapeControls {
    fn escape_debug_controls(&self) -> String;
}

impl EscapeControls for String {
    fn escape_debug_controls(&self) -> String {
        const LONGEST: usize = 200;
        let mut text = String::with_capacity(self.len().min(LONGEST));
        for (count, character) in self.chars().enumerate() {
            if count == LONGEST {
                text.push('…');
                break;
            }
            if character.is_control() {
                text.extend(character.escape_debug());
            } else {
                text.push(character);
            }
        }
        text
    }
}
