//! Exceptions carry their reason, and nothing is left for later.

use std::sync::LazyLock;

use regex::Regex;

use super::Finding;
use super::source::Source;

static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rules = [
        (r"\btodo!", "`todo!`: finish it or leave it out"),
        (r"\bunimplemented!", "`unimplemented!`: finish it or leave it out"),
        (r"#\[ignore\b", "an ignored test proves nothing"),
        (r"\bunsafe\b", "`unsafe` is forbidden in every crate"),
    ];
    rules.into_iter().filter_map(|(pattern, message)| Some((Regex::new(pattern).ok()?, message))).collect()
});

static EXCEPTION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(allow|expect)\s*\(").ok());

/// Attributes and macros of a file.
pub(super) fn check(source: &Source<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES
        .iter()
        .flat_map(|(pattern, message)| {
            pattern
                .find_iter(&source.code)
                .map(|at| Finding::new(source.path, source.line_of(at.start()), *message))
        })
        .collect();
    for (offset, attribute) in attributes(source) {
        let exception =
            EXCEPTION.as_ref().and_then(|pattern| pattern.captures(attribute)).and_then(|found| found.get(1));
        if let Some(kind) = exception.filter(|_| !attribute.contains("reason")) {
            let message = format!("`{}` without a reason", kind.as_str());
            findings.push(Finding::new(source.path, source.line_of(offset), message));
        }
    }
    findings
}

fn attributes<'a>(source: &'a Source<'_>) -> impl Iterator<Item = (usize, &'a str)> {
    source.code.match_indices('#').filter_map(|(offset, _)| {
        let rest = source.code.get(offset + 1..)?;
        let open = offset + 1 + usize::from(rest.starts_with('!'));
        source.code.get(open..)?.strip_prefix('[')?;
        Some((offset, source.code.get(open..source.close_of(open)?)?))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree::TextFile;
    use super::*;

    #[test]
    fn an_exception_needs_a_reason_and_a_method_call_does_not() {
        let text = concat!(
            "#![allow(dead_code)]\n",
            "#[expect(\n    unused,\n    reason = \"because\"\n)]\n",
            "fn f() { x.expect(\"y\"); }\n",
            "#[cfg_attr(test, allow(unused))]\n",
            "#[derive(Debug)]\n",
        );
        let file = TextFile { path: "a.rs".to_owned(), text: text.to_owned() };
        let found: Vec<String> = check(&Source::of(&file).unwrap()).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["a.rs:1: `allow` without a reason", "a.rs:7: `allow` without a reason"]);
    }

    #[test]
    fn unfinished_code_is_found_in_code_only() {
        let text =
            concat!("fn f() { to", "do!() }\n// to", "do! later\n#[ig", "nore]\nfn g() { un", "safe { } }\n");
        let file = TextFile { path: "a.rs".to_owned(), text: text.to_owned() };
        let lines: Vec<usize> =
            check(&Source::of(&file).unwrap()).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 3, 4]);
    }
}
