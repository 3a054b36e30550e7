//! Text to tree.

use super::{Element, Node};

/// How deep elements may lie inside each other.
const MAX_DEPTH: usize = 128;

/// Reads a document or a fragment; elements must be balanced.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Element, &'static str> {
    // Elements that are open, the document first.
    let mut open = vec![Element::default()];
    let mut rest = text;
    while !rest.is_empty() {
        let Some(after) = rest.strip_prefix('<') else {
            let (content, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            let content = unescape(content)?;
            let in_document = open.len() == 1;
            if !(in_document && content.trim().is_empty()) {
                push(&mut open, Node::Text(content));
            }
            rest = after;
            continue;
        };
        rest = markup(after, &mut open)?;
    }
    match (open.pop(), open.is_empty()) {
        (Some(document), true) => Ok(document),
        _ => Err("an element is not closed"),
    }
}

fn push(open: &mut [Element], node: Node) {
    if let Some(innermost) = open.last_mut() {
        innermost.children.push(node);
    }
}

/// Reads what follows a `<`; returns what is behind it.
fn markup<'t>(text: &'t str, open: &mut Vec<Element>) -> Result<&'t str, &'static str> {
    let until = |text: &'t str, end: &str| text.split_once(end).ok_or("a comment or section is not closed");
    if let Some(comment) = text.strip_prefix("!--") {
        let (content, rest) = until(comment, "-->")?;
        push(open, Node::Comment(content.to_owned()));
        return Ok(rest);
    }
    if let Some(section) = text.strip_prefix("![CDATA[") {
        let (content, rest) = until(section, "]]>")?;
        push(open, Node::Section(content.to_owned()));
        return Ok(rest);
    }
    if let Some(instruction) = text.strip_prefix('?') {
        let (content, rest) = until(instruction, "?>")?;
        push(open, Node::Instruction(content.to_owned()));
        return Ok(rest);
    }
    if text.starts_with('!') {
        return Err("document types are not supported");
    }
    if let Some(closing) = text.strip_prefix('/') {
        let (name, rest) = closing.split_once('>').ok_or("a closing tag has no end")?;
        let element = open.pop().filter(|element| !open.is_empty() && element.name == name.trim_end());
        push(open, Node::Element(element.ok_or("a closing tag does not fit")?));
        return Ok(rest);
    }
    start_tag(text, open)
}

fn start_tag<'t>(text: &'t str, open: &mut Vec<Element>) -> Result<&'t str, &'static str> {
    let (name, mut rest) = name(text).ok_or("a tag has no name")?;
    let mut element = Element { name: name.to_owned(), ..Element::default() };
    loop {
        let trimmed = rest.trim_start();
        if let Some(after) = trimmed.strip_prefix("/>") {
            push(open, Node::Element(element));
            return Ok(after);
        }
        if let Some(after) = trimmed.strip_prefix('>') {
            if open.len() > MAX_DEPTH {
                return Err("elements nest too deeply");
            }
            open.push(element);
            return Ok(after);
        }
        if trimmed.len() == rest.len() {
            return Err("a tag is not closed");
        }
        let (attribute, after) = self::name(trimmed).ok_or("a tag is not closed")?;
        let value =
            after.trim_start().strip_prefix('=').map(str::trim_start).ok_or("an attribute has no value")?;
        let quote =
            value.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or("an attribute is not quoted")?;
        let (content, after) =
            value.get(1..).and_then(|value| value.split_once(quote)).ok_or("an attribute is not closed")?;
        if element.attributes.iter().any(|(known, _)| known == attribute) {
            return Err("an attribute stands twice");
        }
        element.attributes.push((attribute.to_owned(), unescape(content)?));
        rest = after;
    }
}

fn name(text: &str) -> Option<(&str, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.');
    let end = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let begins = name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == ':');
    begins.then_some((name, rest))
}

fn unescape(text: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (entity, after) = after.split_once(';').ok_or("an entity is not closed")?;
        let character = match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            other => {
                let number = other.strip_prefix('#').ok_or("an entity is not known")?;
                let code = number
                    .strip_prefix('x')
                    .map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
                code.ok().and_then(char::from_u32).ok_or("an entity is not a character")?
            }
        };
        out.push(character);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}
