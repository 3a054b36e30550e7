//! `outage`: the backend is away, comes back slow, and gets well, while the same load goes on.
//!
//! The queues are on disk and large enough for all of it. Nobody who sends may notice, nothing may be lost, memory may not
//! grow with what waits, and what has gathered leaves faster than new data comes. While it does, new data has its share.

mod share;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use super::Findings;
use super::durable::{self, Settings};
use crate::load::Targets;
use crate::load::journal::Incident;
use crate::options::Options;
use crate::ports;
use crate::stage::{Stage, balanced};
use crate::verdict::Verdict;
use share::Looks;

const WARM_UP: Duration = Duration::from_secs(3);
/// What the backend takes for an answer while it is slow.
const SLOW: Duration = Duration::from_millis(500);
/// What has gathered is given up on after as long as the outage took, and this.
const RECOVERY: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(50);
/// MiB that each queue may take: an item takes less than 300 bytes.
const MAX_MIB: u64 = 2048;
/// What new data may have of what is sent while older data waits.
const SHARE: f64 = 0.5;
/// New data arrives again so soon after the backend is back. The slowest queue takes 1000 items a second, and up to 512 KiB that
/// came just before are ahead of it.
const FIRST: Duration = Duration::from_secs(12);
/// New data has at least so much of what is due to it.
const PART: f64 = 0.9;
/// What has gathered leaves at so many times the rate of the load.
const TIMES: f64 = 5.0;
/// Resident memory at its peak.
const MEMORY_LIMIT: f64 = 96.0;

/// Runs the scenario.
pub(super) async fn run(options: &Options) -> Result<Findings> {
    let (grpc, http) = (ports::free()?, ports::free()?);
    let targets = Targets { grpc: vec![grpc], http: vec![http] };
    let (_folder, directory) = durable::folder()?;
    let configuration = configuration(options, grpc, http, &directory);
    let mut stage = Stage::set(options, &configuration, targets).await?;
    tokio::time::sleep(WARM_UP).await;

    stage.backend.refuse(true).await?;
    stage.say("the backend is away");
    tokio::time::sleep(options.outage).await;
    let gathered = stage.ledger.tally().lost;
    stage.backend.delay(SLOW);
    stage.backend.refuse(false).await?;
    stage.say(&format!("it is back and slow; {gathered} items have gathered"));
    let looks = Looks::taken(&stage, options.outage / 4).await;
    stage.backend.delay(Duration::ZERO);
    let times = recovery(&stage, options).await;
    let held = stage.resources().await?;
    stage.agent.check()?;
    let (ending, kept) = stage.end(options.rate).await?;

    let peak = held.peak as f64 / 1_048_576.0;
    let mut verdicts = stage.met_none(&Incident::FAILURES);
    verdicts.push(kept.unless(options.relaxed));
    verdicts.extend(balanced(&ending.tally, "items"));
    verdicts.extend(shares(&stage, options, &looks));
    verdicts.push(
        Verdict::at_least("what has gathered leaves at this many times the rate", times, TIMES)
            .unless(options.relaxed),
    );
    verdicts.push(
        Verdict::at_most("resident memory at its peak", peak, MEMORY_LIMIT, "MiB").unless(options.relaxed),
    );
    verdicts.extend(ending.verdicts(options.relaxed));
    let figures = json!({
        "gathered": gathered, "times_the_rate": times, "peak_mib": peak,
        "new_after_s": looks.longest().map(|longest| longest.as_secs_f64()),
        "new_of_what_was_due": looks.worst().map(|worst| worst.part()),
    });
    stage.cluster.shutdown().await;
    Ok(Findings { verdicts, figures })
}

fn configuration(options: &Options, grpc: SocketAddr, http: SocketAddr, directory: &Path) -> String {
    durable::yaml(Settings {
        grpc,
        http,
        directory,
        fsync: options.fsync,
        batch: true,
        max_mib: MAX_MIB,
        live_share: Some(SHARE),
    })
}

/// Whether new data arrived while what had gathered still waited; of an outage too short for that nothing is said.
fn shares(stage: &Stage, options: &Options, looks: &Looks) -> Vec<Verdict> {
    let (Some(longest), Some(worst)) = (looks.longest(), looks.worst()) else {
        stage.say("what had gathered was gone too soon to say what new items had of the arrivals");
        return Vec::new();
    };
    stage.say(&worst.to_string());
    let (longest, first) = (longest.as_secs_f64(), FIRST.as_secs_f64());
    vec![
        Verdict::at_most("new data arrives so soon after the backend is back", longest, first, "s")
            .unless(options.relaxed),
        Verdict::at_least("new data has this part of what is due to it", worst.part(), PART)
            .unless(options.relaxed),
    ]
}

/// Waits until no more is on its way than a second brings; at how many times the rate of the load items arrived.
async fn recovery(stage: &Stage, options: &Options) -> f64 {
    let (rate, patience) = (options.rate, options.outage + RECOVERY);
    let (begin, before) = (Instant::now(), stage.ledger.tally());
    stage.say(&format!("it is well; {} items wait", before.lost));
    loop {
        tokio::time::sleep(LOOK).await;
        let (now, took) = (stage.ledger.tally(), begin.elapsed());
        if now.lost <= rate || took > patience {
            stage.say(&format!("{} items wait after {:.1} s", now.lost, took.as_secs_f64()));
            return (now.arrived - before.arrived) as f64 / took.as_secs_f64() / rate as f64;
        }
    }
}
