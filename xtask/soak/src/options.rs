//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// Printed for `--help`.
pub(crate) const USAGE: &str = "\
usage: cargo xtask soak <scenario> [options]

Runs the agent in Kubernetes mode under load while something happens to it, keeps a ledger of every item, and says
which promises held.

  reload              edits the ConfigMap again and again, with changes of every kind, bad ones among them
  outage              takes the backend away for a while, then lets it be slow, then well again
  shutdown            SIGTERM under load: the backend is well, slow, and does not answer at all
  bombs               bodies that want to become a gibibyte, many at once, in every format
  hostile             clients that want to hurt, in a dozen ways
  overload            three times of what gets through, with little memory, to a backend that is slow or away
  kill                kill -9 under load again and again, with queues on disk that the next process finds
  disk                the disk is full, read-only or failing, and what is on it damaged
  statuses            the backend answers with every gRPC code and HTTP status, with and without a delay

  --short             a run of seconds, for CI
  --edits N           edits of reload (100)
  --only KIND         edits of reload of one kind alone, by its name
  --seconds N         length of outage (20)
  --kills N           kills of kill (20)
  --fsync             kill with `file_storage::fsync: true`
  --copies N          damaged copies of disk (40)
  --rate N            items a second (20000)
  --seed S            repeats the run that printed this seed
  --pause MS          steady time between edits of reload (500)
  --relaxed           shows times and memory without judging them; set for the dev profile
  --json FILE         writes the figures to FILE
  --log FILE          writes what the agent prints to FILE
  --profile P         release (default) or dev
  --agent PATH        program to run instead of the workspace's";

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// What is to happen.
    pub(crate) scenario: String,
    /// The agent.
    pub(crate) agent: PathBuf,
    /// Edits.
    pub(crate) edits: usize,
    /// The only kind of edits.
    pub(crate) only: Option<String>,
    /// How long the backend is away.
    pub(crate) outage: Duration,
    /// A run of seconds.
    pub(crate) short: bool,
    /// Kills.
    pub(crate) kills: usize,
    /// What is acknowledged has to survive the loss of power too.
    pub(crate) fsync: bool,
    /// Copies of a queue that are damaged.
    pub(crate) copies: usize,
    /// Items a second.
    pub(crate) rate: u64,
    /// What the order of things is drawn from.
    pub(crate) seed: u64,
    /// Steady time between edits.
    pub(crate) pause: Duration,
    /// Times and memory are not judged.
    pub(crate) relaxed: bool,
    /// Where figures go.
    pub(crate) json: Option<PathBuf>,
    /// Where the agent's log goes.
    pub(crate) log: Option<PathBuf>,
}

impl Options {
    /// Reads arguments.
    pub(crate) fn parse(args: &[String]) -> Result<Self> {
        let mut args = args.iter();
        let Some(scenario) = args.next().filter(|name| !name.starts_with('-')) else {
            bail!("which scenario?\n\n{USAGE}");
        };
        let mut agent = None;
        let mut options = Self {
            scenario: scenario.clone(),
            agent: PathBuf::new(),
            edits: 100,
            only: None,
            outage: Duration::from_secs(20),
            short: false,
            kills: 20,
            fsync: false,
            copies: 40,
            rate: 20_000,
            seed: fastrand::u64(..1_000_000),
            pause: Duration::from_millis(500),
            relaxed: false,
            json: None,
            log: None,
        };
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value\n\n{USAGE}"));
            match arg.as_str() {
                "--edits" => options.edits = value()?.parse().context("--edits")?,
                "--only" => options.only = Some(value()?.clone()),
                "--seconds" => options.outage = Duration::from_secs(value()?.parse().context("--seconds")?),
                "--short" => options.short = true,
                "--kills" => options.kills = value()?.parse().context("--kills")?,
                "--fsync" => options.fsync = true,
                "--copies" => options.copies = value()?.parse().context("--copies")?,
                "--rate" => options.rate = value()?.parse().context("--rate")?,
                "--seed" => options.seed = value()?.parse().context("--seed")?,
                "--pause" => options.pause = Duration::from_millis(value()?.parse().context("--pause")?),
                "--relaxed" => options.relaxed = true,
                "--json" => options.json = Some(value()?.into()),
                "--log" => options.log = Some(value()?.into()),
                "--agent" => agent = Some(value()?.into()),
                other => bail!("unknown option `{other}`\n\n{USAGE}"),
            }
        }
        options.agent =
            agent.context("--agent PATH is needed; `cargo xtask soak` builds it and says where it is")?;
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options> {
        Options::parse(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read_and_mistakes_named() {
        let options =
            parse(&["reload", "--agent", "a", "--edits", "7", "--seed", "9", "--pause", "20", "--relaxed"])
                .unwrap();
        assert_eq!((options.edits, options.seed, options.relaxed), (7, 9, true));
        assert_eq!((options.rate, options.pause), (20_000, Duration::from_millis(20)));
        for (args, expected) in [
            (vec!["--edits", "7"], "which scenario?"),
            (vec!["reload"], "--agent PATH is needed"),
            (vec!["reload", "--nope"], "unknown option `--nope`"),
            (vec!["reload", "--rate"], "--rate needs a value"),
        ] {
            let text = parse(&args).unwrap_err().to_string();
            assert!(text.contains(expected), "{text}");
        }
    }
}
