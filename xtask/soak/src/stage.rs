//! What every scenario stands on: API server, backend, agent, ledger and load, and how a run ends.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::account::Account;
use crate::agent::resources::Resources;
use crate::agent::{Agent, Ended};
use crate::backend::Backend;
use crate::cluster::Cluster;
use crate::ledger::{Ledger, Tally};
use crate::load::journal::Incident;
use crate::load::{self, GENERATORS, GUESTS, Load, Targets};
use crate::options::Options;
use crate::ports;
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
/// Looks in a row without a change after which nothing of a killed agent is on its way.
const QUIET: u32 = 3;

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
    launch: Launch,
    begin: Instant,
    /// An agent before this one had the key in its log, or panicked.
    before: (bool, bool),
}

/// How the agent is started.
struct Launch {
    program: PathBuf,
    /// What is called with the program as its last argument, where that is wanted.
    wrapper: Vec<String>,
    environment: Vec<(&'static str, String)>,
    metrics: SocketAddr,
    log: Option<PathBuf>,
}

impl Launch {
    fn agent(&self) -> Result<Agent> {
        let mut command = match self.wrapper.split_first() {
            None => Command::new(&self.program),
            Some((wrapper, arguments)) => {
                let mut command = Command::new(wrapper);
                command.args(arguments).arg(&self.program);
                command
            }
        };
        command.current_dir("/");
        Agent::start(command, &self.environment, self.log.as_deref())
    }
}

/// How a run ended.
pub(crate) struct Ending {
    agent: Ended,
    /// The sums of the ledger.
    pub(crate) tally: Tally,
    /// The sums of the agent's own metrics before the end, where they were looked at.
    pub(crate) account: Option<Account>,
    key_in_log: bool,
    panicked: bool,
}

impl Stage {
    /// Starts everything; the load begins once the agent is ready.
    pub(crate) async fn set(options: &Options, configuration: &str, targets: Targets) -> Result<Self> {
        Self::set_with(options, configuration, targets, Vec::new()).await
    }

    /// The same, with an agent that a `wrapper` becomes: a program and arguments, after which the agent is named.
    pub(crate) async fn set_with(
        options: &Options,
        configuration: &str,
        targets: Targets,
        wrapper: Vec<String>,
    ) -> Result<Self> {
        let begin = Instant::now();
        let ledger = Arc::new(Ledger::new(GENERATORS + GUESTS));
        let cluster = Cluster::start(configuration).await?;
        let backend = Backend::start(Arc::clone(&ledger)).await?;
        let metrics = ports::free()?;
        let mut environment = cluster.environment().to_vec();
        environment.push(("KM_COLLECTOR_ENDPOINT", backend.url()));
        environment.push(("SOAK_METRICS_PORT", metrics.port().to_string()));
        let program = options.agent.canonicalize().context("the agent")?;
        let log = options.log.as_ref().map(std::path::absolute).transpose()?;
        let launch = Launch { program, wrapper, environment, metrics, log };
        let agent = launch.agent()?;
        agent.ready(PATIENCE).await?;
        let load = Load::start(options.rate, targets, &ledger)?;
        let before = (false, false);
        let stage = Self { cluster, backend, agent, ledger, load, launch, begin, before };
        stage.say(&format!(
            "the agent is ready, the load begins; API server at {}, backend at {}",
            stage.cluster.address(),
            stage.backend.address()
        ));
        Ok(stage)
    }

    /// Kills the agent, whatever it is doing; the sums once nothing of it is on its way any more.
    pub(crate) async fn kill(&mut self) -> Result<Tally> {
        let at = self.agent.kill()?;
        let log = self.agent.log();
        self.before = (self.before.0 | log.leaked(), self.before.1 | log.panicked());
        let mut tally = self.ledger.tally();
        let mut quiet = 0;
        while quiet < QUIET && at.elapsed() < PATIENCE {
            tokio::time::sleep(LOOK).await;
            let now = self.ledger.tally();
            quiet = if now == tally { quiet + 1 } else { 0 };
            tally = now;
        }
        self.ledger.killed(at, Instant::now());
        Ok(tally)
    }

    /// Starts an agent in the place of one that was killed, and says when.
    pub(crate) fn spawn(&mut self) -> Result<Instant> {
        let begin = Instant::now();
        self.agent = self.launch.agent()?;
        Ok(begin)
    }

    /// Waits until an agent that was started at a moment is ready; how long that took.
    pub(crate) async fn ready(&self, begin: Instant) -> Result<Duration> {
        self.agent.ready(PATIENCE).await?;
        Ok(begin.elapsed())
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
        let mut account = Account::settled(self.launch.metrics).await?;
        if self.load.journal().count(Incident::Broken) == 0 {
            account.acknowledged = Some(tally.acknowledged);
        }
        self.say(&format!("by its own metrics: {account}"));
        let mut ending = self.terminate().await?;
        ending.account = Some(account);
        Ok((ending, kept))
    }

    /// Ends the agent, then whatever load there is, and sums up.
    pub(crate) async fn terminate(&mut self) -> Result<Ending> {
        let agent = self.agent.terminate(PATIENCE).await?;
        self.say(&format!("SIGTERM: the agent ended after {:.0} ms", agent.took.as_secs_f64() * 1e3));
        self.load.stop().await;
        self.arrived(Duration::from_secs(1)).await;
        let log = self.agent.log();
        let (key_in_log, panicked) = (self.before.0 | log.leaked(), self.before.1 | log.panicked());
        Ok(Ending { agent, tally: self.ledger.tally(), account: None, key_in_log, panicked })
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
    /// Whether the end was in good order, and the agent's own metrics balance.
    pub(crate) fn verdicts(&self, relaxed: bool) -> Vec<Verdict> {
        let Ended { took, status } = &self.agent;
        let mut verdicts = self.account.as_ref().map(Account::verdicts).unwrap_or_default();
        verdicts.extend([
            Verdict::holds("nothing panicked", if self.panicked { "it did" } else { "" }, !self.panicked),
            Verdict::holds("SIGTERM ends the agent with 0", status.to_string(), status.success()),
            Verdict::at_most("time from SIGTERM to the end", took.as_secs_f64(), SHUTDOWN.as_secs_f64(), "s")
                .unless(relaxed),
            Verdict::holds(
                "the key is not in the log",
                if self.key_in_log { "it is" } else { "" },
                !self.key_in_log,
            ),
        ]);
        verdicts
    }
}
