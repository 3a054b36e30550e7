//! Keeps values that came from outside the document out of the texts of problems.
//!
//! A message is written by whoever found the problem, perhaps a component that knows nothing of where its text came
//! from. So the values are looked for in the finished text and the reference that brought them is put in their place.

use std::sync::Arc;

use crate::yaml::{External, Kind, Node};

/// Values shorter than this are only hidden where they are quoted: hiding each `1` of a sentence would hide the sentence.
const SHORTEST: usize = 4;

/// Hides what was brought by references anywhere below `node`.
pub(crate) fn redact_within(node: &Node, message: &str) -> String {
    let mut externals = Vec::new();
    collect(node, &mut externals);
    externals
        .iter()
        .flat_map(|group| group.iter())
        .fold(message.to_owned(), |text, external| hide(&text, external, |quoted| quoted == external.value))
}

/// The same for a problem with the value of `node` itself; quoted parts of the value are hidden too.
pub(crate) fn redact_at(node: &Node, message: &str) -> String {
    redact_parts(node, &redact_within(node, message), 1)
}

/// Hides quoted parts, from `shortest` bytes on, of what `node` itself was brought by a reference.
pub(crate) fn redact_parts(node: &Node, message: &str, shortest: usize) -> String {
    node.external.iter().flat_map(|group| group.iter()).fold(message.to_owned(), |text, external| {
        hide(&text, external, |quoted| quoted.len() >= shortest && external.value.contains(quoted))
    })
}

fn collect(node: &Node, externals: &mut Vec<Arc<[External]>>) {
    if let Some(group) = &node.external {
        externals.push(Arc::clone(group));
    }
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| collect(item, externals)),
        Kind::Map(entries) => entries.values().for_each(|entry| collect(&entry.value, externals)),
        _ => {}
    }
}

fn hide(message: &str, external: &External, is_part: impl Fn(&str) -> bool) -> String {
    let mut text = message.to_owned();
    if external.value.is_empty() {
        return text;
    }
    if external.value.len() >= SHORTEST {
        let escaped = external.value.escape_debug().to_string();
        text = text.replace(&external.value, &external.reference).replace(&escaped, &external.reference);
    }
    for quote in ['"', '`', '\''] {
        text = text
            .split(quote)
            .enumerate()
            .map(|(index, part)| match index % 2 {
                1 if !part.is_empty() && is_part(part) => external.reference.as_str(),
                _ => part,
            })
            .collect::<Vec<_>>()
            .join(quote.encode_utf8(&mut [0; 4]));
    }
    text
}
