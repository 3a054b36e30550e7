//! Events are taken by the API server, counted, and found as `kubectl describe` looks for them.

use std::time::{Duration, Instant};

use agent_k8s::{ConfigMapSource, Event, Events, EventsIdentity};
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::KEY;
use crate::check::Checks;
use crate::cluster::Cluster;
use crate::json::{at, items, text};

const POD: &str = "kubeagent-of-events";
const POD_UID: &str = "6b1f3f3e-3a0c-4a51-9d0c-2f8f9c4a7e01";
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn run(cluster: &Cluster, checks: &mut Checks) -> Result<()> {
    written(cluster, checks).await?;
    refused(cluster, checks).await
}

async fn written(cluster: &Cluster, checks: &mut Checks) -> Result<()> {
    let connection = cluster.agent.connection.clone();
    let config_map = ConfigMapSource::new(connection.clone(), cluster.namespace(), cluster.name(), KEY);
    config_map.read().await.context("read the ConfigMap")?;
    let uid = config_map.uid().context("the ConfigMap has no uid")?;
    let identity =
        EventsIdentity { pod: Some(POD.to_owned()), pod_uid: Some(POD_UID.to_owned()), config_map };
    let events = Events::new(connection, identity);
    let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
    let (running, token) = (events.clone(), cancel.clone());
    tasks.spawn(async move { running.run(token).await });
    tasks.close();

    let long = format!("a long one: {}", "é".repeat(2000));
    events.publish(Event::rejected(&long));
    found(cluster, "Pod", POD, POD_UID, |events| events.len() == 1).await?;
    events.publish(Event::rejected(&long));
    let is_counted = |events: &[Value]| events.first().is_some_and(|event| at(event, "/count") == 2);
    let of_pod = found(cluster, "Pod", POD, POD_UID, is_counted).await?;
    checks.same("a repeated Event is counted, not written twice", of_pod.len(), 1);
    let event = of_pod.first().cloned().unwrap_or_default();
    checks.same(
        "it is a warning",
        (text(&event, "/type"), text(&event, "/reason")),
        ("Warning", "ConfigRejected"),
    );
    let message = text(&event, "/message");
    checks.that(
        "its message is cut to what the API takes",
        message.len() <= 1024 && message.ends_with('…'),
        message,
    );
    events.publish(Event::applied("it runs"));
    let of_map = found(cluster, "ConfigMap", cluster.name(), &uid, |events| events.len() == 2).await?;
    let reasons: Vec<&str> = of_map.iter().map(|event| text(event, "/reason")).collect();
    let both = reasons.contains(&"ConfigRejected") && reasons.contains(&"ConfigApplied");
    checks.that("the ConfigMap has both Events", both, reasons);
    cancel.cancel();
    tokio::time::timeout(PATIENCE, tasks.wait()).await.context("the writer of Events did not end")?;
    Ok(())
}

/// What the server demands of an Event.
async fn refused(cluster: &Cluster, checks: &mut Checks) -> Result<()> {
    let event = |namespace: &str| {
        json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"generateName": "e2e-"}, "type": "Normal", "reason": "R",
            "involvedObject": {"kind": "Pod", "name": POD, "namespace": namespace},
        })
    };
    let post = async |path: &str, event: &Value| {
        cluster.agent.send("POST", path, "application/json", Some(event)).await
    };
    let elsewhere = post(&cluster.events(), &event("default")).await?;
    let found = (elsewhere.code, text(&elsewhere.body, "/reason"));
    checks.same("an Event about another namespace is invalid", found, (422, "Invalid"));
    let other = post("/api/v1/namespaces/default/events", &event("default")).await?;
    checks.same("an Event in another namespace is forbidden", other.code, 403);
    let mut odd = event(cluster.namespace());
    if let Some(fields) = odd.as_object_mut() {
        fields.insert("firstTimestamp".to_owned(), "yesterday".into());
    }
    checks.same("an Event with a bad time is refused", post(&cluster.events(), &odd).await?.code, 400);
    let newer = format!("/apis/events.k8s.io/v1/namespaces/{}/events", cluster.namespace());
    let untimed = json!({
        "metadata": {"name": "untimed"}, "type": "Normal", "reason": "R", "action": "A", "note": "n",
        "reportingController": "kubeagent", "reportingInstance": POD,
        "regarding": {"kind": "Pod", "name": POD, "namespace": cluster.namespace()},
    });
    checks.same("the newer API demands a time", post(&newer, &untimed).await?.code, 422);
    Ok(())
}

/// Waits until there are such Events, selected as `kubectl describe` selects them.
pub(super) async fn found(
    cluster: &Cluster,
    kind: &str,
    name: &str,
    uid: &str,
    enough: impl Fn(&[Value]) -> bool,
) -> Result<Vec<Value>> {
    let terms = [("kind", kind), ("name", name), ("namespace", cluster.namespace()), ("uid", uid)];
    let selector = terms.map(|(field, value)| format!("involvedObject.{field}%3D{value}")).join("%2C");
    let path = format!("{}?fieldSelector={selector}", cluster.events());
    let begin = Instant::now();
    loop {
        let list = cluster.admin.ask("GET", &path).await?.body;
        if enough(items(&list)) {
            return Ok(items(&list).to_vec());
        }
        if begin.elapsed() > PATIENCE {
            bail!("the Events of {kind} {name} are not as they should be: {list}");
        }
        sleep(Duration::from_millis(20)).await;
    }
}
