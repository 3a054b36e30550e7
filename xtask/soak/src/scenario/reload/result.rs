//! What became of the edits, and what is to be said about the run.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Sub;
use std::time::Duration;

use serde_json::{Value, json};

use crate::agent::resources::Resources;
use crate::figures::{Window, milliseconds, percentile, split};
use crate::ledger::Tally;
use crate::load::journal::Incident;
use crate::scenario::Findings;
use crate::stage::{Ending, Stage, balanced};
use crate::verdict::Verdict;

/// Edit to active, at the 99th percentile.
const ACTIVE_LIMIT: f64 = 500.0;
/// Edit to refusal, at most.
const REFUSED_LIMIT: f64 = 2000.0;
/// What a swap may add to the latency of requests, at the 99th percentile.
const LATENCY_LIMIT: f64 = 20.0;
/// What memory may grow by.
const MEMORY_LIMIT: f64 = 5.0;
/// Connections that may be kept: as many as the exporter has consumers for each signal, and a few to the API server.
const MOST_UPSTREAM: f64 = 33.0;
const MIB: f64 = 1_048_576.0;

/// What became of an edit, and after how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing.
    Nothing,
    /// It runs.
    Active(Duration),
    /// It was refused.
    Refused(Duration),
}

/// What generators met in some time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Met {
    /// Connections that the agent ended in good order.
    pub(super) moved: u64,
    /// Everything of [`Incident::FAILURES`].
    pub(super) failures: u64,
}

impl Sub for Met {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { moved: self.moved - before.moved, failures: self.failures - before.failures }
    }
}

/// An edit that was made.
#[derive(Debug)]
pub(super) struct Outcome {
    name: &'static str,
    /// Whether connections to the receiver have to stay open.
    pub(super) leaves_connections: bool,
    /// What became of it.
    pub(super) fate: Fate,
    /// What generators met from the edit to the next one.
    pub(super) met: Met,
    /// What is wrong.
    pub(super) trouble: Option<String>,
    /// When the swap can be felt.
    pub(super) window: Option<Window>,
}

impl Outcome {
    /// An edit of which nothing has become yet.
    pub(super) fn of(name: &'static str, leaves_connections: bool) -> Self {
        Self {
            name,
            leaves_connections,
            fate: Fate::Nothing,
            met: Met::default(),
            trouble: None,
            window: None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:<36}", self.name)?;
        match self.fate {
            Fate::Nothing => write!(out, "failed")?,
            Fate::Active(took) => write!(out, "active in {:>5.1} ms", milliseconds(took))?,
            Fate::Refused(took) => write!(out, "refused in {:>4.1} ms", milliseconds(took))?,
        }
        if self.met.moved > 0 {
            write!(out, ", {} connections moved", self.met.moved)?;
        }
        if self.met.failures > 0 {
            write!(out, ", {} FAILURES", self.met.failures)?;
        }
        match &self.trouble {
            Some(trouble) => write!(out, "  <- {trouble}"),
            None => Ok(()),
        }
    }
}

/// All that a run has shown.
pub(super) struct Run<'a> {
    pub(super) outcomes: &'a [Outcome],
    /// Resident memory at even distances.
    pub(super) course: &'a [u64],
    pub(super) before: Resources,
    pub(super) after: Resources,
    /// Generators on an address that is not configured any more.
    pub(super) strays: u64,
    /// The ledger of the second backend.
    pub(super) copies: Tally,
    pub(super) ending: Ending,
}

impl Run<'_> {
    /// The verdicts, with a table of the edits printed before.
    pub(super) fn findings(&self, stage: &Stage, relaxed: bool) -> Findings {
        println!("\n{}", self.table());
        let windows: Vec<Window> = self.outcomes.iter().filter_map(|outcome| outcome.window).collect();
        let served = stage.load.journal().all_served();
        let (mut during, mut steady) = split(&served, &windows);
        let (mut active, mut refused) = (self.times(true), self.times(false));
        let p99 = |samples: &mut Vec<Duration>| milliseconds(percentile(samples, 0.99));
        let (p99_during, p99_steady) = (p99(&mut during), p99(&mut steady));
        let (p99_active, most_refused) = (p99(&mut active), milliseconds(percentile(&mut refused, 1.0)));

        let mut verdicts = stage.met_none(&Incident::FAILURES);
        verdicts.extend(balanced(&self.ending.tally, "items"));
        let [_, repeated, altered] = balanced(&self.copies, "copies");
        verdicts.extend([repeated, altered]);
        verdicts.extend(self.edits());
        verdicts.extend([
            Verdict::at_most("edit to active, p99", p99_active, ACTIVE_LIMIT, "ms").unless(relaxed),
            Verdict::at_most("edit to refusal, longest", most_refused, REFUSED_LIMIT, "ms"),
            Verdict::at_most(
                &format!("request p99 in swaps {p99_during:.1} ms, steady {p99_steady:.1} ms, difference"),
                p99_during - p99_steady,
                LATENCY_LIMIT,
                "ms",
            )
            .unless(relaxed),
        ]);
        verdicts.extend(self.held(relaxed));
        verdicts.extend(self.ending.verdicts(relaxed));
        let p50 = |samples: &mut Vec<Duration>| milliseconds(percentile(samples, 0.5));
        let figures = json!({
            "edits": self.outcomes.len(),
            "items_acknowledged": self.ending.tally.acknowledged,
            "edit_to_active_ms": {"p50": p50(&mut active), "p99": p99_active, "max": milliseconds(percentile(&mut active, 1.0))},
            "edit_to_refusal_ms": {"p50": p50(&mut refused), "max": most_refused},
            "request_ms": {
                "during_swaps": {"p50": p50(&mut during), "p99": p99_during, "requests": during.len()},
                "steady": {"p50": p50(&mut steady), "p99": p99_steady, "requests": steady.len()},
            },
            "resident_in_between": self.course,
            "before": resources(&self.before),
            "after": resources(&self.after),
        });
        Findings { verdicts, figures }
    }

    fn times(&self, active: bool) -> Vec<Duration> {
        let time = |outcome: &Outcome| match outcome.fate {
            Fate::Active(took) if active => Some(took),
            Fate::Refused(took) if !active => Some(took),
            _ => None,
        };
        self.outcomes.iter().filter_map(time).collect()
    }

    /// Whether each edit did what it should, and no more.
    fn edits(&self) -> [Verdict; 3] {
        let troubles: Vec<&Outcome> =
            self.outcomes.iter().filter(|outcome| outcome.trouble.is_some()).collect();
        let first = troubles.first().map(ToString::to_string);
        let kept = self.outcomes.iter().filter(|outcome| outcome.leaves_connections);
        let moved = kept.map(|outcome| outcome.met.moved).sum();
        [
            Verdict::none("edits that went wrong", troubles.len() as u64, first),
            Verdict::none("connections moved by edits that leave the receiver alone", moved, None),
            Verdict::none("generators still served at an address of the past", self.strays, None),
        ]
    }

    /// What the agent holds in the end and did not in the beginning.
    fn held(&self, relaxed: bool) -> [Verdict; 4] {
        let Self { before, after, .. } = self;
        let grown = (after.resident as f64 - before.resident as f64) / MIB;
        let memory = format!(
            "resident memory {:.1} MiB, then {:.1} MiB, growth",
            before.resident as f64 / MIB,
            after.resident as f64 / MIB
        );
        let (open, opened) = (after.open.len(), after.more_than(before));
        let mut descriptors = format!("{}, then {open}", before.open.len());
        if open > before.open.len() {
            descriptors = format!("{descriptors}; more: {}", opened.join(", "));
        }
        [
            Verdict::at_most(&memory, grown, MEMORY_LIMIT, "MiB").unless(relaxed),
            Verdict::holds(
                "open file descriptors but for those to backend and API server",
                descriptors,
                open <= before.open.len(),
            ),
            Verdict::at_most(
                "connections to backend and API server",
                after.upstream as f64,
                MOST_UPSTREAM,
                "open",
            ),
            Verdict::holds(
                "threads",
                format!("{}, then {}", before.threads, after.threads),
                after.threads <= before.threads,
            ),
        ]
    }

    /// The edits by name.
    fn table(&self) -> String {
        let mut rows: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
        self.outcomes.iter().for_each(|outcome| rows.entry(outcome.name).or_default().push(outcome));
        let row = |(name, outcomes): (&&str, &Vec<&Outcome>)| {
            let took = |outcome: &&Outcome| match outcome.fate {
                Fate::Active(took) | Fate::Refused(took) => Some(took),
                Fate::Nothing => None,
            };
            let mut times: Vec<Duration> = outcomes.iter().filter_map(took).collect();
            let moved: u64 = outcomes.iter().map(|outcome| outcome.met.moved).sum();
            let wrong = outcomes.iter().filter(|outcome| outcome.trouble.is_some()).count();
            let mut time = |share| milliseconds(percentile(&mut times, share));
            format!(
                "{name:<36}{:>7}{:>12.1}{:>12.1}{moved:>9}{wrong:>9}\n",
                outcomes.len(),
                time(0.5),
                time(1.0)
            )
        };
        let rows: String = rows.iter().map(row).collect();
        format!(
            "{:<36}{:>7}{:>12}{:>12}{:>9}{:>9}\n{rows}",
            "edit", "times", "median ms", "longest ms", "moved", "wrong"
        )
    }
}

fn resources(held: &Resources) -> Value {
    json!({
        "resident": held.resident, "threads": held.threads, "descriptors": held.open.len(),
        "upstream": held.upstream,
    })
}
