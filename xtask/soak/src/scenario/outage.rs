//! `outage`: the backend is away, comes back slow, and gets well, while the same load goes on.
//!
//! The queue in memory is large enough for all of it. Nobody who sends may notice, nothing may be lost, and what has
//! gathered leaves faster than new data comes.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use super::{Findings, plain};
use crate::load::Targets;
use crate::load::journal::Incident;
use crate::options::Options;
use crate::ports;
use crate::stage::{Stage, balanced};
use crate::verdict::Verdict;

const WARM_UP: Duration = Duration::from_secs(3);
/// What the backend takes for an answer while it is slow.
const SLOW: Duration = Duration::from_millis(500);
/// What has gathered is gone within this.
const RECOVERY: Duration = Duration::from_mins(2);
const LOOK: Duration = Duration::from_millis(50);
/// Batches that the queue of a signal holds.
const QUEUE: usize = 100_000;
/// What has gathered leaves at so many times the rate of the load.
const TIMES: f64 = 5.0;
/// Resident memory at its peak.
const MEMORY_LIMIT: f64 = 96.0;

/// Runs the scenario.
pub(super) async fn run(options: &Options) -> Result<Findings> {
    let (grpc, http) = (ports::free()?, ports::free()?);
    let targets = Targets { grpc: vec![grpc], http: vec![http] };
    let mut stage = Stage::set(options, &plain::yaml(grpc, http, QUEUE), targets).await?;
    tokio::time::sleep(WARM_UP).await;

    stage.backend.refuse(true).await?;
    stage.say("the backend is away");
    tokio::time::sleep(options.outage).await;
    let gathered = stage.ledger.tally().lost;
    stage.backend.delay(SLOW);
    stage.backend.refuse(false).await?;
    stage.say(&format!("it is back and slow; {gathered} items have gathered"));
    tokio::time::sleep(options.outage / 4).await;
    stage.backend.delay(Duration::ZERO);
    let times = recovery(&stage, options.rate).await;
    let held = stage.resources().await?;
    stage.agent.check()?;
    let (ending, kept) = stage.end(options.rate).await?;

    let peak = held.peak as f64 / 1_048_576.0;
    let mut verdicts = stage.met_none(&Incident::FAILURES);
    verdicts.push(kept.unless(options.relaxed));
    verdicts.extend(balanced(&ending.tally, "items"));
    verdicts.push(
        Verdict::at_least("what has gathered leaves at this many times the rate", times, TIMES)
            .unless(options.relaxed),
    );
    verdicts.push(
        Verdict::at_most("resident memory at its peak", peak, MEMORY_LIMIT, "MiB").unless(options.relaxed),
    );
    verdicts.extend(ending.verdicts(options.relaxed));
    let figures = json!({"gathered": gathered, "times_the_rate": times, "peak_mib": peak});
    stage.cluster.shutdown().await;
    Ok(Findings { verdicts, figures })
}

/// Waits until no more is on its way than a second brings; at how many times the rate of the load items arrived.
async fn recovery(stage: &Stage, rate: u64) -> f64 {
    let (begin, before) = (Instant::now(), stage.ledger.tally());
    stage.say(&format!("it is well; {} items wait", before.lost));
    loop {
        tokio::time::sleep(LOOK).await;
        let (now, took) = (stage.ledger.tally(), begin.elapsed());
        if now.lost <= rate || took > RECOVERY {
            stage.say(&format!("{} items wait after {:.1} s", now.lost, took.as_secs_f64()));
            return (now.arrived - before.arrived) as f64 / took.as_secs_f64() / rate as f64;
        }
    }
}
