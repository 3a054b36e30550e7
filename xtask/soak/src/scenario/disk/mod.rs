//! `disk`: the disk under the queues is full, read-only or failing, and then what is on it is damaged.
//!
//! While the disk is bad the agent lives, refuses in a way that may pass, says so, and sends what it has; when the disk is
//! well again it goes on by itself. Nothing acknowledged is lost, but for records of which a byte was changed: exactly those.

mod bad;
mod damage;
mod place;
mod segment;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::Findings;
use crate::options::Options;
use bad::Kind;

/// A fifth of it is what the agent goes on listening for at its end.
const SHUTDOWN: &str = "1s";
const SHORT_RATE: u64 = 4000;
const SHORT_COPIES: usize = 3;

/// Runs the scenario.
pub(super) async fn run(options: &Options) -> Result<Findings> {
    let (rate, copies) = if options.short {
        (options.rate.min(SHORT_RATE), options.copies.min(SHORT_COPIES))
    } else {
        (options.rate, options.copies)
    };
    let options = Options { copies, rate, ..options.clone() };
    let mut all = Findings { verdicts: Vec::new(), figures: json!({}) };
    for kind in Kind::ALL {
        println!("{kind}");
        if let Some(reason) = bad::cannot(kind) {
            println!("          LEFT OUT: {reason}");
            continue;
        }
        let verdicts = bad::endure(&options, kind).await.with_context(|| kind.to_string())?;
        all.verdicts.extend(verdicts.into_iter().map(|verdict| verdict.of(&kind.to_string())));
    }
    println!("damage");
    let damage = damage::run(&options).await.context("damage")?;
    all.verdicts.extend(damage.into_iter().map(|verdict| verdict.of("damage")));
    Ok(all)
}
