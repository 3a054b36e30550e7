//! What is done to the API server and the agent, and what has to come of it.

mod access;
mod agent;
mod events;
mod follow;
mod watch;

use std::path::Path;

use anyhow::Result;

use crate::check::Checks;
use crate::cluster::Cluster;
use crate::json::text;

/// The key that a Deployment reads.
const KEY: &str = "agent-deployment.yaml";

/// Runs all scenarios; each leaves the ConfigMap behind with the documented text under [`KEY`].
pub(crate) async fn all(cluster: &Cluster, agent: &Path, checks: &mut Checks) -> Result<()> {
    access::run(cluster, checks).await?;
    watch::run(cluster, checks).await?;
    follow::run(cluster, checks).await?;
    events::run(cluster, checks).await?;
    agent::run(cluster, agent, checks).await
}

/// The documented text under [`KEY`].
fn documented(cluster: &Cluster) -> String {
    text(&cluster.config_map, &format!("/data/{KEY}")).to_owned()
}
