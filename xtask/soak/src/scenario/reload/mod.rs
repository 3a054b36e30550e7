//! `reload`: the ConfigMap is edited again and again, and nobody who sends may notice.
//!
//! Edits come one at a time: each is waited for (to be active, with its effect seen where it has one, or refused), then
//! there is a stretch of steady running. Times are taken from the answer to the edit until the agent's line about it.
//! In the end the first configuration comes back, so that what the agent holds can be compared with the beginning.

mod bad;
mod edit;
mod plan;
mod result;
mod shape;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use fastrand::Rng;

use super::Findings;
use crate::agent::resources::Resources;
use crate::backend::Backend;
use crate::ledger::Ledger;
use crate::load::{GENERATORS, Targets};
use crate::options::Options;
use crate::ports;
use crate::stage::Stage;
use plan::{Edit, narrow, plan};
use result::{Outcome, Run};
use shape::Shape;

/// Steady load before the first look at what the agent holds, and before the last one: what the last edits needed is given
/// back over some seconds, and what a steady load needs is there after as many.
const STEADY: Duration = Duration::from_secs(10);
/// The same where memory is not judged.
const STEADY_RELAXED: Duration = Duration::from_secs(2);
/// Edits between two looks at what the agent holds.
const LOOK_EVERY: usize = 50;
/// What is drained after a swap is gone within this.
const SETTLED: Duration = Duration::from_secs(15);

/// A run.
struct Reload {
    stage: Stage,
    /// Where copies go.
    second: Backend,
    copies: Arc<Ledger>,
    /// What runs.
    shape: Shape,
    rng: Rng,
    /// A port that somebody else has.
    taken: TcpListener,
    outcomes: Vec<Outcome>,
    /// Resident memory every [`LOOK_EVERY`] edits.
    course: Vec<u64>,
    pause: Duration,
}

/// Runs the scenario.
pub(super) async fn run(options: &Options) -> Result<Findings> {
    let mut rng = Rng::with_seed(options.seed);
    let edits = match &options.only {
        Some(only) => narrow(options.edits, only)?,
        None => plan(options.edits, &mut rng),
    };
    let shape = Shape::base(ports::free()?, ports::free()?);
    let copies = Arc::new(Ledger::new(GENERATORS));
    let second = Backend::start(Arc::clone(&copies)).await?;
    let stage = Stage::set(options, &shape.yaml(&second.url()), shape.targets()).await?;
    let pause = options.pause;
    stage.say(&format!("the second backend is at {}", second.address()));
    let (taken, outcomes, course) = (ports::taken()?, Vec::new(), Vec::new());
    let mut reload = Reload { stage, second, copies, shape, rng, taken, outcomes, course, pause };
    let steady = if options.relaxed { STEADY_RELAXED } else { STEADY };
    tokio::time::sleep(steady).await;
    let before = reload.stage.resources().await?;
    for (number, edit) in (1..).zip(&edits) {
        reload.edit(number, edits.len(), *edit).await?;
    }
    reload.back_to_base(edits.len() + 1).await?;
    tokio::time::sleep(steady).await;
    let after = reload.settled(&before).await?;
    let strays = reload.strays();
    let (ending, kept) = reload.stage.end(options.rate).await?;
    let tally = reload.copies.tally();
    let Reload { outcomes, course, .. } = &reload;
    let run = Run { outcomes, course, before, after, strays, copies: tally, ending };
    let mut findings = run.findings(&reload.stage, options.relaxed);
    findings.verdicts.insert(0, kept.unless(options.relaxed));
    reload.stage.cluster.shutdown().await;
    Ok(findings)
}

impl Reload {
    async fn edit(&mut self, number: usize, of: usize, edit: Edit) -> Result<()> {
        self.stage.agent.check()?;
        let outcome = match edit {
            Edit::Good(kind) => self.good(number, kind).await?,
            Edit::Bad(bad) => self.bad(number, bad).await?,
        };
        self.stage.say(&format!("edit {number:>4}/{of}  {outcome}"));
        self.outcomes.push(outcome);
        if number.is_multiple_of(LOOK_EVERY) {
            let held = self.stage.resources().await?;
            self.stage.say(&format!("the agent holds {held}"));
            self.course.push(held.resident);
        }
        Ok(())
    }

    /// The first configuration again, on the ports of now.
    async fn back_to_base(&mut self, number: usize) -> Result<()> {
        let base = Shape { comment: number, ..Shape::base(self.shape.grpc, self.shape.http) };
        let outcome = self.apply(&[], base, "back to the first one").await?;
        self.stage.say(&format!("in the end      {outcome}"));
        self.outcomes.push(outcome);
        Ok(())
    }

    /// What the agent holds once what was drained is gone, or after a bounded time.
    async fn settled(&self, before: &Resources) -> Result<Resources> {
        let begin = Instant::now();
        loop {
            let now = self.stage.resources().await?;
            let gone = now.open.len() <= before.open.len() && now.threads <= before.threads;
            if gone || begin.elapsed() > SETTLED {
                return Ok(now);
            }
        }
    }

    /// Generators whose requests are still taken at an address that no configuration names any more.
    fn strays(&self) -> u64 {
        let addresses = self.stage.load.journal().addresses();
        let known = [self.shape.grpc, self.shape.http];
        addresses.iter().filter(|address| !known.contains(address)).count() as u64
    }
}

impl Shape {
    /// Where generators send.
    fn targets(&self) -> Targets {
        Targets { grpc: vec![self.grpc], http: vec![self.http] }
    }
}
