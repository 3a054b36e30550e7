//! From text to tree: drives the YAML parser and refuses what no configuration is.
//!
//! The parser gives events one by one, so a hostile document is left as soon as it passes a bound, before its tree exists.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::build::Builder;
use super::{Node, limits, resolve_plain};
use crate::issues::{ConfigPath, Issue, Issues, Position};
use crate::yaml::Kind;

/// The outcome of reading a text.
pub(crate) enum Loaded {
    /// No content: empty, comments only, or a lone null.
    Empty,
    Tree(std::sync::Arc<Node>),
    /// Not readable; the reason is among the issues.
    Refused,
}

/// Reads one YAML document. Problems that leave a usable tree (a duplicate key) are pushed and the first value kept.
/// With `fixed`, all nodes stand there: that is for text that is not part of the document itself.
pub(crate) fn load(text: &str, fixed: Option<Position>, issues: &mut Issues) -> Loaded {
    if text.len() > limits::TEXT_BYTES {
        let message = format!(
            "the configuration has {} bytes, at most {} are accepted",
            text.len(),
            limits::TEXT_BYTES
        );
        issues.push(Issue::error(ConfigPath::root(), message));
        return Loaded::Refused;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser::new_from_str(text);
    let mut builder = Builder::new(issues);
    let position = |mark: Marker| fixed.unwrap_or_else(|| position(mark));
    let mut documents = 0usize;
    while let Some(next) = parser.next_event() {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                let place = position(*error.marker());
                builder.refuse(place, format!("not valid YAML: {}", error.info()));
                return Loaded::Refused;
            }
        };
        let place = position(span.start);
        let accepted = match event {
            Event::DocumentStart(_) => {
                documents += 1;
                documents == 1 || builder.refuse(place, "the configuration must be a single YAML document".to_owned())
            }
            Event::Alias(anchor) => builder.alias(anchor, place),
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref().filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
                builder.node(scalar(text.into_owned(), style, tag, place), style == ScalarStyle::Plain, anchor)
            }
            Event::SequenceStart(anchor, _) => builder.open_list(anchor, place),
            Event::MappingStart(anchor, _) => builder.open_map(anchor, place),
            Event::SequenceEnd | Event::MappingEnd => builder.close(),
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Nothing => true,
        };
        if !accepted {
            return Loaded::Refused;
        }
    }
    match builder.root() {
        Some(root) if !root.is_null() => Loaded::Tree(root),
        _ => Loaded::Empty,
    }
}

fn position(mark: Marker) -> Position {
    Position { line: mark.line().max(1), column: mark.col() + 1 }
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&str>, place: Position) -> Node {
    match (style, tag) {
        (_, Some("str")) => Node::new(Kind::Text(text), Some(place)),
        (ScalarStyle::Plain, _) | (_, Some("int" | "float" | "bool" | "null")) => {
            let node = Node::new(resolve_plain(&text), Some(place));
            // A null has no text: it stands for the default of its field, not for the word.
            if node.is_null() { node } else { node.with_text(text) }
        }
        _ => Node::new(Kind::Text(text), Some(place)),
    }
}
