//! What `health_check` extensions add, on the agent's own address and on others.

use std::fmt::Display;

use agent_component::{BoxFuture, HealthEndpoint, HealthEndpoints as _};
use tokio::net::TcpStream;

use super::{Fixture, get};

fn endpoint(endpoint: impl Display, path: &str) -> HealthEndpoint {
    HealthEndpoint {
        endpoint: endpoint.to_string(),
        path: path.to_owned(),
        healthy_body: None,
        unhealthy_body: None,
    }
}

fn with_bodies(base: HealthEndpoint) -> HealthEndpoint {
    HealthEndpoint { healthy_body: Some("fine".into()), unhealthy_body: Some("poor".into()), ..base }
}

/// Drives `serving` while `work` runs, then drops it.
async fn during<T>(serving: BoxFuture<'static, ()>, work: impl Future<Output = T>) -> T {
    tokio::select! {
        () = serving => panic!("the endpoint stopped serving"),
        done = work => done,
    }
}

#[tokio::test]
async fn on_the_own_address_path_and_bodies_are_taken_over_until_dropped() {
    let fixture = Fixture::new();
    let serving = fixture.endpoints.open(with_bodies(endpoint(fixture.address, "/check"))).await.unwrap();
    during(serving, async {
        let reply = fixture.get("/check").await;
        assert_eq!((reply.status, reply.body.as_str()), (503, "poor"));
        fixture.health.set_ready();
        let reply = fixture.get("/check/deeper").await;
        assert_eq!((reply.status, reply.body.as_str()), (200, "fine"));
        assert!(reply.head.contains("content-type: text/plain; charset=utf-8\r\n"));
        assert_eq!(fixture.get("/checks").await.status, 404);
        assert_eq!(fixture.get("/").await.status, 404, "the extension moved it");
        assert_eq!(fixture.get("/health").await.status, 200);
        assert_eq!(fixture.get("/ready").await.status, 200);
    })
    .await;
    assert!(fixture.get("/").await.body.contains("Server available"));
    fixture.end().await;
}

#[tokio::test]
async fn a_part_of_the_bodies_leaves_the_other_empty() {
    let fixture = Fixture::new();
    let only = HealthEndpoint { healthy_body: Some("up".into()), ..endpoint(fixture.address, "/") };
    let serving = fixture.endpoints.open(only).await.unwrap();
    during(serving, async {
        let reply = fixture.get("/").await;
        assert_eq!((reply.status, reply.body.as_str()), (503, ""));
    })
    .await;
    fixture.end().await;
}

#[tokio::test]
async fn the_probes_keep_their_meaning_under_an_extension_of_the_same_path() {
    let fixture = Fixture::new();
    let open = |path| fixture.endpoints.open(with_bodies(endpoint(fixture.address, path)));
    let serving = futures(open("/health").await.unwrap(), open("/ready").await.unwrap());
    during(serving, async {
        let health = fixture.get("/health").await;
        assert_eq!((health.status, health.body.as_str()), (200, "fine"), "alive though not ready");
        let ready = fixture.get("/ready").await;
        assert_eq!((ready.status, ready.body.as_str()), (503, "poor"));
    })
    .await;
    fixture.end().await;
}

fn futures(first: BoxFuture<'static, ()>, second: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
    Box::pin(async {
        tokio::join!(first, second);
    })
}

#[tokio::test]
async fn on_another_address_only_the_extension_answers_and_the_port_closes_with_it() {
    let fixture = Fixture::new();
    fixture.health.set_ready();
    let (address, serving) = fixture.endpoints.open_at(endpoint("127.0.0.1:0", "/status/")).unwrap();
    assert_ne!(address, fixture.address);
    during(serving, async {
        let reply = get(address, "/status").await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json()["status"], "Server available");
        for path in ["/", "/health", "/ready"] {
            let reply = get(address, path).await;
            assert_eq!((reply.status, reply.body.as_str()), (404, "404 page not found\n"), "{path}");
        }
        assert!(fixture.get("/").await.body.contains("Server available"), "the own server is as before");
    })
    .await;
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    fixture.end().await;
}

#[tokio::test]
async fn two_graphs_share_an_address_and_the_newer_answers() {
    let fixture = Fixture::new();
    let (address, old) = fixture.endpoints.open_at(endpoint("127.0.0.1:0", "/")).unwrap();
    let new = fixture.endpoints.open(with_bodies(endpoint(address, "/"))).await.unwrap();
    during(new, async {
        during(old, async {
            assert_eq!(get(address, "/").await.body, "poor");
        })
        .await;
        assert_eq!(get(address, "/").await.body, "poor", "no gap after the older one ended");
    })
    .await;
    fixture.end().await;
}

#[tokio::test]
async fn an_address_that_cannot_be_had_is_an_error_at_its_key() {
    let fixture = Fixture::new();
    let foreign = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = foreign.local_addr().unwrap();
    let error = fixture.endpoints.open(endpoint(taken, "/")).await.err().unwrap();
    assert_eq!(error.at, "endpoint");
    assert!(error.message.starts_with(&format!("listening on \"{taken}\": ")), "{}", error.message);
    assert!(!error.message.contains("KM_HEALTH_ENDPOINT"));
    let wider = endpoint(format!("0.0.0.0:{}", fixture.address.port()), "/");
    let error = fixture.endpoints.open(wider).await.err().unwrap();
    assert!(error.message.ends_with("(KM_HEALTH_ENDPOINT)"), "{}", error.message);
    assert!(fixture.endpoints.open(endpoint("nonsense", "/")).await.is_err());
    fixture.end().await;
}
