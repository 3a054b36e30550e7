//! Functions fit on a screen or two.

use std::sync::LazyLock;

use regex::Regex;

use super::Finding;
use super::source::Source;

const LONGEST: usize = 80;

static FUNCTION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bfn\s+(\w+)").ok());

/// Functions of a file that are too long; those of tests may be tables of cases.
pub(super) fn check(source: &Source<'_>) -> Vec<Finding> {
    let Some(pattern) = FUNCTION.as_ref().filter(|_| !source.is_test) else { return Vec::new() };
    let too_long = |found: regex::Captures<'_>| {
        let start = found.get(0)?.start();
        let end = source.close_of(body_of(source, start)?)?;
        let (first, last) = (source.line_of(start), source.line_of(end));
        let lines = last - first + 1;
        let name = found.get(1)?.as_str();
        (lines > LONGEST)
            .then(|| Finding::new(source.path, first, format!("fn {name}: {lines} lines, at most {LONGEST}")))
    };
    pattern.captures_iter(&source.code).filter_map(too_long).collect()
}

/// Where the body opens; `None` for a declaration.
fn body_of(source: &Source<'_>, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, byte) in source.code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.checked_sub(1)?,
            b'{' if depth == 0 => return Some(offset),
            b';' | b'}' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tree::TextFile;
    use super::*;

    fn findings(path: &str, text: String) -> Vec<String> {
        let file = TextFile { path: path.to_owned(), text };
        check(&Source::of(&file).unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_a_long_body_is_found() {
        let long = format!(
            "trait T {{ fn a(x: [u8; 2]); }}\nfn b(\n    x: u8,\n) {{\n{}}}\nfn c() {{}}\n",
            "    f();\n".repeat(78)
        );
        assert_eq!(findings("a/src/b.rs", long.clone()), ["a/src/b.rs:2: fn b: 82 lines, at most 80"]);
        assert!(findings("a/src/tests.rs", long).is_empty());
        let short = format!("fn b() {{\n{}}}\n// fn x() {{\n", "    f(\"{\");\n".repeat(78));
        assert!(findings("a/src/b.rs", short).is_empty());
    }
}
