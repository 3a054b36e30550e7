//! What the agent reports of its configuration, and what readiness makes of it.

use super::Fixture;
use crate::{ConfigState, ConfigVersion, Health, Reloads, SwapReport};

fn version(hash: &str) -> ConfigVersion {
    ConfigVersion { hash: hash.to_owned(), origin: "file /etc/kmagent/agent-deployment.yaml".to_owned() }
}

#[tokio::test]
async fn ready_shows_a_refusal_while_an_older_configuration_runs() {
    let fixture = Fixture::new();
    let config = ConfigState::new(&fixture.health);
    config.applied(version("a"), SwapReport::default());
    config.refused(Some(version("b")), "receivers::otlp: unknown key \"grpcc\"");
    let ready = fixture.get("/ready").await;
    let body = r#"{"status":"ready","refused":"receivers::otlp: unknown key \"grpcc\""}"#;
    assert_eq!((ready.status, ready.body.as_str()), (200, body));
    config.applied(version("c"), SwapReport::default());
    let ready = fixture.get("/ready").await;
    assert_eq!((ready.status, ready.body.as_str()), (200, r#"{"status":"ready"}"#));
    fixture.end().await;
}

#[tokio::test]
async fn a_refusal_before_anything_runs_is_why_the_agent_is_not_ready() {
    let fixture = Fixture::new();
    let config = ConfigState::new(&fixture.health);
    config.refused(None, "the ConfigMap is not there");
    let ready = fixture.get("/ready").await;
    let body = r#"{"status":"not ready","reason":"the ConfigMap is not there"}"#;
    assert_eq!((ready.status, ready.body.as_str()), (503, body));
    config.applied(version("a"), SwapReport::default());
    assert_eq!(fixture.get("/ready").await.body, r#"{"status":"ready"}"#);
    fixture.end().await;
}

#[test]
fn the_view_says_what_runs_and_what_was_refused_last() {
    let config = ConfigState::new(&Health::new());
    assert_eq!(config.view(), crate::ConfigView::default());
    let swap = SwapReport { started: vec!["\"otlp\" receiver".to_owned()], ..SwapReport::default() };
    config.applied(version("a"), swap.clone());
    config.refused(Some(version("b")), "no");
    config.refused(None, "cannot be read");
    config.set_draining(2);
    let view = config.clone().view();
    assert_eq!(view.running.unwrap().version, version("a"));
    assert_eq!(view.reloads, Reloads { applied: 1, refused: 2 });
    let refusal = view.last_refusal.unwrap();
    assert_eq!((refusal.version, refusal.reason.as_str()), (None, "cannot be read"));
    assert_eq!((view.last_swap, view.draining), (Some(swap), 2));
    config.applied(version("c"), SwapReport::default());
    let view = config.view();
    assert!(
        view.running.unwrap().applied_at >= view.last_refusal.unwrap().at,
        "the refusal stays, with its time"
    );
    assert_eq!(view.last_swap, Some(SwapReport::default()));
}

#[test]
fn reasons_are_bounded_and_without_secrets() {
    agent_telemetry::register_secret("config-s3cret");
    let config = ConfigState::new(&Health::new());
    config.refused(None, format!("bad key config-s3cret {}", "é".repeat(10_000)));
    let reason = config.view().last_refusal.unwrap().reason;
    assert!(reason.starts_with("bad key [REDACTED] é") && reason.ends_with("é…"));
    assert!((4090..=4096).contains(&reason.len()), "{}", reason.len());
}
