//! The status endpoint: what it shows, what it does, whom it refuses.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Reply, end, exchange};
use crate::{ConfigState, ConfigVersion, Health, StatusServer, SwapReport};

struct Status {
    config: ConfigState,
    address: SocketAddr,
    reloads: Arc<AtomicUsize>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Status {
    fn new() -> Self {
        Self::on("127.0.0.1:0")
    }

    fn on(address: &str) -> Self {
        let (config, stop) = (ConfigState::new(&Health::new()), CancellationToken::new());
        let reloads = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reloads);
        let reload = move || {
            count.fetch_add(1, Ordering::Relaxed);
        };
        let server = StatusServer::bind(address.parse().unwrap(), &config, reload).unwrap();
        let address = server.local_addr();
        let tasks = JoinSet::from_iter([server.run(stop.clone())]);
        Self { config, address, reloads, stop, tasks }
    }

    /// Sends a request whose head has `headers`, each with its line end.
    async fn ask(&self, line: &str, headers: &str) -> Reply {
        let address = SocketAddr::from(([127, 0, 0, 1], self.address.port()));
        exchange(address, &format!("{line} HTTP/1.1\r\n{headers}\r\n")).await
    }

    fn reloads(&self) -> usize {
        self.reloads.load(Ordering::Relaxed)
    }

    async fn end(self) {
        end(&self.stop, self.tasks).await;
    }
}

const HOST: &str = "Host: localhost\r\n";

#[tokio::test]
async fn the_state_of_the_configuration_is_shown() {
    let status = Status::new();
    let shown = status.ask("GET /-/config", HOST).await;
    assert_eq!(shown.status, 200);
    let nothing = json!({"running": null, "reloads": {"applied": 0, "refused": 0}, "lastRefusal": null,
                         "lastSwap": null, "draining": 0, "failing": []});
    assert_eq!(shown.json(), nothing);

    let version = |hash: &str| ConfigVersion { hash: hash.to_owned(), origin: "ConfigMap a/b".to_owned() };
    let swap = SwapReport {
        started: vec!["new".to_owned()],
        changed: vec!["other".to_owned()],
        stopped: vec!["old".to_owned()],
        kept: vec!["same".to_owned()],
    };
    status.config.applied(version("0a1b"), swap);
    status.config.refused(Some(version("2c3d")), "no pipelines");
    status.config.set_draining(1);
    let view = status.config.view();
    let (applied_at, at) = (view.running.unwrap().applied_at, view.last_refusal.unwrap().at);
    let expected = json!({
        "running": {"version": {"hash": "0a1b", "origin": "ConfigMap a/b"}, "appliedAt": applied_at.to_string()},
        "reloads": {"applied": 1, "refused": 1},
        "lastRefusal": {"version": {"hash": "2c3d", "origin": "ConfigMap a/b"}, "reason": "no pipelines",
                        "at": at.to_string()},
        "lastSwap": {"started": ["new"], "changed": ["other"], "stopped": ["old"], "kept": ["same"]},
        "draining": 1, "failing": [],
    });
    assert_eq!(status.ask("GET /-/config", HOST).await.json(), expected);
    status.end().await;
}

#[tokio::test]
async fn a_posted_reload_is_passed_on_and_says_so() {
    let status = Status::new();
    for done in 1..=3 {
        let reply = status.ask("POST /-/reload", HOST).await;
        assert_eq!((reply.status, status.reloads()), (202, done));
        let body = json!({"accepted": "the configuration is read again now", "result": "/-/config"});
        assert_eq!(reply.json(), body);
    }
    let with_body = "Host: 127.0.0.1:55679\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(status.ask("POST /-/reload", with_body).await.status, 202);
    status.end().await;
}

#[tokio::test]
async fn only_post_reloads() {
    let status = Status::new();
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        let reply = status.ask(&format!("{method} /-/reload"), HOST).await;
        assert_eq!(reply.status, 405, "{method}");
        assert!(reply.head.contains("allow: POST\r\n"), "{}", reply.head);
    }
    assert_eq!(status.ask("POST /-/config", HOST).await.status, 405);
    assert_eq!(status.ask("POST /", HOST).await.status, 404);
    assert_eq!(status.reloads(), 0);
    status.end().await;
}

#[tokio::test]
async fn web_pages_are_refused() {
    let status = Status::new();
    for headers in [
        "Host: localhost\r\nOrigin: http://evil.example\r\n",
        "Host: localhost\r\nOrigin: null\r\n",
        "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n",
        "Host: evil.example\r\n",
        "",
    ] {
        for line in ["POST /-/reload", "GET /-/config", "GET /-/reload", "GET /elsewhere"] {
            let reply = status.ask(line, headers).await;
            assert_eq!(reply.status, 403, "{line} {headers}");
            assert!(reply.body.ends_with('\n') && !reply.body.contains("evil"), "{}", reply.body);
        }
    }
    assert_eq!(status.reloads(), 0);
    status.end().await;
}

#[tokio::test]
async fn where_others_may_connect_any_host_name_will_do() {
    let status = Status::on("0.0.0.0:0");
    assert_eq!(status.ask("GET /-/config", "Host: kubeagent.example\r\n").await.status, 200);
    let of_a_page = "Host: kubeagent.example\r\nOrigin: http://kubeagent.example\r\n";
    assert_eq!(status.ask("POST /-/reload", of_a_page).await.status, 403);
    assert_eq!(status.reloads(), 0);
    status.end().await;
}

#[test]
fn an_address_that_cannot_be_had_is_named_with_its_setting() {
    let config = ConfigState::new(&Health::new());
    let first = StatusServer::bind("127.0.0.1:0".parse().unwrap(), &config, || {}).unwrap();
    let taken = first.local_addr();
    let error = StatusServer::bind(taken, &config, || {}).unwrap_err();
    assert_eq!(error.to_string(), format!("listening on KM_STATUS_ENDPOINT \"{taken}\""));
}
