//! The agent itself: it runs the documented ConfigMap, follows good edits, and refuses bad ones without harm.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::events::found;
use super::{KEY, documented};
use crate::agent::{Agent, POD, POD_UID};
use crate::check::Checks;
use crate::cluster::Cluster;
use crate::json::text;

pub(super) async fn run(cluster: &Cluster, program: &Path, checks: &mut Checks) -> Result<()> {
    let documented = documented(cluster);
    // As documented but for the ports, which may be taken on the machine of a developer.
    let runnable = documented.replace("0.0.0.0:4317", "127.0.0.1:0").replace("0.0.0.0:4318", "127.0.0.1:0");
    checks.that("the documented text has its ports", runnable != documented, &documented);
    cluster.edit(KEY, &runnable).await?;
    let mut agent = Agent::start(program, &cluster.agent.kubeconfig, cluster.namespace(), cluster.name())?;
    let outcome = edits(cluster, &mut agent, &runnable, checks).await;
    let outcome = outcome.with_context(|| format!("the agent's last words:\n{}", agent.last_words()));
    let orderly = agent.stop().await?;
    outcome?;
    checks.that("the agent ends in order", orderly, ());
    cluster.edit(KEY, &documented).await
}

async fn edits(cluster: &Cluster, agent: &mut Agent, runnable: &str, checks: &mut Checks) -> Result<()> {
    agent.ready().await?;
    checks.that("the agent runs the documented configuration", true, ());

    let mark = agent.mark();
    cluster.edit(KEY, &runnable.replace("timeout: 10s", "timeout: 5s")).await?;
    agent.says("configuration reloaded", mark).await?;
    checks.that("an edit is applied", agent.is_ready().await, ());

    let mark = agent.mark();
    cluster.edit(KEY, &runnable.replace("send_batch_size", "send_batch_seize")).await?;
    let line = agent.says("is refused and the last one keeps running", mark).await?;
    checks.that("an invalid edit is refused, with its path", line.contains("send_batch_seize"), line);
    checks.that("and the agent stays ready", agent.is_ready().await, ());

    let mark = agent.mark();
    cluster.delete().await?;
    let line = agent.says("could not be read and the last one keeps running", mark).await?;
    checks.that("a deletion is told", line.contains("does not exist"), line);
    checks.that("and the agent stays ready", agent.is_ready().await, ());

    let mark = agent.mark();
    cluster.create(KEY, &runnable.replace("timeout: 10s", "timeout: 1s")).await?;
    agent.says("configuration reloaded", mark).await?;
    checks.that("what is created again is applied", agent.is_ready().await, ());

    let has = |events: &[serde_json::Value], reason: &str| {
        events.iter().any(|event| text(event, "/reason") == reason)
    };
    let both = |events: &[serde_json::Value]| has(events, "ConfigApplied") && has(events, "ConfigRejected");
    found(cluster, "Pod", POD, POD_UID, both).await?;
    checks.that("the agent's Pod has Events of both kinds", true, ());
    let object = cluster.admin.ask("GET", &cluster.one()).await?.body;
    found(cluster, "ConfigMap", cluster.name(), text(&object, "/metadata/uid"), |events| {
        has(events, "ConfigApplied")
    })
    .await?;
    checks.that("the new ConfigMap has an Event that it runs", true, ());
    Ok(())
}
