//! What can happen to the agent, one module each.
//!
//! A scenario sets the stage, makes trouble, lets the agent end, and says what it found. The verdicts that every
//! scenario shares are made by the stage.

mod bombs;
mod disk;
mod durable;
mod hostile;
mod kill;
mod outage;
mod overload;
mod plain;
mod reload;
mod shutdown;
mod statuses;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::options::{Options, USAGE};
use crate::verdict::Verdict;

/// What a run found.
pub(crate) struct Findings {
    /// One for each promise.
    pub(crate) verdicts: Vec<Verdict>,
    /// Figures of the scenario, for the file.
    pub(crate) figures: Value,
}

/// Runs the scenario that was asked for.
pub(crate) async fn run(options: &Options) -> Result<Findings> {
    match options.scenario.as_str() {
        "bombs" => bombs::run(options).await,
        "disk" => disk::run(options).await,
        "hostile" => hostile::run(options).await,
        "kill" => kill::run(options).await,
        "outage" => outage::run(options).await,
        "overload" => overload::run(options).await,
        "reload" => reload::run(options).await,
        "shutdown" => shutdown::run(options).await,
        "statuses" => statuses::run(options).await,
        other => bail!("there is no scenario `{other}`\n\n{USAGE}"),
    }
}
