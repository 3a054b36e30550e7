//! `cargo xtask conformance`: the agent on recorded cases, compared with what the Collector wrote.
//!
//! The program is started once a case, as a user would start it, and is judged by what it writes. What counts as
//! equal is in `conformance/README.md`.

mod agent;
mod canon;
mod case;
mod check;
mod diff;
mod http;
mod merge;
mod order;
mod report;
mod request;
mod schema;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Result, bail};

use crate::cargo::{self, Profile, Scope};
use crate::flags::{Flags, Spec};
use case::Case;
use report::Verdict;

/// Areas that have to pass in full.
pub(crate) const AREAS: &[&str] = &[
    "otlp",
    "config",
    "config-processors",
    "attributes",
    "batch",
    "cumulativetodelta",
    "deltatorate",
    "filter",
    "groupbyattrs",
    "groupbytrace",
    "metricstransform",
    "probabilistic_sampler",
    "redaction",
    "resource",
    "span",
    "transform",
];

const SPEC: Spec = Spec {
    usage: "\
usage: cargo xtask conformance [options]

  --agent PATH        program to test; built from the workspace when absent
  --profile P         dev or release (default): how it is built
  --area A,B          areas to run instead of those that have to pass
  --filter TEXT       only cases whose area/name contains TEXT
  --jobs N            cases at a time (default 4: an agent mostly waits)
  --no-quirks         leave out cases in which the Collector's behaviour looks accidental
  --json FILE         also write the results to FILE",
    valued: &["--agent", "--profile", "--area", "--filter", "--jobs", "--json"],
    switches: &["--no-quirks"],
};

/// Runs the verb.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let Some(flags) = Flags::parse(&SPEC, args)? else { return Ok(ExitCode::SUCCESS) };
    let program = if let Some(path) = flags.value("--agent") {
        PathBuf::from(path)
    } else {
        let profile = flags.value("--profile").map_or(Ok(Profile::Release), Profile::parse)?;
        cargo::binary(&cargo::build(Scope::Packages(&["kubeagent"]), profile)?, "kubeagent")?
    };
    let areas =
        flags.value("--area").map_or(AREAS.to_vec(), |areas| areas.split(',').map(str::trim).collect());
    let mut cases = case::read_areas(&cargo::root().join("conformance/cases"), &areas)?;
    cases.retain(|case| flags.value("--filter").is_none_or(|filter| case.name.contains(filter)));
    cases.retain(|case| !(flags.has("--no-quirks") && case.quirk));
    if cases.is_empty() {
        bail!("no case matches");
    }
    let begin = Instant::now();
    let verdicts = run_all(&program, &cases, flags.number("--jobs")?.unwrap_or(4).max(1));
    report::print(&verdicts, begin.elapsed());
    if let Some(path) = flags.value("--json") {
        report::write_json(Path::new(path), &verdicts, begin.elapsed())?;
    }
    let passed = verdicts.iter().all(|verdict| verdict.failure.is_none());
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the cases, `jobs` at a time; the verdicts come in the order of the cases.
fn run_all<'a>(program: &Path, cases: &'a [Case], jobs: usize) -> Vec<Verdict<'a>> {
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(Vec::with_capacity(cases.len()));
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begin = Instant::now();
                    let failure = check::check(program, case).err();
                    let verdict = Verdict { case, failure, took: begin.elapsed() };
                    verdicts.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(verdict);
                }
            });
        }
    });
    let mut verdicts = verdicts.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    verdicts.sort_by(|left, right| left.case.name.cmp(&right.case.name));
    verdicts
}
