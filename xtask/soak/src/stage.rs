//! What every scenario stands on: API server, backend, agent, ledger and load, and how a run ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::agent::resources::Resources;
use crate::agent::{Agent, Ended};
use crate::backend::Backend;
use crate::cluster::Cluster;
use crate::ledger::{Ledger, Tally};
use crate::load::journal::Incident;
use crate::load::{self, GENERATORS, Load, Targets};
use crate::options::Options;
use crate::verdict::Verdict;

/// To start, and to end beyond what the agent allows itself.
const PATIENCE: Duration = Duration::from_secs(20);
/// What was acknowledged arrives within this once nothing more is sent; no batch waits longer than a second.
const ARRIVAL: Duration = Duration::from_secs(10);
/// The agent ends within this of SIGTERM, unless told otherwise: its ten seconds, and a moment for the end itself.
const SHUTDOWN: Duration = Duration::from_millis(10_500);
/// What the load must have reached of its rate; less is a machine that was busy with other things, or a slow agent.
const KEPT: f64 = 0.95;
const LOOK: Duration = Duration::from_millis(20);

/// The parts of a run.
pub(crate) struct Stage {
    /// Where the configuration lies.
    pub(crate) cluster: Cluster,
    /// Where items go.
    pub(crate) backend: Backend,
    /// The agent.
    pub(crate) agent: Agent,
    /// What was sent, acknowledged and received.
    pub(crate) ledger: Arc<Ledger>,
    /// Who sends.
    pub(crate) load: Load,
    begin: Instant,
}

/// How a run ended.
pub(crate) struct Ending {
    agent: Ended,
    /// The sums of the ledger.
    pub(crate) tally: Tally,
    key_in_log: bool,
}

impl Stage {
    /// Starts everything; the load begins once the agent is ready.
    pub(crate) async fn set(options: &Options, configuration: &str, targets: Targets) -> Result<Self> {
        let begin = Instant::now();
        let ledger = Arc::new(Ledger::new(GENERATORS));
        let cluster = Cluster::start(configuration).await?;
        let backend = Backend::start(Arc::clone(&ledger)).await?;
        let mut environment = cluster.environment().to_vec();
        environment.push(("KM_COLLECTOR_ENDPOINT", backend.url()));
        let agent = Agent::start(&options.agent, &environment, options.log.as_deref())?;
        agent.ready(PATIENCE).await?;
        let load = Load::start(options.rate, targets, &ledger)?;
        let stage = Self { cluster, backend, agent, ledger, load, begin };
        stage.say(&format!(
            "the agent is ready, the load begins; API server at {}, backend at {}",
            stage.cluster.address(),
            stage.backend.address()
        ));
        Ok(stage)
    }

    /// Prints a line of progress.
    pub(crate) fn say(&self, text: &str) {
        println!("{:>7.2} s  {text}", self.begin.elapsed().as_secs_f64());
    }

    /// What the agent holds.
    pub(crate) async fn resources(&self) -> Result<Resources> {
        self.agent.resources(&[self.backend.address(), self.cluster.address()]).await
    }

    /// Stops the load, waits for what was acknowledged, ends the agent, and sums up; whether the load kept its rate.
    pub(crate) async fn end(&mut self, rate: u64) -> Result<(Ending, Verdict)> {
        let ran = self.load.stop().await;
        self.arrived(ARRIVAL).await;
        let tally = self.ledger.tally();
        self.say(&format!("the load has ended: {tally}"));
        let (reached, wanted) = (tally.acknowledged as f64 / ran.as_secs_f64(), load::expected(rate));
        let kept = Verdict::at_least("items a second", reached, wanted * KEPT);
        Ok((self.terminate().await?, kept))
    }

    /// Ends the agent, then whatever load there is, and sums up.
    pub(crate) async fn terminate(&mut self) -> Result<Ending> {
        let agent = self.agent.terminate(PATIENCE).await?;
        self.say(&format!("SIGTERM: the agent ended after {:.0} ms", agent.took.as_secs_f64() * 1e3));
        self.load.stop().await;
        self.arrived(Duration::from_secs(1)).await;
        let key_in_log = self.agent.log().leaked();
        Ok(Ending { agent, tally: self.ledger.tally(), key_in_log })
    }

    /// Waits until nothing acknowledged is missing, for so long at most.
    async fn arrived(&self, patience: Duration) {
        let begin = Instant::now();
        while self.ledger.tally().lost > 0 && begin.elapsed() < patience {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// One verdict for each of these incidents, none of which may have been met.
    pub(crate) fn met_none(&self, incidents: &[Incident]) -> Vec<Verdict> {
        let journal = self.load.journal();
        let verdict = |incident: &Incident| {
            Verdict::none(incident.text(), journal.count(*incident), journal.first_words(*incident))
        };
        incidents.iter().map(verdict).collect()
    }
}

/// The verdicts of a ledger; `of` says whose items they are.
pub(crate) fn balanced(tally: &Tally, of: &str) -> [Verdict; 3] {
    let words = |name: Option<crate::item::Name>| name.map(|name| format!("first {name}"));
    [
        Verdict::none(&format!("{of} lost"), tally.lost, words(tally.first_lost)),
        Verdict::none(&format!("{of} repeated"), tally.repeated, words(tally.first_repeated)),
        Verdict::none(&format!("{of} altered"), tally.altered, None),
    ]
}

impl Ending {
    /// Whether the end was in good order.
    pub(crate) fn verdicts(&self, relaxed: bool) -> [Verdict; 3] {
        let Ended { took, status } = &self.agent;
        [
            Verdict::holds("SIGTERM ends the agent with 0", status.to_string(), status.success()),
            Verdict::at_most("time from SIGTERM to the end", took.as_secs_f64(), SHUTDOWN.as_secs_f64(), "s")
                .unless(relaxed),
            Verdict::holds(
                "the key is not in the log",
                if self.key_in_log { "it is" } else { "" },
                !self.key_in_log,
            ),
        ]
    }
}
