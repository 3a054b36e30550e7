//! The open maps and lists while a document is read, and the bounds that hold for them.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use indexmap::IndexMap;

use super::merge::merge_into;
use super::{Entry, Kind, Node, limits};
use crate::issues::{ConfigPath, Issue, Issues, Position, Segment};

/// Collects finished nodes into their parents. Every method that returns `bool` says whether reading may go on.
pub(crate) struct Builder<'a> {
    open: Vec<Open>,
    anchors: HashMap<usize, Arc<Node>>,
    nodes: usize,
    root: Option<Arc<Node>>,
    issues: &'a mut Issues,
}

struct Open {
    anchor: usize,
    position: Position,
    content: Content,
}

enum Content {
    List(Vec<Arc<Node>>),
    Map { entries: IndexMap<String, Entry>, merged: Vec<Arc<Node>>, key: Key },
}

/// What a map waits for.
enum Key {
    Expected,
    Read(String, Position),
    /// `<<`: the value is merged in.
    Merge,
    /// The key was bad and told; its value is read and forgotten.
    Forgotten,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(issues: &'a mut Issues) -> Self {
        Self { open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None, issues }
    }

    pub(crate) fn root(self) -> Option<Arc<Node>> {
        self.root
    }

    /// Tells why the document is refused as a whole.
    pub(crate) fn refuse(&mut self, place: Position, message: String) -> bool {
        self.issues.push(Issue::error(ConfigPath::root(), message).at(Some(place)));
        false
    }

    pub(crate) fn node(&mut self, node: Node, plain: bool, anchor: usize) -> bool {
        self.add(Arc::new(node), plain, anchor, 1)
    }

    pub(crate) fn alias(&mut self, anchor: usize, place: Position) -> bool {
        match self.anchors.get(&anchor) {
            Some(node) => {
                let node = Arc::clone(node);
                let size = node.size;
                self.add(node, false, 0, size)
            }
            None => self.refuse(place, "an alias stands inside the value it names".to_owned()),
        }
    }

    pub(crate) fn open_list(&mut self, anchor: usize, position: Position) -> bool {
        self.open(Open { anchor, position, content: Content::List(Vec::new()) })
    }

    pub(crate) fn open_map(&mut self, anchor: usize, position: Position) -> bool {
        let content = Content::Map { entries: IndexMap::new(), merged: Vec::new(), key: Key::Expected };
        self.open(Open { anchor, position, content })
    }

    fn open(&mut self, open: Open) -> bool {
        if self.open.len() >= limits::DEPTH {
            return self.refuse(open.position, format!("nested more than {} levels deep", limits::DEPTH));
        }
        self.open.push(open);
        true
    }

    pub(crate) fn close(&mut self) -> bool {
        let Some(closed) = self.open.pop() else { return true };
        let kind = match closed.content {
            Content::List(items) => Kind::List(items),
            Content::Map { mut entries, merged, .. } => {
                merge_into(&mut entries, &merged);
                Kind::Map(entries)
            }
        };
        let node = Node::new(kind, Some(closed.position));
        if self.open.len() + node.depth > limits::DEPTH {
            return self.refuse(closed.position, format!("nested more than {} levels deep", limits::DEPTH));
        }
        self.add(Arc::new(node), false, closed.anchor, 1)
    }

    /// Puts a finished node, which stands for `count` nodes not counted before, where it belongs.
    fn add(&mut self, node: Arc<Node>, plain: bool, anchor: usize, count: usize) -> bool {
        self.nodes = self.nodes.saturating_add(count);
        let place = node.position.unwrap_or(Position { line: 1, column: 1 });
        if self.nodes > limits::NODES || node.size > limits::NODES {
            return self
                .refuse(place, format!("more than {} values once aliases are followed", limits::NODES));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, Arc::clone(&node));
        }
        if self.open.len() + node.depth > limits::DEPTH {
            return self.refuse(place, format!("nested more than {} levels deep", limits::DEPTH));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { key: Key::Expected, .. }) => {
                let next = self.read_key(&node, plain, place);
                if let Some(Content::Map { key, .. }) = self.open.last_mut().map(|open| &mut open.content) {
                    *key = next;
                }
            }
            Some(Content::Map { entries, key, .. }) => match mem::replace(key, Key::Expected) {
                Key::Read(name, key_position) => {
                    entries.insert(name, Entry { key_position: Some(key_position), value: node });
                }
                Key::Merge => return self.merge(node, place),
                Key::Expected | Key::Forgotten => drop(node),
            },
        }
        true
    }

    fn read_key(&mut self, node: &Node, plain: bool, place: Position) -> Key {
        if plain && node.scalar_text() == Some("<<") {
            return Key::Merge;
        }
        let name = match &node.kind {
            Kind::List(_) | Kind::Map(_) => {
                let message = format!("a key must be a scalar, not {}", node.kind.noun());
                self.issues.push(Issue::error(self.path(), message).at(Some(place)));
                return Key::Forgotten;
            }
            Kind::Null => "null".to_owned(),
            _ => node.scalar_text().unwrap_or_default().to_owned(),
        };
        let first = match self.open.last().map(|open| &open.content) {
            Some(Content::Map { entries, .. }) => entries.get(&name).and_then(|entry| entry.key_position),
            _ => None,
        };
        let Some(first) = first else { return Key::Read(name, place) };
        let message = format!("duplicate key, already defined at line {}", first.line);
        self.issues.push(Issue::error(self.path().key(name), message).at(Some(place)));
        Key::Forgotten
    }

    fn merge(&mut self, node: Arc<Node>, place: Position) -> bool {
        let sources = match &node.kind {
            Kind::Map(_) => vec![node],
            Kind::List(items) if items.iter().all(|item| item.as_map().is_some()) => items.clone(),
            _ => {
                let message = "`<<` takes a map or a list of maps";
                self.issues.push(Issue::error(self.path(), message).at(Some(place)));
                return true;
            }
        };
        if let Some(Content::Map { merged, .. }) = self.open.last_mut().map(|open| &mut open.content) {
            merged.extend(sources);
        }
        true
    }

    /// The path of the innermost open map or list.
    fn path(&self) -> ConfigPath {
        let enclosing = self.open.len().saturating_sub(1);
        let steps = self.open.iter().take(enclosing).filter_map(|open| match &open.content {
            Content::List(items) => Some(Segment::Index(items.len())),
            Content::Map { key: Key::Read(name, _), .. } => Some(Segment::Key(name.clone())),
            Content::Map { .. } => None,
        });
        ConfigPath::from(steps.collect::<Vec<_>>())
    }
}
