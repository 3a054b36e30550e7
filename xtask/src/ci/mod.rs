//! `cargo xtask ci`: everything that has to hold before a change goes in.
//!
//! All steps run, also after one failed, so that one run shows all there is to mend. They share one target folder and
//! one set of features: the programs that conformance and demo run come from a build of the whole workspace, which
//! `cargo test` has done already.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::cargo::{self, Binaries, Profile, Scope};
use crate::flags::{Flags, Spec};
use crate::{conformance, demo, dist, e2e, soak, structure};

const SPEC: Spec = Spec {
    usage: "\
usage: cargo xtask ci [options]

Runs tests, format, clippy, documentation, structure, packages of the libraries, conformance (with the dev build), the demo, the scenarios of e2e
against the in-process API server, those of the soak in their short forms and what is shipped, and sums up.

  --no-test       leave out `cargo test --workspace`, when it has just been run
  --only STEP     a single step: test, fmt, clippy, doc, deny, helm, structure, package,
                  conformance, demo, e2e, soak or dist",
    valued: &["--only"],
    switches: &["--no-test"],
};

/// A step that ran.
struct Step {
    name: &'static str,
    good: bool,
    took: Duration,
    note: String,
}

/// Runs the verb.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let Some(flags) = Flags::parse(&SPEC, args)? else { return Ok(ExitCode::SUCCESS) };
    let wanted = |name: &str| match flags.value("--only") {
        Some(only) => only == name,
        None => !(name == "test" && flags.has("--no-test")),
    };
    if let Some(only) = flags.value("--only").filter(|only| STEPS.iter().all(|(name, _)| name != only)) {
        bail!("there is no step `{only}`\n\n{}", SPEC.usage);
    }
    let mut steps = Vec::new();
    for (name, step) in STEPS {
        if wanted(name) {
            println!("\n== {name}");
            steps.push(run_step(name, *step));
        }
    }
    println!("\n== summary");
    for step in &steps {
        let mark = if step.good { "ok" } else { "FAILED" };
        println!("{mark:<7}{:<14}{:>7.1} s  {}", step.name, step.took.as_secs_f64(), step.note);
    }
    let good = !steps.is_empty() && steps.iter().all(|step| step.good);
    println!("{}", if good { "everything holds" } else { "NOT EVERYTHING HOLDS" });
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a step holds, and a word on it.
type Outcome = Result<(bool, &'static str)>;

/// A step's name and what it does.
type Named = (&'static str, fn() -> Outcome);

const STEPS: &[Named] = &[
    ("test", || calls(cargo::command().args(["test", "--workspace"]))),
    ("fmt", || calls(cargo::command().args(["fmt", "--all", "--check"]))),
    // Through clippy's own arguments: RUSTFLAGS would have every dependency compiled again.
    ("clippy", || {
        calls(cargo::command().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    }),
    ("doc", || {
        calls(cargo::command().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    }),
    ("deny", deny),
    ("helm", helm),
    ("structure", || structure::run(&[]).map(verdict)),
    ("package", package),
    ("conformance", || {
        let agent = cargo::binary(&programs()?, "kubeagent")?;
        conformance::run(&["--agent".to_owned(), agent.display().to_string()]).map(verdict)
    }),
    ("demo", || demo::start(&programs()?, &[]).map(verdict)),
    ("e2e", || e2e::start(&programs()?, &["--in-process".to_owned()]).map(verdict)),
    ("soak", || soak::short(&programs()?).map(|()| (true, ""))),
    // The only step that builds for release: what is shipped is checked as it is shipped.
    ("dist", || dist::start(&programs()?, &["--check".to_owned()]).map(verdict)),
];

fn run_step(name: &'static str, step: fn() -> Outcome) -> Step {
    let begin = Instant::now();
    let (good, note) = match step() {
        Ok((good, note)) => (good, note.to_owned()),
        Err(error) => (false, format!("{error:#}")),
    };
    Step { name, good, took: begin.elapsed(), note }
}

/// The programs of the workspace, from the same units that `cargo test --workspace` builds.
fn programs() -> Result<Binaries> {
    cargo::build(Scope::Workspace, Profile::Dev)
}

fn calls(command: &mut Command) -> Outcome {
    let status =
        command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    Ok((status.success(), ""))
}

fn verdict(code: ExitCode) -> (bool, &'static str) {
    (code == ExitCode::SUCCESS, "")
}

/// What Helm itself renders, where it is installed; the chart's golden files are tests that need no Helm.
fn helm() -> Outcome {
    if !is_there(Command::new("helm").arg("version")) {
        return Ok((true, "left out: helm is not installed"));
    }
    calls(cargo::command().args(["test", "--workspace", "--test", "manifests", "helm_installed"]))
}

/// Whether a program is installed and says so.
fn is_there(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Licences and banned crates, where the tool for it is installed.
fn deny() -> Outcome {
    if !is_there(cargo::command().args(["deny", "--version"])) {
        return Ok((true, "left out: cargo-deny is not installed"));
    }
    calls(cargo::command().args(["deny", "--workspace", "check", "bans", "licenses", "sources"]))
}

/// The libraries as packages for others: what a registry would ask for is there. They are packed, not built, in a second.
fn package() -> Outcome {
    let mut call = cargo::command();
    call.args([
        "package",
        "--no-verify",
        "--no-metadata",
        "--allow-dirty",
        "--exclude-lockfile",
        "--offline",
    ]);
    for library in structure::libraries()? {
        call.args(["--package", &library]);
    }
    calls(&mut call)
}
