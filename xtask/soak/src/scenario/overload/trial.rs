//! One agent, its capacity, and more than that.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::sender::{Counts, ITEMS, Pace, SENDERS, Senders};
use crate::agent::watch::{Seen, Watch};
use crate::cage::Cage;
use crate::load::{GENERATORS, GUESTS, Targets};
use crate::options::Options;
use crate::ports;
use crate::scenario::Findings;
use crate::stage::{Stage, balanced};
use crate::verdict::Verdict;

/// What is offered, in capacities.
const TIMES: f64 = 3.0;
/// What must get through of the capacity.
const GOODPUT: f64 = 0.8;
/// What memory may reach of the limit at any time.
const MOST: f64 = 0.9;
/// Where the agent's soft line is.
const SOFT: f64 = 0.75;
/// After the load everything is as before within this.
const HEALS: Duration = Duration::from_secs(5);
/// Then it is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Everything that can fill up is full within this.
const FILLED: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(20);
const MIB: f64 = 1_048_576.0;
/// The usual load beside the senders.
const BESIDE: u64 = 200;

/// What is tried.
pub(super) struct Plan {
    /// What it is called.
    pub(super) name: &'static str,
    /// Memory in bytes.
    pub(super) limit: u64,
    /// What the backend takes for an answer, which sets the capacity.
    pub(super) delay: Duration,
    /// Items on their way in the closed loop, enough to keep all consumers busy.
    pub(super) in_flight: u64,
    /// The time that capacity is measured for, after half of it for the start.
    pub(super) measured: Duration,
    /// How long too much is offered.
    pub(super) overload: Duration,
    /// How long too much is offered to a backend that is away.
    pub(super) outage: Option<Duration>,
}

/// A running trial.
pub(super) struct Trial<'a> {
    plan: &'a Plan,
    stage: Stage,
    watch: Watch,
    senders: Senders,
    relaxed: bool,
    verdicts: Vec<Verdict>,
    figures: Vec<Value>,
}

/// Runs a plan with a configuration to its end.
pub(super) async fn run(
    options: &Options,
    plan: &Plan,
    targets: Targets,
    configuration: &str,
) -> Result<Findings> {
    let (cage, health) = (Cage::of(plan.limit), ports::free()?);
    println!("{}: {}", plan.name, cage.describe());
    let options = Options { rate: BESIDE, ..options.clone() };
    let stage = Stage::set_with(&options, configuration, targets.clone(), cage.wrapper(health)).await?;
    let senders = Senders::new(&targets, &stage.ledger);
    let watch = Watch::on(stage.agent.pid(), health);
    stage.backend.delay(plan.delay);
    let relaxed = options.relaxed;
    let trial = Trial { plan, stage, watch, senders, relaxed, verdicts: Vec::new(), figures: Vec::new() };
    let (verdicts, figures) = trial.all().await?;
    let verdicts = verdicts.into_iter().map(|verdict| verdict.of(plan.name)).collect();
    Ok(Findings { verdicts, figures: json!({"plan": plan.name, "phases": figures}) })
}

impl Trial<'_> {
    async fn all(mut self) -> Result<(Vec<Verdict>, Vec<Value>)> {
        if let Err(error) = self.phases().await {
            self.stage.agent.check().with_context(|| format!("{error:#}"))?;
            return Err(error);
        }
        let peak = self.stage.resources().await?.peak as f64;
        let most = self.plan.limit as f64 * MOST;
        self.verdicts.push(Verdict::at_most("memory at its peak", peak / MIB, most / MIB, "MiB"));
        self.stage.backend.delay(Duration::ZERO);
        let (ending, _) = self.stage.end(BESIDE).await?;
        self.verdicts.extend(balanced(&ending.tally, "items"));
        self.verdicts.extend(ending.verdicts(self.relaxed));
        self.stage.cluster.shutdown().await;
        Ok((self.verdicts, self.figures))
    }

    async fn phases(&mut self) -> Result<()> {
        let capacity = self.capacity().await;
        self.stage.say(&format!("unloaded, {capacity:.0} items a second get through"));
        // All senders together; each one sends a request in so many times that.
        let between = Duration::from_secs_f64(ITEMS as f64 * SENDERS as f64 / (capacity * TIMES));
        self.senders.go(Pace::Open(between));
        let goodput = self.offered("overload", capacity, self.plan.overload).await?;
        self.verdicts.push(
            Verdict::at_least("overload: items a second that arrive", goodput, capacity * GOODPUT)
                .unless(self.relaxed),
        );
        self.heals("overload").await?;
        let Some(outage) = self.plan.outage else { return Ok(()) };
        self.stage.backend.refuse(true).await?;
        self.senders.go(Pace::Open(between));
        self.offered("outage", capacity, outage).await?;
        self.stage.backend.refuse(false).await?;
        self.heals("outage").await
    }

    /// Items a second that arrive while no more are on their way than keep the exporter busy.
    async fn capacity(&mut self) -> f64 {
        self.senders.go(Pace::Closed(self.plan.in_flight / SENDERS as u64));
        sleep(self.plan.measured / 2).await;
        let rate = self.arrivals(self.plan.measured).await;
        self.senders.go(Pace::Rest);
        rate
    }

    /// Waits until the first request is refused.
    async fn fills(&mut self) -> Result<()> {
        let begin = Instant::now();
        while self.senders.refused() == 0 {
            if begin.elapsed() > FILLED {
                bail!("nothing is refused in {} s", FILLED.as_secs());
            }
            sleep(LOOK).await;
        }
        self.stage.say(&format!("the first request is refused after {:.1} s", begin.elapsed().as_secs_f64()));
        Ok(())
    }

    /// Items of the senders that arrive in a second, over so long.
    async fn arrivals(&self, time: Duration) -> f64 {
        let arrived = || self.stage.ledger.arrived_of(GENERATORS..GENERATORS + GUESTS);
        let (before, begin) = (arrived(), Instant::now());
        sleep(time).await;
        (arrived() - before) as f64 / begin.elapsed().as_secs_f64()
    }

    /// Judges a time of too much load, from the first refusal on; the items a second that arrive in it.
    async fn offered(&mut self, phase: &'static str, capacity: f64, time: Duration) -> Result<f64> {
        let _of_the_phase_before = self.senders.take();
        self.fills().await?;
        let _until_it_was_full = (self.senders.take(), self.watch.take());
        let begin = Instant::now();
        let goodput = self.arrivals(time).await;
        let took = begin.elapsed().as_secs_f64();
        let (counts, seen) = (self.senders.take(), self.watch.take());
        let offered = (counts.sent * ITEMS) as f64 / took;
        self.stage.say(&format!(
            "{phase}: {offered:.0} items a second offered, {goodput:.0} arrived; {} requests accepted, {} refused \
             ({}); at most {:.1} MiB at {} looks; not ready {} of {} times",
            counts.accepted,
            counts.refused,
            counts.first.as_deref().unwrap_or("-"),
            seen.most as f64 / MIB,
            seen.looks,
            seen.not_ready,
            seen.asked,
        ));
        self.figures.push(json!({
            "phase": phase, "capacity": capacity, "offered": offered, "goodput": goodput,
            "accepted": counts.accepted, "refused": counts.refused, "most_mib": seen.most as f64 / MIB,
            "not_ready": seen.not_ready, "asked": seen.asked,
        }));
        self.verdicts.push(
            Verdict::at_least(&format!("{phase}: items a second offered"), offered, capacity * TIMES * 0.9)
                .unless(self.relaxed),
        );
        let judged = self.judge(&counts, &seen);
        self.verdicts.extend(judged.into_iter().map(|verdict| verdict.of(phase)));
        Ok(goodput)
    }

    fn judge(&self, counts: &Counts, seen: &Seen) -> [Verdict; 6] {
        let most = self.plan.limit as f64 * MOST / MIB;
        let words = || counts.first_bad.clone();
        [
            Verdict::at_least("refusals, or it was no overload", counts.refused as f64, 1.0),
            Verdict::none("refusals that name no delay", counts.without_delay, words()),
            Verdict::none("refusals for good", counts.rejected, words()),
            Verdict::none("requests without an answer", counts.broken, words()),
            Verdict::at_most("memory at any look", seen.most as f64 / MIB, most, "MiB"),
            Verdict::none("not alive", seen.not_alive, Some(format!("slowest answer {:?}", seen.slowest))),
        ]
    }

    /// Ends the load and waits until memory, readiness and answers are as they should be, all at once.
    async fn heals(&mut self, after: &'static str) -> Result<()> {
        self.senders.go(Pace::Rest);
        let begin = Instant::now();
        let soft = (self.plan.limit as f64 * SOFT) as u64;
        // Memory below the line, ready, accepting: the first moment since which each was always so.
        let mut since: [Option<Duration>; 3] = [None; 3];
        while begin.elapsed() < PATIENCE && !since.iter().all(Option::is_some) {
            sleep(LOOK).await;
            let now =
                [self.watch.resident()? < soft, self.watch.is_ready().await, self.senders.probe().await];
            for (since, is_so) in since.iter_mut().zip(now) {
                *since = is_so.then(|| since.unwrap_or_else(|| begin.elapsed()));
            }
        }
        let names = ["memory below the soft line", "ready", "accepting"];
        for (what, since) in names.into_iter().zip(since) {
            let took = since.unwrap_or(PATIENCE).as_secs_f64();
            let what = format!("after the {after}: {what} again after");
            self.verdicts.push(Verdict::at_most(&what, took, HEALS.as_secs_f64(), "s"));
        }
        let held = self.watch.resident()? as f64 / MIB;
        self.stage.say(&format!("healed after the {after} in {since:?}; {held:.1} MiB"));
        self.figures.push(json!({
            "phase": format!("after the {after}"), "mib": held,
            "seconds": since.map(|since| since.map(|since| since.as_secs_f64())),
        }));
        Ok(())
    }
}
