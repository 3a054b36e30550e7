//! The benchmark: the agent as a process, in pairs with a floor and next to a relay, over loopback.
//!
//! One program plays all the parts around the agent: load generator, backend, and (as its own children) the two
//! references. `cargo xtask bench` builds and starts it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks on its terminal")]
#![allow(clippy::cast_precision_loss, reason = "counts and bytes become figures with three digits")]

mod backend;
mod languages;
mod load;
mod machine;
mod measure;
mod options;
mod payload;
mod plan;
mod process;
mod reference;
mod report;
mod scenario;
mod subject;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use machine::Machine;
use measure::{Bench, idle, pairs, soak};
use options::{Options, USAGE};
use plan::Plan;
use report::verdict::{self, Verdict};
use report::{Row, json};
use subject::Programs;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start a runtime")
        .and_then(|runtime| runtime.block_on(run(&args)));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether all targets were met.
async fn run(args: &[String]) -> Result<bool> {
    match args {
        [name, rest @ ..] if matches!(name.as_str(), "floor" | "relay") => {
            reference::run(name, rest).await?;
            Ok(true)
        }
        _ if args.iter().any(|arg| matches!(arg.as_str(), "--help" | "-h")) => {
            println!("{USAGE}");
            Ok(true)
        }
        [name, row, times] if name == "row" => languages::only_row(row, times),
        _ => {
            let options = Options::parse(args)?;
            if options.languages {
                return if options.instructions {
                    languages::count(&options)
                } else {
                    languages::run(&options)
                };
            }
            let agent = match &options.agent {
                Some(agent) => agent.clone(),
                None if options.references => "none".into(),
                None => anyhow::bail!(
                    "--agent PATH is needed; `cargo xtask bench` builds it and says where it is"
                ),
            };
            let programs = Programs { agent, references: std::env::current_exe()? };
            let bench = Bench::new(programs).await?;
            match options.soak {
                Some(length) => run_soak(&bench, length).await,
                None => run_table(&bench, &options).await,
            }
        }
    }
}

async fn run_table(bench: &Bench, options: &Options) -> Result<bool> {
    let plan = Plan::new(options)?;
    let machine = Machine::read();
    println!("{machine}");
    println!("{} rows, {} rounds each; ratios are taken pair by pair", plan.comparisons.len(), plan.rounds);
    println!("{}", report::heading());
    let (mut rows, mut verdicts, mut failed) = (Vec::new(), Vec::new(), 0);
    for comparison in plan.comparisons {
        // One row that cannot be measured does not take the others with it.
        match pairs::run(bench, &comparison, plan.rounds, plan.window).await {
            Ok(samples) => {
                let row = Row { comparison, samples };
                println!("{}", report::line(&row));
                verdicts.extend(row.verdicts());
                rows.push(row);
            }
            Err(error) => {
                failed += 1;
                println!("{}, {}: {error:#}", comparison.subject, comparison.scenario);
            }
        }
    }
    if !options.references {
        verdicts.extend(resting(bench, plan.starts, plan.window.settle).await);
        verdicts.extend(
            report::peak(&rows).map(|peak| {
                Verdict::at_most("resident memory at its peak", peak, verdict::PEAK_LIMIT, " MiB")
            }),
        );
        verdicts.push(binary_size(&bench.programs.agent)?);
    }
    println!();
    for verdict in &verdicts {
        println!("{verdict}");
    }
    if let Some(path) = &options.json {
        json::write(path, &machine, &rows, &verdicts)?;
    }
    Ok(failed == 0 && verdicts.iter().all(|verdict| verdict.met))
}

/// What the agent needs without load.
async fn resting(bench: &Bench, starts: usize, settle: std::time::Duration) -> Vec<Verdict> {
    const MIB: f64 = 1_048_576.0;
    let unknown = f64::NAN;
    let (ready, file) = match idle::in_file_mode(bench, starts, settle).await {
        Ok(found) => (found.ready_ms, found.resident / MIB),
        Err(error) => {
            println!("start-up: {error:#}");
            (unknown, unknown)
        }
    };
    let kubernetes = idle::in_kubernetes(bench, settle).await.unwrap_or_else(|error| {
        println!("Kubernetes mode: {error:#}");
        unknown
    });
    vec![
        Verdict::at_most("from exec to all ports accepting", ready, verdict::READY_LIMIT, " ms"),
        Verdict::at_most("resident memory idle, file mode", file, verdict::IDLE_FILE_LIMIT, " MiB"),
        Verdict::at_most(
            "resident memory idle, Kubernetes client",
            kubernetes / MIB,
            verdict::IDLE_KUBERNETES_LIMIT,
            " MiB",
        ),
    ]
}

fn binary_size(agent: &Path) -> Result<Verdict> {
    let bytes = std::fs::metadata(agent).with_context(|| agent.display().to_string())?.len();
    Ok(Verdict::at_most("size of the binary", bytes as f64 / 1e6, verdict::BINARY_LIMIT, " MB"))
}

async fn run_soak(bench: &Bench, length: std::time::Duration) -> Result<bool> {
    println!("traces over gRPC with gzip in a closed loop for {} s", length.as_secs());
    let found = soak::run(bench, length).await?;
    let flat = found.is_flat();
    println!(
        "memory by the end: {:.3} of what it was after the warm-up ({}); cost {:.3}",
        found.memory_growth(),
        if flat { "flat" } else { "NOT FLAT" },
        found.cost_growth()
    );
    Ok(flat)
}
