//! Developer commands: `cargo xtask <verb>`.
//!
//! One folder a verb. This crate is what everyone compiles first, so it stays light: the demo, the benchmark and the
//! soak, which need the OpenTelemetry SDK, tonic and a Kubernetes client, are packages of their own below this folder
//! that the verbs build and run.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks on its terminal")]

mod bench;
mod bless;
mod cargo;
mod ci;
mod conformance;
mod demo;
mod dist;
mod e2e;
mod flags;
mod soak;
mod structure;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <verb> [options]

  demo         runs the whole product on this machine, in seconds, and checks what arrived
  conformance  runs the agent on the recorded cases and compares what it writes
  bench        measures the agent against two references in the same run
  soak         runs the agent under load while something happens to it, with a ledger of every item
  e2e          runs the configuration scenarios against a real API server, or the tests' own
  dist         makes what is shipped: binaries, image, bill of materials, licences, checksums
  structure    checks layers, names, docs and sizes of the tree
  ci           everything that has to hold before a change goes in
  bless        rewrites the golden files of the tests; review the diff

`cargo xtask <verb> --help` shows the options of a verb.";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let verb = args.next();
    let rest: Vec<String> = args.collect();
    let outcome = match verb.as_deref() {
        Some("demo") => demo::run(&rest),
        Some("conformance") => conformance::run(&rest),
        Some("bench") => bench::run(&rest),
        Some("soak") => soak::run(&rest),
        Some("dist") => dist::run(&rest),
        Some("e2e") => e2e::run(&rest),
        Some("structure") => structure::run(&rest),
        Some("ci") => ci::run(&rest),
        Some("bless") => bless::run(&rest),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Some(other) => {
            eprintln!("unknown verb `{other}`\n\n{USAGE}");
            return ExitCode::from(2);
        }
        None => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
