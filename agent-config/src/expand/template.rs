//! Splits a text into plain parts and references, and undoes the doubling of `$`.

use std::borrow::Cow;

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Stands for itself; `$$` is one `$` already.
    Text(Cow<'a, str>),
    /// `${inner}`, where `inner` may hold references itself.
    Reference { written: &'a str, inner: &'a str },
}

/// The parts of `text`, outermost references only. One pass, however many braces stand open.
///
/// `$$` is a `$` that opens nothing. `${` without a `}`, and a `$` before anything else, stand for themselves.
pub(super) fn template(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut done = 0;
    let mut outermost: Vec<(usize, usize)> = Vec::new();
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((index, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, next)| *next);
        match (byte, next) {
            (b'$', Some(b'$')) => {
                bytes.next();
            }
            (b'$', Some(b'{')) => {
                bytes.next();
                open.push((index, outermost.len()));
            }
            (b'}', _) => {
                if let Some((start, before)) = open.pop() {
                    // What was closed since this one opened lies inside it.
                    outermost.truncate(before);
                    outermost.push((start, index + 1));
                }
            }
            _ => {}
        }
    }
    for (start, end) in outermost {
        push_text(&mut parts, text.get(done..start));
        if let (Some(written), Some(inner)) = (text.get(start..end), text.get(start + 2..end - 1)) {
            parts.push(Part::Reference { written, inner });
        }
        done = end;
    }
    push_text(&mut parts, text.get(done..));
    parts
}

fn push_text<'a>(parts: &mut Vec<Part<'a>>, text: Option<&'a str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        let plain =
            if text.contains("$$") { Cow::Owned(text.replace("$$", "$")) } else { Cow::Borrowed(text) };
        parts.push(Part::Text(plain));
    }
}
