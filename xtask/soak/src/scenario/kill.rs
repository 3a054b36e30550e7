//! `kill`: the agent is killed under load again and again, and started again on the same directory and ports.
//!
//! Clients send again what got no answer, so what was acknowledged is known; nothing of it may be lost. The moments are drawn
//! from the seed, some of them while the agent starts; so is how the backend is in each life: well, slow, or away. Traces and
//! logs go through a `batch` processor, which is folded into their queues; metrics go straight to theirs.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::Result;
use fastrand::Rng;
use serde_json::json;

use super::Findings;
use super::durable::{self, Settings};
use crate::figures::{milliseconds, percentile};
use crate::ledger::Tally;
use crate::load::journal::Incident;
use crate::load::{ITEMS, Targets};
use crate::options::Options;
use crate::ports;
use crate::stage::{Stage, balanced};
use crate::verdict::Verdict;

/// How long an agent lives, in milliseconds.
const LIFE: Range<u64> = 200..1500;
/// One in so many lives shorter, and one in so many is not waited for to be ready.
const HASTY: usize = 5;
const HASTE: Range<u64> = 0..150;
/// What a slow backend takes for an answer.
const SLOW: Duration = Duration::from_millis(50);
/// The last agent runs this long before the load ends.
const CALM: Duration = Duration::from_secs(2);
/// What was acknowledged has arrived within this of the last kill.
const RECOVERY: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(20);
/// What docs/delivery.md says comes again: what the backend took so shortly before a kill.
const WINDOW: f64 = 100.0;
/// MiB that each queue may take.
const MAX_MIB: u64 = 256;
/// New data comes ahead of what has gathered, in every queue.
const LIVE_SHARE: f64 = 0.5;
const SHORT_KILLS: usize = 4;
const SHORT_RATE: u64 = 4000;

/// How the backend is during a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Well,
    Slow,
    Away,
}

/// Runs the scenario.
pub(super) async fn run(options: &Options) -> Result<Findings> {
    let (_folder, directory) = durable::folder()?;
    let (grpc, http) = (ports::free()?, ports::free()?);
    let configuration = durable::yaml(Settings {
        grpc,
        http,
        directory: &directory,
        fsync: options.fsync,
        batch: true,
        max_mib: MAX_MIB,
        live_share: Some(LIVE_SHARE),
    });
    let targets = Targets { grpc: vec![grpc], http: vec![http] };
    let kills = if options.short { options.kills.min(SHORT_KILLS) } else { options.kills };
    let rate = if options.short { options.rate.min(SHORT_RATE) } else { options.rate };
    let mut stage = Stage::set(&Options { rate, ..options.clone() }, &configuration, targets).await?;
    let mut rng = Rng::with_seed(options.seed);
    let mut starts = Vec::new();
    let mut before = Tally::default();
    for number in 1..=kills {
        before = live(&mut stage, &mut rng, number, kills).await?;
        let start = stage.spawn()?;
        // The next one may be killed before it is ready; the last one must not.
        if number == kills || rng.usize(..HASTY) > 0 {
            starts.push(stage.ready(start).await?);
        }
    }
    health(&stage, Health::Well).await?;
    tokio::time::sleep(CALM).await;
    findings(stage, options, &mut starts, before).await
}

/// Lets the agent live for a while and kills it; the sums of then.
async fn live(stage: &mut Stage, rng: &mut Rng, number: usize, of: usize) -> Result<Tally> {
    let drawn = match rng.u8(..4) {
        0 | 1 => Health::Well,
        2 => Health::Slow,
        _ => Health::Away,
    };
    let life = Duration::from_millis(if rng.usize(..HASTY) == 0 { rng.u64(HASTE) } else { rng.u64(LIFE) });
    health(stage, drawn).await?;
    tokio::time::sleep(life).await;
    let tally = stage.kill().await?;
    stage.say(&format!(
        "kill {number:>3}/{of}  after {:>4} ms, backend {drawn:?}: {} acknowledged, {} of them on disk only",
        life.as_millis(),
        tally.acknowledged,
        tally.lost,
    ));
    Ok(tally)
}

async fn health(stage: &Stage, health: Health) -> Result<()> {
    stage.backend.delay(if health == Health::Slow { SLOW } else { Duration::ZERO });
    stage.backend.refuse(health == Health::Away).await
}

/// Ends the load, waits for what was acknowledged, and judges; `before` are the sums when the last agent began.
async fn findings(
    mut stage: Stage,
    options: &Options,
    starts: &mut [Duration],
    before: Tally,
) -> Result<Findings> {
    let begin = Instant::now();
    let ran = stage.load.stop().await;
    while stage.ledger.tally().lost > 0 && begin.elapsed() < RECOVERY {
        tokio::time::sleep(LOOK).await;
    }
    let (mut ending, _) = stage.end(0).await?;
    let tally = ending.tally;
    let mut verdicts = stage.met_none(&[Incident::Rejected]);
    verdicts.extend(balanced(&tally, "items"));
    let unanswered = stage.load.journal().count(Incident::Broken) * ITEMS;
    verdicts.push(Verdict::at_most(
        "items repeated after an answer that never came",
        tally.excused as f64,
        unanswered as f64,
        "items",
    ));
    let earliest = milliseconds(tally.earliest);
    let what = "items repeated after a kill had come at most this long before it";
    // What was taken waits behind what is being put on the disk, which takes as long as the disk does.
    let shown = options.relaxed || options.fsync;
    verdicts.push(Verdict::at_most(what, earliest, WINDOW, "ms").unless(shown));
    if let Some(account) = &mut ending.account {
        // What it found on disk is what it sent and never took.
        account.left = account.sent.saturating_sub(account.accepted);
        account.acknowledged = Some(tally.acknowledged - before.acknowledged);
        let arrivals = tally.arrivals() - before.arrivals();
        let found = format!("{} sent, {arrivals} arrived", account.sent);
        let what = "metrics: sent by the last agent = arrived from it";
        verdicts.push(Verdict::holds(what, found, account.sent == arrivals));
    }
    verdicts.extend(ending.verdicts(options.relaxed));
    let start = percentile(starts, 1.0);
    let a_second = tally.acknowledged as f64 / ran.as_secs_f64();
    stage.say(&format!(
        "{a_second:.0} items acknowledged a second, kills included; ready again in {:.0} ms at most",
        milliseconds(start)
    ));
    let figures = json!({
        "acknowledged": tally.acknowledged, "acknowledged_a_second": a_second,
        "repeated_after_a_kill": tally.after_kill, "repeated_without_an_answer": tally.excused,
        "longest_before_a_kill_ms": earliest, "ready_again_ms": milliseconds(start),
    });
    stage.cluster.shutdown().await;
    Ok(Findings { verdicts, figures })
}
