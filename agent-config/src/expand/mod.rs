//! `${env:NAME}` and its kin: puts values from outside into the document, after YAML is parsed, so that a value can never
//! change the structure around it.
//!
//! A value that is one whole reference takes the YAML type of what it stands for and keeps the text beside it; a
//! reference inside text puts the text in. What comes in is expanded again. Keys are not expanded. The rules, to the odd
//! ones, are the Collector's (confmap, 0.145).

mod reference;
mod template;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::decode::clipped;
use crate::issues::{ConfigPath, Issue, Issues, Position, Trail};
use crate::settings::Environment;
use crate::yaml::{Entry, External, Kind, Loaded, Node, limits, load};
use template::{Part, template};

/// Reads the files that `${file:path}` names.
pub trait FileReader {
    /// The text of the file, or the reason why there is none.
    fn read(&self, path: &str) -> Result<String, String>;
}

/// Where references of a document get their values from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    environment: &'a dyn Environment,
    files: Option<&'a dyn FileReader>,
}

impl<'a> Sources<'a> {
    /// Variables from `environment`, no files.
    pub fn new(environment: &'a dyn Environment) -> Self {
        Self { environment, files: None }
    }

    /// The same with files from `files`.
    #[must_use]
    pub fn with_files(self, files: &'a dyn FileReader) -> Self {
        Self { files: Some(files), ..self }
    }
}

/// References inside what references brought; reached by variables that name each other in a circle.
const RECURSION: usize = 100;
/// References followed in one document.
const REFERENCES: usize = 10_000;
/// Bytes that all references of one document may bring together.
const BROUGHT_BYTES: usize = 16 << 20;

/// The tree with all references replaced. Where one cannot be, that is told and the value is null.
pub(crate) fn expand(root: &Arc<Node>, sources: Sources<'_>, issues: &mut Issues) -> Arc<Node> {
    let mut expander = Expander { sources, issues, references: REFERENCES, bytes: BROUGHT_BYTES };
    let root_path = ConfigPath::root();
    expander.node(root, At { trail: &Trail::Root(&root_path), position: None, depth: 0, recursion: 0 })
}

struct Expander<'a> {
    sources: Sources<'a>,
    issues: &'a mut Issues,
    references: usize,
    bytes: usize,
}

/// Where in the tree, and how far into values that were brought.
#[derive(Clone, Copy)]
struct At<'a> {
    trail: &'a Trail<'a>,
    position: Option<Position>,
    depth: usize,
    recursion: usize,
}

/// Text with its references replaced, and what they brought.
#[derive(Default)]
struct Expanded {
    text: String,
    externals: Vec<External>,
}

/// What one reference stands for, before it is typed.
pub(super) struct Brought {
    text: String,
    /// Whether the text comes from outside the document and must stay out of messages.
    external: bool,
    /// An empty default is an empty text, while an empty variable is nothing.
    is_text: bool,
}

impl Expander<'_> {
    fn node(&mut self, node: &Arc<Node>, at: At<'_>) -> Arc<Node> {
        let at = At { position: node.position.or(at.position), ..at };
        match &node.kind {
            Kind::Text(text) if text.contains('$') => match self.value(text, at) {
                Ok(value) => Arc::new(value),
                Err(message) => {
                    self.issues.push(Issue::error(at.trail.to_path(), message).at(at.position));
                    Arc::new(Node::null(at.position))
                }
            },
            Kind::List(items) if items.iter().any(|item| has_reference(item)) => {
                let expanded = items.iter().enumerate().map(|(index, item)| {
                    self.node(item, At { trail: &at.trail.index(index), depth: at.depth + 1, ..at })
                });
                rebuilt(node, Kind::List(expanded.collect()))
            }
            Kind::Map(entries) if entries.values().any(|entry| has_reference(&entry.value)) => {
                let mut expanded = IndexMap::with_capacity(entries.len());
                for (key, entry) in entries {
                    let value =
                        self.node(&entry.value, At { trail: &at.trail.key(key), depth: at.depth + 1, ..at });
                    expanded.insert(key.clone(), Entry { key_position: entry.key_position, value });
                }
                rebuilt(node, Kind::Map(expanded))
            }
            _ => Arc::clone(node),
        }
    }

    /// A text value: typed when it is one whole reference, otherwise text.
    fn value(&mut self, text: &str, at: At<'_>) -> Result<Node, String> {
        let parts = template(text);
        if let [Part::Reference { written, inner }] = parts.as_slice() {
            return self.whole(written, inner, at);
        }
        let mut expanded = self.text(&parts, at)?;
        if !expanded.externals.is_empty() {
            // A message may quote the whole text, in which short values cannot be found.
            let whole = External { reference: clipped(text), value: expanded.text.clone() };
            expanded.externals.insert(0, whole);
        }
        let mut node = Node::new(Kind::Text(expanded.text), at.position);
        node.external = (!expanded.externals.is_empty()).then(|| expanded.externals.into());
        Ok(node)
    }

    /// A value that is one reference.
    fn whole(&mut self, written: &str, inner: &str, at: At<'_>) -> Result<Node, String> {
        let brought = self.follow(written, inner, at)?;
        let deeper = At { recursion: at.recursion + 1, ..at };
        let external = |value: &str| -> Option<Arc<[External]>> {
            let external = External { reference: written.to_owned(), value: value.to_owned() };
            brought.external.then(|| Arc::from([external]))
        };
        let mut node = match typed(&brought, at) {
            Some(tree) => {
                check(&tree, at, written)?;
                let tree = if brought.external { mark(&tree, written) } else { tree };
                let tree = self.node(&tree, deeper);
                check(&tree, at, written)?;
                // The text form is for text fields only; where its references fail, the typed form still serves.
                let text = self.text(&template(&brought.text), deeper).ok().map(|expanded| expanded.text);
                let mut node = Arc::unwrap_or_clone(tree);
                node.text = text;
                node
            }
            None => self.value(&brought.text, deeper)?,
        };
        node.expanded = true;
        node.position = at.position;
        let own = external(&brought.text);
        node.external = match (own, node.external.take()) {
            (Some(own), Some(inner)) => Some(own.iter().chain(inner.iter()).cloned().collect()),
            (own, inner) => own.or(inner),
        };
        Ok(node)
    }

    fn text(&mut self, parts: &[Part<'_>], at: At<'_>) -> Result<Expanded, String> {
        let mut expanded = Expanded::default();
        for part in parts {
            match part {
                Part::Text(text) => expanded.text.push_str(text),
                Part::Reference { written, inner } => {
                    let brought = self.follow(written, inner, at)?;
                    let deeper = At { recursion: at.recursion + 1, ..at };
                    let inner = self.text(&template(&brought.text), deeper)?;
                    self.spend(inner.text.len())?;
                    if brought.external {
                        let reference = (*written).to_owned();
                        expanded.externals.push(External { reference, value: inner.text.clone() });
                    }
                    expanded.externals.extend(inner.externals);
                    expanded.text.push_str(&inner.text);
                }
            }
        }
        Ok(expanded)
    }

    /// What a reference stands for.
    fn follow(&mut self, written: &str, inner: &str, at: At<'_>) -> Result<Brought, String> {
        if at.recursion >= RECURSION {
            return Err(format!("too many recursive expansions at {}", clipped(written)));
        }
        self.references = self
            .references
            .checked_sub(1)
            .ok_or("the configuration follows too many references".to_owned())?;
        // Nested references are read once for each level, so the reading counts too.
        self.spend(inner.len())?;
        let parts = template(inner);
        let nested = parts.iter().any(|part| matches!(part, Part::Reference { .. }));
        let brought = if nested {
            let uri = self.text(&parts, At { recursion: at.recursion + 1, ..at })?;
            let mut brought = self.retrieve(written, &uri.text, at)?;
            brought.external |= !uri.externals.is_empty();
            brought
        } else {
            self.retrieve(written, inner, at)?
        };
        self.spend(brought.text.len())?;
        Ok(brought)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), String> {
        let left = self.bytes.checked_sub(bytes);
        self.bytes =
            left.ok_or_else(|| format!("references bring more than {BROUGHT_BYTES} bytes together"))?;
        Ok(())
    }
}

/// Whether what a reference brought still keeps the document within its bounds.
fn check(tree: &Node, at: At<'_>, written: &str) -> Result<(), String> {
    if at.depth + tree.depth > limits::DEPTH {
        return Err(format!("{} nests more than {} levels deep", clipped(written), limits::DEPTH));
    }
    if tree.size > limits::NODES {
        return Err(format!("{} brings more than {} values", clipped(written), limits::NODES));
    }
    Ok(())
}

/// The typed form of what was brought, unless that is text.
fn typed(brought: &Brought, at: At<'_>) -> Option<Arc<Node>> {
    if brought.is_text {
        return None;
    }
    match load(&brought.text, at.position, &mut Issues::new()) {
        Loaded::Empty => Some(Arc::new(Node::null(at.position))),
        Loaded::Tree(tree) if !matches!(tree.kind, Kind::Text(_)) => Some(tree),
        _ => None,
    }
}

fn has_reference(node: &Node) -> bool {
    match &node.kind {
        Kind::Text(text) => text.contains('$'),
        Kind::List(items) => items.iter().any(|item| has_reference(item)),
        Kind::Map(entries) => entries.values().any(|entry| has_reference(&entry.value)),
        _ => false,
    }
}

fn rebuilt(node: &Node, kind: Kind) -> Arc<Node> {
    let mut rebuilt = Node::new(kind, node.position);
    rebuilt.expanded = node.expanded;
    rebuilt.external.clone_from(&node.external);
    Arc::new(rebuilt)
}

/// Notes on every scalar of a tree which reference brought it.
fn mark(node: &Arc<Node>, written: &str) -> Arc<Node> {
    let kind = match &node.kind {
        Kind::List(items) => Kind::List(items.iter().map(|item| mark(item, written)).collect()),
        Kind::Map(entries) => Kind::Map(
            entries
                .iter()
                .map(|(key, entry)| {
                    let value = mark(&entry.value, written);
                    (key.clone(), Entry { key_position: entry.key_position, value })
                })
                .collect(),
        ),
        _ => {
            let mut marked = Node::clone(node);
            let value = node.scalar_text().unwrap_or_default().to_owned();
            marked.external = Some(Arc::from([External { reference: written.to_owned(), value }]));
            return Arc::new(marked);
        }
    };
    rebuilt(node, kind)
}
