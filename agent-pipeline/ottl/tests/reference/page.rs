//! The page, out of tables and texts.

use std::collections::BTreeMap;
use std::fmt::Write;

use agent_ottl::{Context, FunctionInfo, functions};

const HEAD: &str = "\
# OTTL

The language of `transform` and `filter`, as this agent has it. This page is written by a test from the tables of the
language: a function or path that is not here does not exist, and every example was executed. Where nothing else is said,
it is as the Collector has it (v0.145).

";

const CONTEXTS: &str = "
# Contexts and paths

A group of statements runs on every record of its context. Paths of that context may leave its name out where the context is
given; of other contexts those may be used that lie above. `cache` is a map of the record's own that statements may use;
it is gone after the last statement of the group.

";

/// The texts about functions: what it does, errors and bounds, differences.
fn about() -> BTreeMap<&'static str, Vec<&'static str>> {
    table(include_str!("functions.txt"))
}

/// The texts about paths: value, note.
fn about_paths() -> BTreeMap<&'static str, Vec<&'static str>> {
    table(include_str!("paths.txt"))
}

/// Lines of a name and what is said of it, between bars.
fn table(text: &'static str) -> BTreeMap<&'static str, Vec<&'static str>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let entries = lines.filter_map(|line| {
        let (name, rest) = line.split_once('|')?;
        Some((name.trim(), rest.split('|').map(str::trim).collect()))
    });
    entries.collect()
}

/// Functions and paths without a text, texts without one of those, and texts that say too little.
pub(crate) fn missing() -> Vec<String> {
    let mut wrong = Vec::new();
    let mut texts = about();
    for function in functions() {
        match texts.remove(function.name).as_deref() {
            Some([does, errors, ..]) if !does.is_empty() && !errors.is_empty() => {}
            _ => wrong.push(function.name.to_owned()),
        }
    }
    wrong.extend(texts.into_keys().map(str::to_owned));
    let mut texts = about_paths();
    for (context, path) in
        Context::ALL.iter().flat_map(|context| context.paths().map(move |(path, _)| (context, path)))
    {
        let name = format!("{context} {path}");
        if path != "cache" && texts.remove(&*name).is_none() {
            wrong.push(name);
        }
    }
    wrong.extend(texts.into_keys().map(str::to_owned));
    wrong
}

/// The whole page.
pub(crate) fn page() -> String {
    let mut out = String::from(HEAD);
    out.push_str(include_str!("language.md"));
    out.push_str(CONTEXTS);
    contexts(&mut out);
    let texts = about();
    for (title, editors) in [("Editors", true), ("Converters", false)] {
        write!(out, "\n# {title}\n").expect("a string takes everything");
        for function in functions().filter(|function| function.is_editor == editors) {
            entry(&function, texts.get(function.name).map(Vec::as_slice).unwrap_or_default(), &mut out);
        }
    }
    out
}

fn contexts(out: &mut String) {
    let texts = about_paths();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    for context in Context::ALL {
        let above: Vec<_> = context.reachable().iter().skip(1).map(|other| format!("`{other}`")).collect();
        line(format!("## {context}\n"));
        if !above.is_empty() {
            line(format!("Above it: {}.\n", above.join(", ")));
        }
        line("| path | keys | value | |\n|---|---|---|---|".to_owned());
        for (path, keyed) in context.paths().filter(|(path, _)| *path != "cache") {
            let text = texts.get(&*format!("{context} {path}")).map(Vec::as_slice).unwrap_or_default();
            let [value, note] = [0, 1].map(|at| text.get(at).copied().unwrap_or_default());
            line(format!("| `{path}` | {} | {value} | {note} |", if keyed { "yes" } else { "" }));
        }
        let symbols: Vec<_> = context.symbols().map(|(name, value)| format!("`{name}` {value}")).collect();
        line(if symbols.is_empty() {
            String::new()
        } else {
            format!("\nSymbols: {}.\n", symbols.join(", "))
        });
    }
}

fn entry(function: &FunctionInfo, texts: &[&str], out: &mut String) {
    let [does, errors, differs] = [0, 1, 2].map(|at| texts.get(at).copied().unwrap_or_default());
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("\n## {}\n\n`{}({})`\n\n{does}\n", function.name, function.name, function.params));
    let params: Vec<_> = function.params.split(", ").filter(|name| !name.is_empty()).collect();
    for (name, accepts) in params.iter().zip(&function.accepts) {
        line(format!("* `{}`: {accepts}", name.trim_matches(['[', ']'])));
    }
    if function.contexts.len() < Context::ALL.len() {
        let names: Vec<_> = function.contexts.iter().map(|context| format!("`{context}`")).collect();
        line(format!("* Only in the context {}.", names.join(", ")));
    }
    line(format!("* Errors: {errors}"));
    if !differs.is_empty() {
        line(format!("* Differs: {differs}"));
    }
    let example = function.example;
    line(format!(
        "\n    {}\n    before  {}\n    after   {}",
        example.statement, example.before, example.after
    ));
}
