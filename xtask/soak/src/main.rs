//! The agent under load while something happens to it, with a ledger of every item.
//!
//! The agent is the real program in Kubernetes mode. Generators number what they send, a backend checks what arrives,
//! a scenario makes trouble, and at the end every promise gets a verdict. `cargo xtask soak` builds and starts it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks on its terminal")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and times become figures with a few digits"
)]

mod account;
mod agent;
mod backend;
mod cage;
mod cluster;
mod figures;
mod item;
mod ledger;
mod load;
mod options;
mod ports;
mod scenario;
mod stage;
mod verdict;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use options::{Options, USAGE};
use scenario::Findings;
use verdict::Verdict;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| matches!(arg.as_str(), "--help" | "-h")) {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let outcome = Options::parse(&args).and_then(|options| {
        let runtime = tokio::runtime::Runtime::new().context("cannot start a runtime")?;
        runtime.block_on(async {
            // Either way the agent's owner is dropped, and the agent with it: nothing stays behind.
            tokio::select! {
                outcome = run(&options) => outcome,
                signal = interrupted() => bail!("ended by {}", signal?),
            }
        })
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn interrupted() -> Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle signals")?;
    tokio::select! {
        _ = terminate.recv() => Ok("SIGTERM"),
        ended = tokio::signal::ctrl_c() => ended.map(|()| "Ctrl-C").context("cannot handle signals"),
    }
}

/// Whether all promises held.
async fn run(options: &Options) -> Result<bool> {
    let Options { scenario, rate, seed, .. } = options;
    println!("{scenario}: {rate} items/s, --seed {seed}");
    if let Some(log) = &options.log {
        // Every agent of the run adds to it.
        std::fs::File::create(log).with_context(|| log.display().to_string())?;
    }
    let Findings { verdicts, figures } = scenario::run(options).await?;
    println!();
    for verdict in &verdicts {
        println!("{verdict}");
    }
    let passes = verdicts.iter().all(Verdict::passes);
    println!(
        "\n{}; --seed {seed} makes the same edits again",
        if passes { "every promise held" } else { "NOT EVERY PROMISE HELD" }
    );
    if let Some(path) = &options.json {
        let verdicts: Vec<_> = verdicts.iter().map(Verdict::json).collect();
        let all = json!({
            "scenario": scenario, "rate": rate, "seed": seed, "relaxed": options.relaxed,
            "passes": passes, "verdicts": verdicts, "figures": figures,
        });
        std::fs::write(path, format!("{all:#}\n")).with_context(|| path.display().to_string())?;
    }
    Ok(passes)
}
