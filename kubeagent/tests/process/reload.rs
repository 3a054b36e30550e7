//! Edits of the ConfigMap of a running agent: what is refused leaves it alone, what is good applies at once.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use agent_testkit::kube_api::{Rule, Server};
use agent_testkit::otlp_backend::Backend;

use crate::agent::{Agent, post_log, request, run};

const KEY: &str = "agent-deployment.yaml";

/// The configuration that runs; each bad edit is made from it.
const GOOD: &str = "receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
processors: {batch: {timeout: 10ms}}
exporters: {otlphttp: {endpoint: '${env:KM_COLLECTOR_ENDPOINT}', headers: {round: zero}}}
service: {pipelines: {logs: {receivers: [otlp], processors: [batch], exporters: [otlphttp]}}}
";

struct World {
    server: Server,
    backend: Backend,
    agent: Agent,
    address: SocketAddr,
    health: SocketAddr,
    directory: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let (server, backend) = (Server::start().await.unwrap(), Backend::start().await.unwrap());
        // As the Role of the manifests.
        server.set_rules(vec![
            Rule::read_config_map("kloudmate", "kmagent-config"),
            Rule::write_events("kloudmate"),
        ]);
        server.put_config_map("kloudmate", "kmagent-config", &[(KEY, GOOD)]);
        let directory = tempfile::tempdir().unwrap();
        let kubeconfig = server.write_kubeconfig(directory.path()).unwrap();
        let health = free_address();
        let mut agent = Agent::start(&[
            ("KUBECONFIG", kubeconfig.to_str().unwrap()),
            ("KM_CONFIG_DIR", directory.path().to_str().unwrap()),
            ("CONFIGMAP_NAME", "kmagent-config"),
            ("POD_NAMESPACE", "kloudmate"),
            ("KM_API_KEY", "the-secret"),
            ("KM_COLLECTOR_ENDPOINT", &backend.http_url()),
            ("KM_HEALTH_ENDPOINT", &health.to_string()),
            ("KM_STATUS_ENDPOINT", "off"),
        ]);
        let address = agent.address();
        agent.next_line("Everything is ready");
        Self { server, backend, agent, address, health, directory }
    }

    fn edit(&self, text: Option<&str>) {
        self.server.patch_config_map("kloudmate", "kmagent-config", KEY, text);
    }
}

/// A port that is free now; another process could take it, which then shows as a failing start.
fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Edits that cannot be used, and a part of what is said about each.
fn bad_edits(taken: SocketAddr, directory: &str) -> Vec<(String, String)> {
    let edit = |from: &str, to: &str| GOOD.replace(from, to);
    let cases = [
        ("not valid YAML", edit("receivers: {", "receivers: {{")),
        ("not valid YAML", edit("processors:", "\tprocessors:")),
        ("unknown key", edit("timeout: 10ms", "timeuot: 10ms")),
        ("did you mean `timeout`?", edit("timeout: 10ms", "timeuot: 10ms")),
        ("processors::batch::timeout: ", edit("timeout: 10ms", "timeout: soon")),
        ("unknown key", edit("receivers: {otlp", "recievers: {otlp")),
        ("unknown type: \"bach\"", edit("{batch: {timeout", "{bach: {timeout")),
        ("exporters::otlphttp: ", edit("endpoint: '${env:KM_COLLECTOR_ENDPOINT}', ", "")),
        ("has no scheme", edit("${env:KM_COLLECTOR_ENDPOINT}", "not-a-url")),
        ("service::pipelines::logs: references", edit("exporters: [otlphttp]", "exporters: [otlp_grpc]")),
        ("service::pipelines::logs", edit("receivers: [otlp]", "receivers: []")),
        ("service::pipelines::loggs", edit("logs: {receivers", "loggs: {receivers")),
        ("batch", edit("processors: [batch]", "processors: [batch, batch]")),
        ("Address already in use", edit("127.0.0.1:0", &taken.to_string())),
        ("receivers::otlp::protocols::http::tls", edit("'127.0.0.1:0'", &format!("'127.0.0.1:0', tls: {{cert_file: {directory}/no, key_file: {directory}/no}}"))),
        ("exporters::otlphttp", edit("'${env:KM_COLLECTOR_ENDPOINT}'", &format!("https://127.0.0.1:9, tls: {{ca_file: {directory}/no}}"))),
        ("empty configuration", "# nothing\n".to_owned()),
        ("empty configuration", String::new()),
        ("service", edit("service:", "servise:")),
        ("", format!("{GOOD}# {}\n", "x".repeat(5 << 20))),
        ("not part of this version", edit("{batch: {timeout: 10ms}", "{batch: {timeout: 10ms}, tail_sampling: {}")),
        ("duplicate", edit("processors: {batch", "receivers: {otlp: }\nprocessors: {batch")),
        ("alias", "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e, *e]\ng: [*f, *f, *f, *f, *f, *f, *f, *f]\n".to_owned()),
    ];
    cases.map(|(expected, text)| (expected.to_owned(), text)).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_edits_are_refused_within_two_seconds_and_touch_nothing() {
    let mut world = World::start().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = world.directory.path().to_str().unwrap().to_owned();
    let cases = bad_edits(taken.local_addr().unwrap(), &directory);
    assert!(cases.len() >= 20);
    let mut wrong = Vec::new();
    for (number, (expected, text)) in cases.iter().enumerate() {
        let before = Instant::now();
        world.edit(Some(text));
        let line = world.agent.next_line("the last one keeps running");
        assert!(before.elapsed() < Duration::from_secs(2), "edit {number}: {:?}", before.elapsed());
        let message = line["msg"].as_str().unwrap();
        if !message.contains(expected.as_str()) {
            wrong.push(format!("edit {number}, expected {expected:?}: {message}"));
        }
        assert!(!message.contains("the-secret"), "edit {number}: {message}");
        assert_eq!(request(world.health, "GET /ready HTTP/1.1", b"").0, 200, "edit {number}");
        assert_eq!(post_log(world.address, "still").0, 200, "edit {number}");
        world.edit(Some(&GOOD.replace("round: zero", &format!("round: n{number}"))));
        world.agent.next_line("configuration reloaded");
        assert_eq!(post_log(world.address, "goes on").0, 200, "edit {number}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let sent = 2 * cases.len();
    world.backend.wait_for(|counts| counts.log_records >= sent).await;
    world.agent.signal("TERM");
    assert_eq!(world.agent.status(), Some(0));
    assert_eq!(world.backend.counts().log_records, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_stays_in_use() {
    let mut world = World::start().await;
    world.edit(None);
    world.agent.next_line("the last one keeps running");
    world.server.delete_config_map("kloudmate", "kmagent-config");
    world.agent.next_line("does not exist");
    assert_eq!(post_log(world.address, "still").0, 200);
    world.server.put_config_map("kloudmate", "kmagent-config", &[(KEY, &GOOD.replace("zero", "one"))]);
    world.agent.next_line("configuration reloaded");
    assert_eq!(post_log(world.address, "goes on").0, 200);
    world.backend.wait_for(|counts| counts.log_records == 2).await;
    assert_eq!(world.backend.requests().last().unwrap().headers["round"], "one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_says_what_it_did_and_the_same_in_other_words_does_nothing() {
    let mut world = World::start().await;
    world.edit(Some(&GOOD.replace("zero", "one")));
    let line = world.agent.next_line("configuration reloaded");
    assert_eq!((&line["changed"], &line["kept"]), (&"\"otlphttp\" exporter".into(), &2.into()));
    let told = |event: &serde_json::Value| {
        let message = event["message"].as_str().unwrap_or_default();
        event["reason"] == "ConfigApplied" && message.contains("changed: \"otlphttp\" exporter")
    };
    let waiting = world.server.wait_for_events(|events| events.iter().any(told));
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(waited.is_ok(), "{:#?}", world.server.events());
    world.edit(Some(&format!("# the same\n{}", GOOD.replace("zero", "'one'"))));
    let line = world.agent.next_line("configuration reloaded");
    assert_eq!((&line["changed"], &line["kept"]), (&"".into(), &3.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn validate_says_what_a_reload_would_do() {
    let server = Server::start().await.unwrap();
    server.put_config_map("kloudmate", "kmagent-config", &[(KEY, GOOD)]);
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = server.write_kubeconfig(directory.path()).unwrap();
    let candidate = GOOD
        .replace("[batch]", "[]")
        .replace("zero", "one")
        .replace("logs: {", "traces: {receivers: [otlp], exporters: [otlphttp]}, logs: {");
    std::fs::write(directory.path().join(KEY), candidate).unwrap();
    let output = run(&[
        ("KM_ACTION", "validate"),
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", directory.path().to_str().unwrap()),
        ("KUBECONFIG", kubeconfig.to_str().unwrap()),
        ("CONFIGMAP_NAME", "kmagent-config"),
        ("POD_NAMESPACE", "kloudmate"),
        ("KM_COLLECTOR_ENDPOINT", "http://backend.example:4318"),
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let expected = "start: pipeline traces
change: \"otlphttp\" exporter, pipeline logs
drain and stop: \"batch\" processor of logs
keep: 1 components
";
    assert!(text.ends_with(expected), "{text}");
}

/// In file mode with an interval that never comes, and its file not where the watch would see a change.
fn deaf_agent(directory: &std::path::Path, status: SocketAddr) -> Agent {
    let elsewhere = directory.join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("text"), GOOD).unwrap();
    std::fs::create_dir(directory.join("mounted")).unwrap();
    std::os::unix::fs::symlink(elsewhere.join("text"), directory.join("mounted").join(KEY)).unwrap();
    Agent::start(&[
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", directory.join("mounted").to_str().unwrap()),
        ("KM_CONFIG_CHECK_INTERVAL", "1h"),
        ("KM_API_KEY", "the-secret"),
        ("KM_COLLECTOR_ENDPOINT", "http://127.0.0.1:9"),
        ("KM_HEALTH_ENDPOINT", "127.0.0.1:0"),
        ("KM_STATUS_ENDPOINT", &status.to_string()),
    ])
}

/// The lines of the agent's metrics that begin with `name`.
fn metrics(address: SocketAddr, name: &str) -> Vec<String> {
    let (status, text) = request(address, "GET /metrics HTTP/1.1", b"");
    assert_eq!(status, 200);
    text.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
}

#[test]
fn the_agents_metrics_are_served_and_tell_of_reloads() {
    let (directory, prometheus) = (tempfile::tempdir().unwrap(), free_address());
    let telemetry = format!(
        "  telemetry: {{metrics: {{readers: [{{pull: {{exporter: {{prometheus: {{host: 127.0.0.1, port: {}}}}}}}}}]}}}}\n",
        prometheus.port()
    );
    let mut agent = deaf_agent(directory.path(), free_address());
    agent.next_line("Everything is ready");
    let text = directory.path().join("elsewhere/text");
    std::fs::write(&text, format!("{}{telemetry}", GOOD.replace("service: {pipelines: {logs: {receivers: [otlp], processors: [batch], exporters: [otlphttp]}}}", "service:\n  pipelines: {logs: {receivers: [otlp], processors: [batch], exporters: [otlphttp]}}"))).unwrap();
    agent.signal("HUP");
    agent.next_line("configuration reloaded");
    assert!(!metrics(prometheus, "otelcol_process_uptime").is_empty());
    let reloads = metrics(prometheus, "otelcol_kubeagent_config_reloads");
    let count = |result: &str| {
        reloads.iter().find(|line| line.contains(result)).and_then(|line| line.rsplit(' ').next())
    };
    assert_eq!((count("applied"), count("unchanged")), (Some("1"), Some("1")), "{reloads:#?}");
}

#[test]
fn a_signal_or_a_request_reads_the_configuration_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let status = free_address();
    let mut agent = deaf_agent(directory.path(), status);
    agent.next_line("Everything is ready");
    let text = directory.path().join("elsewhere/text");
    std::fs::write(&text, GOOD.replace("zero", "one")).unwrap();
    agent.signal("HUP");
    assert_eq!(agent.next_line("configuration reloaded")["changed"], "\"otlphttp\" exporter");
    std::fs::write(&text, GOOD.replace("zero", "two")).unwrap();
    assert_eq!(local(status, "POST /-/reload").0, 202);
    agent.next_line("configuration reloaded");
    std::fs::write(&text, GOOD.replace("batch: {", "bach: {")).unwrap();
    agent.signal("HUP");
    agent.next_line("is refused and the last one keeps running");
    let (code, body) = local(status, "GET /-/config");
    let view: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((code, &view["reloads"]), (200, &serde_json::json!({"applied": 3, "refused": 1})), "{view:#}");
    assert!(view["lastRefusal"]["reason"].as_str().unwrap().contains("unknown type: \"bach\""), "{view:#}");
    assert_eq!(view["lastSwap"]["changed"], serde_json::json!(["\"otlphttp\" exporter"]));
    agent.signal("TERM");
    assert_eq!(agent.status(), Some(0));
}

/// A request to the status endpoint, which wants to be called by its address.
fn local(address: SocketAddr, request: &str) -> (u16, String) {
    crate::agent::request_to(address, &address.to_string(), &format!("{request} HTTP/1.1"), b"")
}

#[test]
fn a_good_configuration_that_found_its_port_taken_is_tried_again() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut agent = deaf_agent(directory.path(), free_address());
    agent.next_line("Everything is ready");
    let text = GOOD.replace("127.0.0.1:0", &taken.local_addr().unwrap().to_string());
    std::fs::write(directory.path().join("elsewhere/text"), text).unwrap();
    agent.signal("HUP");
    agent.next_line("is refused and the last one keeps running");
    drop(taken);
    agent.signal("HUP");
    assert_eq!(agent.next_line("configuration reloaded")["changed"], "\"otlp\" receiver");
}

/// [`GOOD`] with two receivers, which listen there.
fn two_receivers(first: &str, second: &str) -> String {
    let receiver = |id: &str, at: &str| format!("{id}: {{protocols: {{http: {{endpoint: '{at}'}}}}}}");
    GOOD.replace("otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}", &receiver("otlp", first))
        .replace("receivers: {otlp", &format!("receivers: {{{}, otlp", receiver("otlp/b", second)))
        .replace("receivers: [otlp]", "receivers: [otlp, otlp/b]")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_moves_from_one_receiver_to_another_and_answers_all_the_while() {
    let mut world = World::start().await;
    let (address, any) = (free_address(), "127.0.0.1:0");
    let there = address.to_string();
    for (first, second) in [(there.as_str(), any), (any, there.as_str()), (there.as_str(), any)] {
        world.edit(Some(&two_receivers(first, second)));
        world.agent.next_line("configuration reloaded");
        assert_eq!(post_log(address, "goes on").0, 200);
    }
    world.edit(Some(&two_receivers(&there, &there)));
    let line = world.agent.next_line("the last one keeps running");
    assert!(line["msg"].as_str().unwrap().contains("bind: address already in use"), "{line}");
    assert_eq!(post_log(address, "still").0, 200);
}
