//! `shutdown`: SIGTERM under full load, with a backend that is well, slow, or does not answer at all.
//!
//! In every case the agent ends with 0 within its budget, and whoever waits for an answer gets one. What was acknowledged
//! arrives where the backend lets it; from one that never answers nothing can be expected of a queue in memory.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{Findings, plain};
use crate::load::Targets;
use crate::load::journal::Incident;
use crate::options::Options;
use crate::ports;
use crate::stage::{Stage, balanced};
use crate::verdict::Verdict;

const WARM_UP: Duration = Duration::from_secs(2);
/// Under load with the backend as it is to be, before SIGTERM.
const TROUBLE: Duration = Duration::from_secs(2);
/// What a slow backend takes for an answer.
const SLOW: Duration = Duration::from_millis(300);
/// Batches that the queue of a signal holds.
const QUEUE: usize = 10_000;

/// How the backend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Well,
    Slow,
    Hangs,
}

/// Runs the scenario.
pub(super) async fn run(options: &Options) -> Result<Findings> {
    let mut all = Findings { verdicts: Vec::new(), figures: json!({}) };
    for (health, name) in
        [(Health::Well, "backend well"), (Health::Slow, "backend slow"), (Health::Hangs, "backend hangs")]
    {
        println!("{name}");
        let verdicts = once(options, health).await.context(name)?;
        all.verdicts.extend(verdicts.into_iter().map(|verdict| verdict.of(name)));
    }
    Ok(all)
}

async fn once(options: &Options, health: Health) -> Result<Vec<Verdict>> {
    let (grpc, http) = (ports::free()?, ports::free()?);
    let targets = Targets { grpc: vec![grpc], http: vec![http] };
    let mut stage = Stage::set(options, &plain::yaml(grpc, http, QUEUE), targets).await?;
    tokio::time::sleep(WARM_UP).await;
    match health {
        Health::Well => {}
        Health::Slow => stage.backend.delay(SLOW),
        Health::Hangs => stage.backend.hang(),
    }
    tokio::time::sleep(TROUBLE).await;
    let ending = stage.terminate().await?;
    stage.say(&ending.tally.to_string());
    // New connections are refused once the agent has gone; that is no fault of its end.
    let mut verdicts = stage.met_none(&[Incident::Broken, Incident::Rejected]);
    let [lost, repeated, altered] = balanced(&ending.tally, "items");
    verdicts.extend([lost.unless(health == Health::Hangs), repeated, altered]);
    verdicts.extend(ending.verdicts(options.relaxed));
    stage.cluster.shutdown().await;
    Ok(verdicts)
}
