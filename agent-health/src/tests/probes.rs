//! `/health`, `/ready`, `/` through the life of a process.

use std::time::Duration;

use super::{Fixture, exchange};
use crate::{Health, HealthServer};

#[tokio::test]
async fn before_a_configuration_it_is_alive_and_not_ready() {
    let fixture = Fixture::new();
    let health = fixture.get("/health").await;
    assert_eq!((health.status, health.body.as_str()), (200, r#"{"status":"alive"}"#));
    let ready = fixture.get("/ready").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["reason"], "no configuration is running yet");
    let root = fixture.get("/").await;
    assert_eq!(root.status, 503);
    let never = r#"{"status":"Server not available","upSince":"0001-01-01T00:00:00Z","uptime":""}"#;
    assert_eq!(root.body, never);
    root.json();
    fixture.end().await;
}

#[tokio::test]
async fn with_a_configuration_all_three_answer_200() {
    let fixture = Fixture::new();
    fixture.health.set_ready();
    assert_eq!(fixture.get("/health").await.status, 200);
    let ready = fixture.get("/ready?verbose").await;
    assert_eq!((ready.status, ready.body.as_str()), (200, r#"{"status":"ready"}"#));
    let root = fixture.get("/").await;
    assert_eq!(root.status, 200);
    assert!(root.body.starts_with(r#"{"status":"Server available","upSince":""#), "{}", root.body);
    let since: jiff::Timestamp = root.json()["upSince"].as_str().unwrap().parse().unwrap();
    assert!(since <= jiff::Timestamp::now());
    let uptime: agent_config::GoDuration = root.json()["uptime"].as_str().unwrap().parse().unwrap();
    assert!(Duration::from(uptime) < Duration::from_mins(1));
    fixture.end().await;
}

#[tokio::test]
async fn up_since_stays_over_reloads_and_starts_anew_after_an_interruption() {
    let fixture = Fixture::new();
    fixture.health.set_ready();
    let first = fixture.get("/").await.json()["upSince"].clone();
    fixture.health.set_ready();
    assert_eq!(fixture.get("/").await.json()["upSince"], first);
    fixture.health.set_not_ready("the exporter could not be started");
    fixture.health.set_ready();
    assert_ne!(fixture.get("/").await.json()["upSince"], first);
    fixture.end().await;
}

#[tokio::test]
async fn a_refused_configuration_shows_and_costs_no_readiness() {
    let fixture = Fixture::new();
    fixture.health.set_ready();
    fixture.health.set_refused("receivers::otlp: unknown key \"grpcc\"");
    let ready = fixture.get("/ready").await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json()["refused"], "receivers::otlp: unknown key \"grpcc\"");
    fixture.health.set_ready();
    assert_eq!(fixture.get("/ready").await.body, r#"{"status":"ready"}"#);
    fixture.end().await;
}

#[tokio::test]
async fn a_first_configuration_that_is_bad_is_the_reason() {
    let fixture = Fixture::new();
    fixture.health.set_not_ready("agent could not be started with current config: no pipelines");
    let ready = fixture.get("/ready").await;
    let body =
        r#"{"status":"not ready","reason":"agent could not be started with current config: no pipelines"}"#;
    assert_eq!((ready.status, ready.body.as_str()), (503, body));
    assert!(!fixture.health.is_ready());
    fixture.end().await;
}

#[tokio::test]
async fn shutting_down_is_final_and_still_answered() {
    let fixture = Fixture::new();
    fixture.health.set_ready();
    fixture.health.shut_down();
    fixture.health.set_ready();
    fixture.health.set_not_ready("something else");
    let ready = fixture.get("/ready").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["reason"], "shutting down");
    assert_eq!(fixture.get("/").await.status, 503);
    assert_eq!(fixture.get("/health").await.status, 200);
    fixture.end().await;
}

#[tokio::test]
async fn an_overdue_loop_fails_liveness_by_name_until_it_beats_again() {
    let fixture = Fixture::new();
    let patient = fixture.health.watch("configuration watch", Duration::from_hours(1));
    let hasty = fixture.health.watch("main loop", Duration::ZERO);
    // A promise of no silence at all is broken once the clock has moved by its unit, a millisecond.
    let mut health = fixture.get("/health").await;
    while health.status == 200 {
        health = fixture.get("/health").await;
    }
    assert_eq!(health.status, 503);
    let reason = health.json()["reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("main loop made no progress for "), "{reason}");
    assert!(reason.ends_with("ms (at most 0s)"), "{reason}");
    drop(hasty);
    assert_eq!(fixture.get("/health").await.status, 200);
    drop(patient);
    fixture.end().await;
}

#[tokio::test]
async fn every_method_and_sub_path_is_answered() {
    let fixture = Fixture::new();
    fixture.health.set_ready();
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"] {
        for path in ["/", "/health", "/ready", "/some/deep/path?x=1", "/healthy", "//"] {
            let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
            let reply = exchange(fixture.address, &request).await;
            assert_eq!(reply.status, 200, "{method} {path}");
        }
    }
    let head = exchange(fixture.address, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let old = exchange(fixture.address, "GET / HTTP/1.0\r\n\r\n").await;
    assert_eq!(old.status, 200);
    fixture.end().await;
}

#[tokio::test]
async fn reasons_are_bounded_and_without_secrets() {
    agent_telemetry::register_secret("health-s3cret");
    let fixture = Fixture::new();
    fixture.health.set_not_ready(format!("bad key health-s3cret {}", "é".repeat(10_000)));
    let ready = fixture.get("/ready").await;
    let reason = ready.json()["reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("bad key [REDACTED] é"));
    assert!(reason.len() <= 4096 + '…'.len_utf8());
    fixture.end().await;
}

#[tokio::test]
async fn a_probe_that_came_before_the_server_ran_is_answered() {
    let health = Health::new();
    let server = HealthServer::bind("127.0.0.1:0", &health).unwrap();
    let early = exchange(server.local_addr(), "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    let stop = tokio_util::sync::CancellationToken::new();
    let (reply, ()) = tokio::join!(
        async {
            let reply = early.await;
            stop.cancel();
            reply
        },
        server.run(stop.clone())
    );
    assert_eq!(reply.status, 200);
}

#[test]
fn an_endpoint_that_cannot_be_had_is_named_with_its_setting() {
    let health = Health::new();
    let first = HealthServer::bind("127.0.0.1:0", &health).unwrap();
    let taken = first.local_addr().to_string();
    for endpoint in ["nonsense", "127.0.0.1:99999", &taken] {
        let error = HealthServer::bind(endpoint, &health).unwrap_err();
        assert_eq!(error.to_string(), format!("listening on KM_HEALTH_ENDPOINT {endpoint:?}"));
        assert!(agent_telemetry::chain(&error).to_string().len() > error.to_string().len() + 2);
    }
}

#[tokio::test]
async fn while_memory_is_short_it_is_alive_and_not_ready() {
    let fixture = Fixture::new();
    fixture.health.set_ready();
    let since = fixture.get("/").await.json()["upSince"].clone();
    fixture.health.set_overloaded(true);
    assert_eq!((fixture.get("/health").await.status, fixture.get("/ready").await.status), (200, 503));
    fixture.health.set_overloaded(false);
    assert_eq!(fixture.get("/ready").await.status, 200);
    assert_eq!(fixture.get("/").await.json()["upSince"], since);
    fixture.end().await;
}
