//! The end: new clients are served for a moment, nobody is waited for who is not there, and it is over in its time.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use agent_testkit::otlp_backend::Backend;

use crate::agent::{Agent, post_log, request};

const RELAY: &str = "receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
exporters: {otlphttp: {endpoint: '${env:KM_COLLECTOR_ENDPOINT}', headers: {round: zero}, timeout: 10m}}
service: {pipelines: {logs: {receivers: [otlp], exporters: [otlphttp]}}}
";

struct World {
    agent: Agent,
    backend: Backend,
    health: SocketAddr,
    otlp: SocketAddr,
    directory: tempfile::TempDir,
}

impl World {
    /// As in a pod, but for the API server.
    async fn start(time_to_stop: &str) -> Self {
        Self::start_in(time_to_stop, &[("KUBERNETES_SERVICE_HOST", "127.0.0.1")]).await
    }

    async fn start_in(time_to_stop: &str, place: &[(&str, &str)]) -> Self {
        let (backend, directory) = (Backend::start().await.unwrap(), tempfile::tempdir().unwrap());
        write(directory.path(), RELAY);
        let health = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let backend_url = backend.http_url();
        let health_address = health.to_string();
        let variables = [
            ("KM_CONFIG_SOURCE", "file"),
            ("KM_CONFIG_DIR", directory.path().to_str().unwrap()),
            ("KM_CONFIG_CHECK_INTERVAL", "100ms"),
            ("KM_API_KEY", "the-key"),
            ("KM_COLLECTOR_ENDPOINT", &backend_url),
            ("KM_HEALTH_ENDPOINT", &health_address),
            ("KM_STATUS_ENDPOINT", "off"),
            ("KM_SHUTDOWN_TIMEOUT", time_to_stop),
        ];
        let mut agent = Agent::start(&[&variables[..], place].concat());
        let otlp = agent.address();
        agent.next_line("Everything is ready");
        Self { agent, backend, health, otlp, directory }
    }

    /// Asks it to stop; how long that takes.
    fn stop(&mut self) -> Duration {
        let asked = Instant::now();
        self.agent.signal("TERM");
        assert_eq!(self.agent.status(), Some(0));
        asked.elapsed()
    }
}

fn write(directory: &Path, text: &str) {
    let new = directory.join("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, directory.join("agent-deployment.yaml")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_after_the_signal_is_served_while_readiness_is_off() {
    let mut world = World::start("1m").await;
    assert_eq!(post_log(world.otlp, "before").0, 200);
    world.agent.signal("TERM");
    world.agent.line("stopping collector agent");
    assert_eq!(request(world.health, "GET /ready HTTP/1.1", b"").0, 503);
    assert_eq!(post_log(world.otlp, "late").0, 200);
    assert_eq!(world.agent.status(), Some(0));
    assert_eq!(world.backend.counts().log_records, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_clients_nobody_is_waited_for() {
    let mut world = World::start("1m").await;
    // Less than the time for which new clients would be served.
    let took = world.stop();
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_a_pod_no_service_has_to_hear_of_the_end() {
    let mut world = World::start_in("1m", &[]).await;
    assert_eq!(post_log(world.otlp, "before").0, 200);
    let took = world.stop();
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_hangs_does_not_hold_up_the_end() {
    let mut world = World::start("4s").await;
    world.backend.delay(Duration::from_mins(10));
    assert_eq!(post_log(world.otlp, "stuck").0, 200);
    let took = world.stop();
    assert!(took < Duration::from_secs(7), "{took:?}");
    assert!(world.agent.messages().contains(&"collector agent stopped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_edit_left_draining_does_not_double_the_time() {
    let mut world = World::start("4s").await;
    world.backend.delay(Duration::from_mins(10));
    assert_eq!(post_log(world.otlp, "stuck in the old one").0, 200);
    write(world.directory.path(), &RELAY.replace("zero", "one"));
    world.agent.next_line("configuration reloaded");
    assert_eq!(post_log(world.otlp, "stuck in the new one").0, 200);
    let took = world.stop();
    assert!(took < Duration::from_secs(7), "{took:?}");
}
