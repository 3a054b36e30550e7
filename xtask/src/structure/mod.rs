//! `cargo xtask structure`: the rules of the tree as a program.
//!
//! What rustc and clippy can check is left to them (see the workspace lints); here is what no lint sees: who may
//! depend on whom, what things are called, and how long they get. It reads text, masked by a small scanner, because a full parser
//! would be the heaviest dependency of this crate.

mod attributes;
mod components;
mod files;
mod functions;
mod layers;
mod manifests;
mod names;
mod places;
mod runtimes;
mod source;
mod tree;

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;

use crate::cargo;
use crate::flags::{Flags, Spec};
use source::Source;

const SPEC: Spec = Spec {
    usage: "\
usage: cargo xtask structure

Checks layers, packages, names, docs and sizes of all files that git knows or would add.",
    valued: &[],
    switches: &[],
};

/// A broken rule and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Runs the verb.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    if Flags::parse(&SPEC, args)?.is_none() {
        return Ok(ExitCode::SUCCESS);
    }
    let tree = tree::read(cargo::root())?;
    let crates = layers::crates(cargo::root())?;
    let sources: Vec<Source> = tree.iter().filter_map(Source::of).collect();
    let mut findings = layers::check(&crates);
    findings.extend(manifests::check(&crates, &tree));
    findings.extend(runtimes::check(cargo::root())?);
    findings.extend(components::check(&tree));
    findings.extend(tree.iter().flat_map(places::check));
    for source in &sources {
        findings.extend(files::check(source));
        findings.extend(functions::check(source));
        findings.extend(names::check(source));
        findings.extend(attributes::check(source));
    }
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    println!("{}", files::summary(&sources));
    let edges: usize = crates.iter().map(|krate| krate.edges.len()).sum();
    println!("{} crates, {edges} edges between them, {} broken rules", crates.len(), findings.len());
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The crates that others may build on.
pub(crate) fn libraries() -> Result<Vec<String>> {
    let crates = layers::crates(cargo::root())?;
    Ok(crates.into_iter().filter(layers::Crate::is_library).map(|krate| krate.name).collect())
}
