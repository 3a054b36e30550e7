//! Types and files are called after what they are; a few words say nothing and are refused.
//!
//! `common` is fine for a module: OTLP has a package of that name. A type of that name is not.

use std::sync::LazyLock;

use regex::Regex;

use super::Finding;
use super::source::Source;

const EMPTY_WORDS: [&str; 7] = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Misc"];
const EMPTY_IN_TYPES: &str = "Common";

static TYPE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:struct|enum|trait|type|union|mod)\s+(\w+)").ok());

/// Names in a file, and the file's own.
pub(super) fn check(source: &Source<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(word) = source.path.split(['/', '.', '_', '-']).find_map(empty_word) {
        findings.push(Finding::new(
            source.path,
            1,
            format!("`{word}` in a path says nothing about what is there"),
        ));
    }
    let Some(pattern) = TYPE.as_ref() else { return findings };
    for name in pattern.captures_iter(&source.code).filter_map(|found| found.get(1)) {
        let is_type = name.as_str().starts_with(char::is_uppercase);
        let empty =
            |word: &str| empty_word(word).or((is_type && word == EMPTY_IN_TYPES).then_some(EMPTY_IN_TYPES));
        if let Some(word) = words(name.as_str()).into_iter().find_map(empty) {
            let message = format!("`{}`: `{word}` says nothing about what it is", name.as_str());
            findings.push(Finding::new(source.path, source.line_of(name.start()), message));
        }
    }
    findings
}

fn empty_word(word: &str) -> Option<&'static str> {
    EMPTY_WORDS.into_iter().find(|empty| empty.eq_ignore_ascii_case(word))
}

/// The words of a name in camel or snake case.
fn words(name: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = name
        .char_indices()
        .filter(|(_, character)| character.is_uppercase() || *character == '_')
        .map(|(at, _)| at)
        .collect();
    starts.push(name.len());
    let mut from = 0;
    let mut out = Vec::new();
    for start in starts {
        out.push(name.get(from..start).unwrap_or_default().trim_matches('_'));
        from = start;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tree::TextFile;
    use super::*;

    #[test]
    fn words_that_say_nothing_are_found_and_parts_of_others_are_not() {
        let text = "struct Fine;\nstruct QueueManager;\nenum Commonwealth {}\nmod helpers;\nmod common;\nstruct CommonPart;\n// struct UtilComment;\n";
        let file = TextFile { path: "a/src/utils.rs".to_owned(), text: text.to_owned() };
        let lines: Vec<usize> =
            check(&Source::of(&file).unwrap()).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 2, 4, 6]);
    }
}
