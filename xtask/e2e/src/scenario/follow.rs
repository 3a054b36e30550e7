//! The source follows the ConfigMap through its watch: the interval is an hour, so that nothing else can.

use std::time::Duration;

use agent_k8s::{Changes, ConfigMapSource, Source};
use anyhow::{Context as _, Result};
use tokio::time::timeout;

use super::{KEY, documented};
use crate::check::Checks;
use crate::cluster::Cluster;

const PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn run(cluster: &Cluster, checks: &mut Checks) -> Result<()> {
    let connection = cluster.agent.connection.clone();
    let source = ConfigMapSource::new(connection, cluster.namespace(), cluster.name(), KEY);
    let mut changes = Source::ConfigMap(source).changes(Duration::from_hours(1));
    let documented = documented(cluster);
    checks.same("the documented text is read", next(&mut changes).await?, documented.as_str());
    // The watch may still have to begin, and says then what happened since the read.
    cluster.edit(KEY, "one").await?;
    checks.same("an edit is followed", next(&mut changes).await?, "one");
    cluster.edit("notes", "x").await?;
    cluster.edit(KEY, "two").await?;
    checks.same("an edit of another key is not", next(&mut changes).await?, "two");
    cluster.delete().await?;
    let missing = format!("error: ConfigMap {}/{} does not exist", cluster.namespace(), cluster.name());
    checks.same("a deletion is told", next(&mut changes).await?, missing.as_str());
    cluster.create("notes", "x").await?;
    let error = next(&mut changes).await?;
    checks.that(
        "a missing key is told, with the keys that are there",
        error.ends_with("its keys are: notes"),
        error,
    );
    cluster.edit(KEY, &documented).await?;
    checks.same("the key that comes back is followed", next(&mut changes).await?, documented.as_str());
    Ok(())
}

async fn next(changes: &mut Changes) -> Result<String> {
    let news = timeout(PATIENCE, changes.next()).await.context("no news of the ConfigMap")?;
    Ok(match news {
        Ok(snapshot) => snapshot.text.to_string(),
        Err(error) => format!("error: {error}"),
    })
}
