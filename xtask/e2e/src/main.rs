//! The configuration scenarios, end to end: an API server, the manifests' Role and account, the agent.
//!
//! The same scenarios run against a real kube-apiserver with etcd and against the in-process API server of the tests, so
//! that what the tests believe of an API server is checked. `cargo xtask e2e` builds and starts this.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks on its terminal")]

mod account;
mod agent;
mod check;
mod cluster;
mod json;
mod manifest;
mod options;
mod scenario;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

use check::Checks;
use cluster::{Cluster, real};
use options::{Options, USAGE};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| matches!(arg.as_str(), "--help" | "-h")) {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let outcome = Options::parse(&args).and_then(|options| {
        let runtime = tokio::runtime::Runtime::new().context("cannot start a runtime")?;
        runtime.block_on(async {
            // Either way the owners of the programs are dropped, and the programs with them: nothing stays behind.
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

/// Waits for a signal that ends it early.
async fn interrupted() -> Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle signals")?;
    tokio::select! {
        _ = terminate.recv() => Ok("SIGTERM"),
        ended = tokio::signal::ctrl_c() => ended.map(|()| "Ctrl-C").context("cannot handle signals"),
    }
}

/// Whether everything was as it should be, or there was nothing to do.
async fn run(options: &Options) -> Result<bool> {
    let begin = Instant::now();
    let cluster = if options.in_process {
        Cluster::in_process(&options.root).await?
    } else {
        match real::find(options.assets.as_deref())? {
            Ok(binaries) => Cluster::real(&binaries, &options.root).await?,
            Err(missing) => {
                println!("left out: {missing}");
                return Ok(true);
            }
        }
    };
    println!("{}, ready after {:.1} s", cluster.title(), begin.elapsed().as_secs_f64());
    let mut checks = Checks::default();
    let outcome = scenario::all(&cluster, &options.agent, &mut checks).await;
    let outcome = outcome.with_context(|| cluster.last_words());
    cluster.shutdown().await?;
    outcome?;
    println!("{checks}in {:.1} s", begin.elapsed().as_secs_f64());
    Ok(checks.good())
}
