//! `statuses`: everything that a backend may answer, all at once.
//!
//! Each case has a backend and an exporter of its own, and one request fans out to all of them. When each has shown what is
//! made of its answer, the backends get well; what had to be retried arrives then, and what was given up never does.

mod row;
mod table;

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use agent_testkit::otlp_backend::Signal;
use anyhow::Result;
use serde_json::json;

use super::Findings;
use crate::agent::Agent;
use crate::agent::metrics::{Metrics, READER};
use crate::cluster::Cluster;
use crate::load::post::post;
use crate::options::Options;
use crate::ports;
use crate::verdict::Verdict;
use row::Row;
use table::{Promise, Protocol};

/// Items of the one request.
const ITEMS: u64 = 10;
const GENERATOR: usize = 0;
/// To be ready, to show what becomes of an answer, to deliver afterwards, and to end.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(50);

/// Runs the scenario.
pub(super) async fn run(options: &Options) -> Result<Findings> {
    let mut rows = Vec::new();
    for (number, case) in table::all(ITEMS).into_iter().enumerate() {
        rows.push(Row::of(number, case).await?);
    }
    let (http, metrics) = (ports::free()?, ports::free()?);
    let cluster = Cluster::start(&yaml(&rows, http)).await?;
    let mut agent = start(&options.agent, &cluster, metrics, options.log.as_deref())?;
    agent.ready(PATIENCE).await?;
    post(http, Signal::Traces, GENERATOR, 0..ITEMS).await?;

    // Each one is looked at each time.
    let all_shown = |metrics: &Metrics| {
        rows.iter_mut().map(|row| row.has_shown(metrics)).fold(true, |all, has| all & has)
    };
    wait(metrics, all_shown).await?;
    for row in &rows {
        row.get_well().await?;
    }
    let seen = wait(metrics, |metrics| rows.iter().all(|row| row.is_settled(metrics))).await?;
    let ended = agent.terminate(PATIENCE).await?;

    let mut verdicts = judge(&mut rows, &seen);
    let what = "SIGTERM ends the agent with 0";
    verdicts.push(Verdict::holds(what, ended.status.to_string(), ended.status.success()));
    let panicked = agent.log().panicked();
    verdicts.push(Verdict::holds("nothing panicked", if panicked { "it did" } else { "" }, !panicked));
    cluster.shutdown().await;
    Ok(Findings { verdicts, figures: json!({"cases": rows.len()}) })
}

/// Prints the table; a verdict for each kind of promise and protocol.
fn judge(rows: &mut [Row], metrics: &Metrics) -> Vec<Verdict> {
    println!(
        "      {:<44}{:<20}{:>9}{:>9}{:>6}{:>9}",
        "", "promised", "attempts", "wait ms", "sent", "dropped"
    );
    let mut groups = std::collections::BTreeMap::<(&str, &str), (u64, Vec<String>)>::new();
    for row in rows {
        let protocol = if row.case.protocol == Protocol::Grpc { "gRPC" } else { "HTTP" };
        let kind = match row.case.promise {
            Promise::Taken { .. } => "taken at once",
            Promise::Retried { .. } => "retried, and delivered in the end",
            Promise::Dropped(_) => "given up, counted with its reason",
        };
        let name = row.case.name.clone();
        let outcome = row.outcome(metrics);
        println!("{outcome}");
        let (count, missed) = groups.entry((protocol, kind)).or_default();
        *count += 1;
        if !outcome.is_kept() {
            missed.push(name);
        }
    }
    let verdict = |((protocol, kind), (count, missed)): ((&str, &str), (u64, Vec<String>))| {
        let words = format!("of {count}: {}", missed.join("; "));
        let what = format!("{protocol}: {count} answers {kind}; missed");
        Verdict::none(&what, missed.len() as u64, Some(words))
    };
    groups.into_iter().map(verdict).collect()
}

/// Looks at the agent's metrics until `enough`, or for a bounded time; the last look.
async fn wait(address: SocketAddr, mut enough: impl FnMut(&Metrics) -> bool) -> Result<Metrics> {
    let begin = Instant::now();
    loop {
        let metrics = Metrics::of(address).await?;
        if enough(&metrics) || begin.elapsed() > PATIENCE {
            return Ok(metrics);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn start(program: &Path, cluster: &Cluster, metrics: SocketAddr, log: Option<&Path>) -> Result<Agent> {
    let mut environment = cluster.environment().to_vec();
    // Needed to start; no exporter asks for it.
    environment.push(("KM_COLLECTOR_ENDPOINT", "http://127.0.0.1:1".to_owned()));
    environment.push(("SOAK_METRICS_PORT", metrics.port().to_string()));
    Agent::start(Command::new(program), &environment, log)
}

fn yaml(rows: &[Row], http: SocketAddr) -> String {
    let exporters: String = rows.iter().map(Row::yaml).collect();
    let ids: Vec<String> = rows.iter().map(Row::exporter).collect();
    format!(
        "receivers:\n  otlp:\n    protocols:\n      http: {{endpoint: '{http}'}}\n\
         exporters:\n{exporters}\
         service:\n{READER}  pipelines:\n    traces: {{receivers: [otlp], exporters: [{}]}}\n",
        ids.join(", ")
    )
}
