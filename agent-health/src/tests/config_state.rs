//! What the agent reports of its configuration, and what readiness makes of it.

use super::Fixture;
use crate::{ConfigState, ConfigVersion, FailingComponent, Health, Reloads, SwapReport};

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

#[tokio::test]
async fn a_failing_component_is_named_and_a_lost_one_ends_liveness() {
    let fixture = Fixture::new();
    let config = ConfigState::new(&fixture.health);
    config.applied(version("a"), SwapReport::default());
    let failing = FailingComponent {
        component: "\"otlp\" receiver".to_owned(),
        reason: "it panicked".to_owned(),
        restarts: 2,
        failing_for_seconds: 7,
        down: true,
        lost: false,
    };
    config.set_failing(vec![failing.clone()]);
    let ready = fixture.get("/ready").await;
    let body =
        r#"{"status":"ready","failing":["\"otlp\" receiver does not run, 2 restarts in 7 s: it panicked"]}"#;
    assert_eq!((ready.status, ready.body.as_str()), (200, body));
    assert_eq!(fixture.get("/health").await.status, 200);
    config.set_failing(vec![FailingComponent { lost: true, ..failing.clone() }]);
    let health = fixture.get("/health").await;
    assert_eq!(health.status, 503);
    assert!(health.body.contains("\\\"otlp\\\" receiver does not run"), "{}", health.body);
    assert!(config.view().failing[0].lost);
    config.set_failing(Vec::new());
    assert_eq!(fixture.get("/health").await.status, 200);
    assert_eq!(fixture.get("/ready").await.body, r#"{"status":"ready"}"#);
    fixture.end().await;
}
