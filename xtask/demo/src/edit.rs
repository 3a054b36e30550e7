//! Two edits of the ConfigMap while everything runs: one that takes effect, and one that is refused.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::agent::Agent;
use crate::cluster::Cluster;
use crate::probe;

/// What the good edit adds to every resource.
pub(crate) const ATTRIBUTE: &str = "demo.edited";

const PATIENCE: Duration = Duration::from_secs(10);

/// Puts a processor in front of every batch; what happened, in words.
pub(crate) async fn good(agent: &Agent, cluster: &Cluster) -> Result<String> {
    let since = agent.log_len();
    let added = format!(
        "resource/demo:\n    attributes: [{{key: {ATTRIBUTE}, value: live, action: upsert}}]\n\n  batch:"
    );
    let begin = Instant::now();
    cluster.edit(&[("batch:", added.as_str()), ("[batch]", "[resource/demo, batch]")])?;
    agent.says("configuration reloaded", since, PATIENCE).await?;
    let took = begin.elapsed().as_secs_f64() * 1e3;
    Ok(format!("an edit of the ConfigMap added a `resource` processor: active after {took:.0} ms"))
}

/// Misspells a key; what happened, in words.
pub(crate) async fn bad(agent: &Agent, cluster: &Cluster) -> Result<String> {
    let since = agent.log_len();
    cluster.edit(&[("send_batch_size", "send_bach_size")])?;
    let line = agent.says("the last one keeps running", since, PATIENCE).await?;
    ensure!(line.contains("did you mean `send_batch_size`?"), "the refusal does not name the key: {line}");
    let ready = probe::status(agent.health(), "/ready").await?;
    ensure!(ready == 200, "/ready answered {ready} though the last good configuration runs");
    Ok("an edit with a misspelt key was refused, and the last good configuration goes on".to_owned())
}
