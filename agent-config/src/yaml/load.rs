//! From text to tree: drives the YAML parser and refuses what no configuration is.
//!
//! The parser gives events one by one, so a hostile document is left as soon as it passes a bound, before its tree exists.

use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::build::Builder;
use super::lenient::Lenient;
use super::{Kind, Node, limits, resolve_plain};
use crate::issues::{ConfigPath, Issue, Issues, Position};

/// The outcome of reading a text.
pub(crate) enum Loaded {
    /// No content: empty, comments only, or a lone null.
    Empty,
    Tree(Arc<Node>),
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
    // The parser holds a whole bracketed list as tokens before it gives the first event; its memory is bounded here.
    if text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() > limits::FLOW_MARKS {
        let message = format!("more than {} commas and opening brackets", limits::FLOW_MARKS);
        issues.push(Issue::error(ConfigPath::root(), message).at(fixed));
        return Loaded::Refused;
    }
    let mut lenient = Lenient::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    loop {
        let mut found = Issues::new();
        match read(&lenient, fixed, &mut found) {
            Ok(loaded) => {
                issues.extend(found);
                return loaded;
            }
            Err(error) if lenient.repair(&error) => {}
            Err(error) => {
                let place = fixed.unwrap_or_else(|| lenient.original(position(*error.marker())));
                let reason = match error.info() {
                    // Left only when no end was found.
                    "invalid indentation in quoted scalar" => "a quoted text is not closed",
                    reason => reason,
                };
                let message = format!("not valid YAML: {reason}");
                issues.push(Issue::error(ConfigPath::root(), message).at(Some(place)));
                return Loaded::Refused;
            }
        }
    }
}

fn read(lenient: &Lenient, fixed: Option<Position>, issues: &mut Issues) -> Result<Loaded, ScanError> {
    let mut parser = Parser::new_from_str(&lenient.text);
    let mut builder = Builder::new(issues);
    let mut documents = 0usize;
    while let Some(next) = parser.next_event() {
        let (event, span) = next?;
        let place = fixed.unwrap_or_else(|| lenient.original(position(span.start)));
        let accepted = match event {
            Event::DocumentStart(_) => {
                documents += 1;
                documents == 1
                    || builder.refuse(place, "the configuration must be a single YAML document".to_owned())
            }
            Event::Alias(anchor) => builder.alias(anchor, place),
            Event::Scalar(text, style, anchor, tag) => {
                let tag =
                    tag.as_deref().filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
                let plain = style == ScalarStyle::Plain;
                builder.node(scalar(text.into_owned(), style, tag, place), plain, anchor)
            }
            Event::SequenceStart(anchor, _) => builder.open_list(anchor, place),
            Event::MappingStart(anchor, _) => builder.open_map(anchor, place),
            Event::SequenceEnd | Event::MappingEnd => builder.close(),
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Nothing => true,
        };
        if !accepted {
            return Ok(Loaded::Refused);
        }
    }
    Ok(match builder.root() {
        Some(root) if !root.is_null() => Loaded::Tree(root),
        _ => Loaded::Empty,
    })
}

fn position(mark: Marker) -> Position {
    Position { line: mark.line().max(1), column: mark.col() + 1 }
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&str>, place: Position) -> Node {
    match (style, tag) {
        (_, Some("str")) => Node::new(Kind::Text(text), Some(place)),
        (ScalarStyle::Plain, _) | (_, Some("int" | "float" | "bool" | "null")) => {
            let kind = match (resolve_plain(&text), tag) {
                (Kind::Int(_) | Kind::UInt(_), Some("float")) => text.parse().map_or(Kind::Null, Kind::Float),
                (kind, _) => kind,
            };
            let node = Node::new(kind, Some(place));
            // A null has no text: it stands for the default of its field, not for the word.
            if node.is_null() { node } else { node.with_text(text) }
        }
        _ => Node::new(Kind::Text(text), Some(place)),
    }
}
