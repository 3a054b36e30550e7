//! How a watch speaks: its lines, where it begins, how it ends, and what it says when history is gone.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::access::selector;
use super::{KEY, documented};
use crate::account::Lines;
use crate::check::Checks;
use crate::cluster::Cluster;
use crate::json::{at, text};

pub(super) async fn run(cluster: &Cluster, checks: &mut Checks) -> Result<()> {
    let before = cluster.admin.ask("GET", &cluster.one()).await?.body;
    let version = text(&before, "/metadata/resourceVersion").to_owned();
    let path = |version: &str, seconds: u32| {
        format!(
            "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={version}&{}",
            cluster.config_maps(),
            selector(cluster)
        )
    };
    let mut lines = cluster.agent.watch(&path(&version, 60)).await?;
    checks.same("a watch is JSON", lines.content_type.as_str(), "application/json");
    cluster.edit(KEY, "edited").await?;
    cluster.edit("another", "x").await?;
    let first = event(&mut lines).await?;
    checks.same("an edit is MODIFIED, with the whole object", kind_and_text(&first), ("MODIFIED", "edited"));
    let identity = text(&first, "/object/metadata/uid") == text(&before, "/metadata/uid");
    checks.that("and it is the same object", identity, &first);
    let second = event(&mut lines).await?;
    let versions =
        [at(&before, "/metadata"), at(&first, "/object/metadata"), at(&second, "/object/metadata")];
    let versions =
        versions.map(|metadata| text(metadata, "/resourceVersion").parse::<u64>().unwrap_or_default());
    checks.that("versions are numbers that grow", versions.is_sorted_by(|a, b| a < b && *a > 0), versions);
    cluster.delete().await?;
    let deleted = event(&mut lines).await?;
    checks.same(
        "a deletion is DELETED, with the last object",
        kind_and_text(&deleted),
        ("DELETED", "edited"),
    );
    let end = text(&deleted, "/object/metadata/resourceVersion").parse::<u64>().unwrap_or_default();
    checks.that("at the version of the deletion", versions.last().is_some_and(|last| end > *last), end);
    cluster.create(KEY, &documented(cluster)).await?;
    let created = event(&mut lines).await?;
    checks.same("a creation is ADDED", text(&created, "/type"), "ADDED");
    let other = text(&created, "/object/metadata/uid") != text(&before, "/metadata/uid");
    checks.that("and it is another object", other, &created);

    let mut lines = cluster.agent.watch(&path(&end.to_string(), 1)).await?;
    let resumed = event(&mut lines).await?;
    checks.same(
        "a watch resumes after a version",
        (at(&resumed, "/type"), at(&resumed, "/object")),
        (at(&created, "/type"), at(&created, "/object")),
    );
    let mut rest = Vec::new();
    while let Some(line) = lines.next().await? {
        rest.push(text(&line, "/type").to_owned());
    }
    checks.that(
        "it ends in order after its timeout, perhaps with a bookmark",
        rest.iter().all(|kind| kind == "BOOKMARK"),
        rest,
    );

    cluster.forget();
    let mut lines = cluster.agent.watch(&path("1", 5)).await?;
    let gone = event(&mut lines).await?;
    let found =
        (lines.code, text(&gone, "/type"), at(&gone, "/object/code").as_u64(), text(&gone, "/object/reason"));
    checks.same(
        "a version that is gone is an ERROR event with a Status",
        found,
        (200, "ERROR", Some(410), "Expired"),
    );
    checks.same("after which the watch ends", lines.next().await?.is_none(), true);
    Ok(())
}

async fn event(lines: &mut Lines) -> Result<Value> {
    loop {
        let event = lines.next().await?.context("the watch ended")?;
        if text(&event, "/type") != "BOOKMARK" {
            return Ok(event);
        }
    }
}

fn kind_and_text(event: &Value) -> (&str, &str) {
    (text(event, "/type"), text(event, &format!("/object/data/{KEY}")))
}
