//! Two ways in which keys of one map become keys of another: merge keys (`<<`) and nested paths (`a::b`).

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Entry, Kind, Node, limits};
use crate::issues::{ConfigPath, Issue, Issues, Trail};

/// Adds the entries of the merged maps. What is there stays: explicit keys win, then earlier maps of the list.
pub(crate) fn merge_into(entries: &mut IndexMap<String, Entry>, merged: &[Arc<Node>]) {
    for node in merged {
        for (key, entry) in node.as_map().into_iter().flatten() {
            if !entries.contains_key(key) {
                entries.insert(key.clone(), entry.clone());
            }
        }
    }
}

/// Whether some key below `node` is a nested path.
fn has_nested_keys(node: &Node) -> bool {
    match &node.kind {
        Kind::List(items) => items.iter().any(|item| has_nested_keys(item)),
        Kind::Map(entries) => {
            entries.iter().any(|(key, entry)| key.contains("::") || has_nested_keys(&entry.value))
        }
        _ => false,
    }
}

/// Turns every key `a::b` into a map `a` with a key `b`, merged with what `a` has already.
pub(crate) fn nest_keys(node: Arc<Node>, issues: &mut Issues) -> Arc<Node> {
    if !has_nested_keys(&node) {
        return node;
    }
    let mut nested = nest(&node, &Trail::Root(&ConfigPath::root()), 0, issues);
    measure(&mut nested);
    nested
}

fn nest(node: &Arc<Node>, trail: &Trail<'_>, depth: usize, issues: &mut Issues) -> Arc<Node> {
    let kind = match &node.kind {
        Kind::List(items) => {
            let nested = items.iter().enumerate();
            Kind::List(
                nested.map(|(index, item)| nest(item, &trail.index(index), depth + 1, issues)).collect(),
            )
        }
        Kind::Map(entries) => {
            let mut nested = IndexMap::with_capacity(entries.len());
            for (key, entry) in entries {
                let trail = trail.key(key);
                let steps: Vec<&str> = key.split("::").collect();
                if depth + steps.len() + entry.value.depth > limits::DEPTH {
                    let message = format!("nested more than {} levels deep", limits::DEPTH);
                    issues.push(Issue::error(trail.to_path(), message).at(entry.key_position));
                    continue;
                }
                let value = nest(&entry.value, &trail, depth + steps.len(), issues);
                let entry = Entry { key_position: entry.key_position, value };
                insert(&mut nested, &steps, entry, &trail, issues);
            }
            Kind::Map(nested)
        }
        _ => return Arc::clone(node),
    };
    Arc::new(Node { kind, ..Node::clone_empty(node) })
}

/// Puts `entry` at the path `steps` below a map, opening maps on the way.
fn insert(
    entries: &mut IndexMap<String, Entry>,
    steps: &[&str],
    entry: Entry,
    trail: &Trail<'_>,
    issues: &mut Issues,
) {
    let Some((first, rest)) = steps.split_first() else { return };
    match entries.get_mut(*first) {
        None => {
            entries.insert((*first).to_owned(), wrap(rest, entry));
        }
        Some(present) if rest.is_empty() => combine(present, entry, trail, issues),
        Some(present) => {
            if present.value.is_null() {
                present.value = Arc::new(Node::new(Kind::Map(IndexMap::new()), present.key_position));
            }
            match &mut Arc::make_mut(&mut present.value).kind {
                Kind::Map(inner) => insert(inner, rest, entry, trail, issues),
                _ => issues.push(Issue::error(trail.to_path(), "duplicate key").at(entry.key_position)),
            }
        }
    }
}

/// `entry` as the innermost value of maps named `steps`.
fn wrap(steps: &[&str], entry: Entry) -> Entry {
    steps.iter().rev().fold(entry, |inner, step| {
        let key_position = inner.key_position;
        let map = IndexMap::from([((*step).to_owned(), inner)]);
        Entry { key_position, value: Arc::new(Node::new(Kind::Map(map), key_position)) }
    })
}

/// Merges `added` into `present`; two values for one path are a duplicate key.
fn combine(present: &mut Entry, added: Entry, trail: &Trail<'_>, issues: &mut Issues) {
    if present.value.is_null() {
        *present = added;
        return;
    }
    match (&mut Arc::make_mut(&mut present.value).kind, &added.value.kind) {
        (_, Kind::Null) => {}
        (Kind::Map(old), Kind::Map(new)) => {
            for (key, entry) in new {
                insert(old, &[key.as_str()], entry.clone(), &trail.key(key), issues);
            }
        }
        _ => issues.push(Issue::error(trail.to_path(), "duplicate key").at(added.key_position)),
    }
}

/// Counts again after maps have been merged in place.
fn measure(node: &mut Arc<Node>) {
    let node = Arc::make_mut(node);
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(measure),
        Kind::Map(entries) => entries.values_mut().for_each(|entry| measure(&mut entry.value)),
        _ => return,
    }
    node.count();
}
