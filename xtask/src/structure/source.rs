//! A Rust file with its comments and literals blanked, so that rules see code alone.
//!
//! Lengths and line breaks stay, hence an offset in the masked text is one in the file. Not a lexer of all of Rust:
//! it knows comments, strings, raw strings and characters, which is what can hide or fake code.

use super::tree::TextFile;

/// A Rust file.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// Path from the root.
    pub(super) path: &'a str,
    /// As written.
    pub(super) text: &'a str,
    /// Code with blanks for comments and literals.
    pub(super) code: String,
    /// Belongs to tests.
    pub(super) is_test: bool,
}

impl<'a> Source<'a> {
    /// The file as Rust, if it is.
    pub(super) fn of(file: &'a TextFile) -> Option<Self> {
        file.has_extension("rs").then(|| Self {
            path: &file.path,
            text: &file.text,
            code: mask(&file.text),
            is_test: file.is_test(),
        })
    }

    /// Number of lines.
    pub(super) fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// The line of an offset, from 1.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.code.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    /// The offset behind the bracket that closes the one at `open`.
    pub(super) fn close_of(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (offset, byte) in self.code.bytes().enumerate().skip(open) {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(offset + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// Blanks comments and literals, byte for byte.
fn mask(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let hidden = hidden_length(rest, before);
        let taken = if hidden == 0 { first.len_utf8() } else { hidden };
        let (piece, tail) = rest.split_at(taken);
        if hidden == 0 && first.is_ascii() {
            out.push(first);
        } else {
            out.extend(piece.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        }
        before = if hidden == 0 { first } else { ' ' };
        rest = tail;
    }
    out
}

/// How many bytes at the start of `rest` are a comment or a literal; `before` is the character in front of it.
fn hidden_length(rest: &str, before: char) -> usize {
    let in_word = before.is_alphanumeric() || before == '_';
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if !in_word {
        let raw = rest.trim_start_matches(['b', 'c']);
        if let Some(raw_text) = raw.strip_prefix('r').filter(|_| rest.len() - raw.len() <= 1) {
            let hashes = raw_text.len() - raw_text.trim_start_matches('#').len();
            if raw_text.trim_start_matches('#').starts_with('"') {
                let start = rest.len() - raw_text.len() + hashes + 1;
                let end = format!("\"{}", "#".repeat(hashes));
                let body = rest.get(start..).unwrap_or_default();
                return body.find(&end).map_or(rest.len(), |found| start + found + end.len());
            }
        }
    }
    if rest.starts_with('"') {
        return quoted(rest, '"');
    }
    if rest.starts_with('\'') {
        // A character ends within a few; a lifetime does not end at all.
        let mut following = rest.chars().skip(1);
        return match (following.next(), following.next()) {
            (Some('\\'), _) => quoted(rest, '\''),
            (Some(inner), Some('\'')) => inner.len_utf8() + 2,
            _ => 0,
        };
    }
    0
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut skip) = (0_usize, false);
    for (offset, pair) in rest.as_bytes().windows(2).enumerate() {
        if skip {
            skip = false;
            continue;
        }
        match pair {
            b"/*" => depth += 1,
            b"*/" if depth == 1 => return offset + 2,
            b"*/" => depth -= 1,
            _ => continue,
        }
        skip = true;
    }
    rest.len()
}

fn quoted(rest: &str, end: char) -> usize {
    let mut escaped = false;
    for (offset, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == end => return offset + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stays_and_all_else_is_blank() {
        for (text, code) in [
            ("a // fn\nb", "a      \nb"),
            ("a /* x /* y */ z */ b", "a                   b"),
            (r#"f("a\"{", b"x")"#, r"f(      , b   )"),
            (r##"f(r#"a"b"#) g"##, r"f(        ) g"),
            ("'a' '\\'' 'x: &'a str", "         'x: &'a str"),
            ("var\"x\"", "var   "),
            ("\"é\n\"{", "   \n {"),
        ] {
            assert_eq!(mask(text), code, "{text}");
        }
    }

    #[test]
    fn brackets_are_matched_in_code_only() {
        let file = TextFile { path: "a.rs".to_owned(), text: "f { \"}\" [ ( ) ] } g\n".to_owned() };
        let source = Source::of(&file).unwrap();
        assert_eq!(source.close_of(2), Some(17));
        assert_eq!(source.line_of(17), 1);
    }
}
