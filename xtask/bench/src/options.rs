//! The command line of the benchmark.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// Printed for `--help`.
pub(crate) const USAGE: &str = "\
usage: cargo xtask bench [options]

Measures the release binary as a process over loopback, in pairs with a floor (the least that a relay can do) and next
to a relay made of the usual crates, and compares with the targets.

  --quick             fewer and shorter runs, about a minute and a half
  --references        only floor and relay, without the agent
  --signal S          only traces, logs or metrics
  --rounds N          pairs of runs for each row
  --seconds S         length of a measurement
  --soak 10m          instead of the table: load for so long and watch memory (units s, m, h)
  --only languages    instead of the table: the model, statements and chains of processors, within one process
  --instructions      with `--only languages`: count instructions (by valgrind) instead of time
  --row TEXT          with `--only languages`: only rows whose name contains TEXT
  --json FILE         also write all samples to FILE
  --agent PATH        program to measure instead of the workspace's release binary";

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Short runs.
    pub(crate) quick: bool,
    /// Without the agent.
    pub(crate) references: bool,
    /// One signal by name.
    pub(crate) signal: Option<String>,
    /// Pairs for each row.
    pub(crate) rounds: Option<usize>,
    /// Length of a measurement.
    pub(crate) length: Option<Duration>,
    /// Length of a soak.
    pub(crate) soak: Option<Duration>,
    /// What is measured within one process, instead of the table.
    pub(crate) languages: bool,
    /// Count instructions there.
    pub(crate) instructions: bool,
    /// Only rows there whose name contains this.
    pub(crate) row: Option<String>,
    /// Where samples go.
    pub(crate) json: Option<PathBuf>,
    /// The agent.
    pub(crate) agent: Option<PathBuf>,
}

impl Options {
    /// Reads arguments.
    pub(crate) fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value\n\n{USAGE}"));
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--references" => options.references = true,
                "--signal" => options.signal = Some(value()?.clone()),
                "--rounds" => options.rounds = Some(value()?.parse().context("--rounds")?),
                "--seconds" => options.length = Some(Duration::try_from_secs_f64(value()?.parse()?)?),
                "--soak" => options.soak = Some(duration(value()?)?),
                "--only" => match value()?.as_str() {
                    "languages" => options.languages = true,
                    other => bail!("`--only {other}`: there is `--only languages`"),
                },
                "--instructions" => options.instructions = true,
                "--row" => options.row = Some(value()?.clone()),
                "--json" => options.json = Some(value()?.into()),
                "--agent" => options.agent = Some(value()?.into()),
                other => bail!("unknown option `{other}`\n\n{USAGE}"),
            }
        }
        Ok(options)
    }
}

/// `90s`, `10m` or `2h`.
fn duration(text: &str) -> Result<Duration> {
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        _ => bail!("`{text}` has no unit: s, m or h"),
    };
    let number: u64 = text.trim_end_matches(['s', 'm', 'h']).parse().with_context(|| format!("`{text}`"))?;
    Ok(Duration::from_secs(number * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_mistakes_named() {
        let parse =
            |args: &[&str]| Options::parse(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>());
        let options = parse(&["--quick", "--soak", "10m", "--rounds", "3", "--seconds", "1.5"]).unwrap();
        assert_eq!((options.quick, options.rounds), (true, Some(3)));
        assert_eq!(options.soak, Some(Duration::from_mins(10)));
        assert_eq!(options.length, Some(Duration::from_millis(1500)));
        assert!(parse(&["--soak", "10"]).unwrap_err().to_string().contains("no unit"));
        assert!(parse(&["--nope"]).unwrap_err().to_string().contains("unknown option `--nope`"));
        let languages = parse(&["--only", "languages", "--row", "scan"]).unwrap();
        assert_eq!((languages.languages, languages.row.as_deref()), (true, Some("scan")));
        assert!(parse(&["--only", "all"]).is_err());
        assert!(parse(&["--json"]).unwrap_err().to_string().contains("needs a value"));
    }
}
