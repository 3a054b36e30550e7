//! With an API server over TLS, a token and the documented Role.

use std::path::Path;

use agent_testkit::kube_api::{Fault, Request, Server};
use agent_testkit::otlp_backend::Backend;

use crate::agent::{Agent, post_log};

const RELAY: &str = "receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
exporters: {otlphttp: {endpoint: '${env:KM_COLLECTOR_ENDPOINT}'}}
service: {pipelines: {logs: {receivers: [otlp], exporters: [otlphttp]}}}
";

fn start(server: &Server, directory: &Path, backend: &str) -> Agent {
    let kubeconfig = server.write_kubeconfig(directory).unwrap();
    Agent::start(&[
        ("KUBECONFIG", kubeconfig.to_str().unwrap()),
        ("KM_CONFIG_DIR", directory.to_str().unwrap()),
        ("CONFIGMAP_NAME", "kmagent-config"),
        ("POD_NAMESPACE", "kloudmate"),
        ("KM_API_KEY", "k"),
        ("KM_COLLECTOR_ENDPOINT", backend),
        ("KM_HEALTH_ENDPOINT", "127.0.0.1:0"),
        ("KM_STATUS_ENDPOINT", "off"),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_the_config_map_and_follows_its_edits() {
    let (server, backend) = (Server::start().await.unwrap(), Backend::start().await.unwrap());
    server.put_config_map("kloudmate", "kmagent-config", &[("agent-deployment.yaml", RELAY)]);
    let directory = tempfile::tempdir().unwrap();
    let mut agent = start(&server, directory.path(), &backend.http_url());
    let line = agent.line("kube agent initialized");
    assert_eq!(line["deploymentMode"], "DEPLOYMENT");
    assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
    let address = agent.address();
    agent.line("Everything is ready");
    assert_eq!(post_log(address, "relayed").0, 200);
    assert_eq!(backend.wait_for(|counts| counts.log_records == 1).await.log_records, 1);
    server.patch_config_map("kloudmate", "kmagent-config", "agent-deployment.yaml", Some("receivers: 7"));
    agent.line("the new configuration is refused and the last one keeps running");
    assert_eq!(post_log(address, "still").0, 200);
    agent.signal("TERM");
    assert_eq!(agent.status(), Some(0));
    assert_eq!(backend.counts().log_records, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_named_with_the_command_that_shows_it() {
    let server = Server::start().await.unwrap();
    server.set_rules(Vec::new());
    let directory = tempfile::tempdir().unwrap();
    let mut agent = start(&server, directory.path(), "http://127.0.0.1:9");
    let line = agent.line("kubectl auth can-i");
    let message = line["msg"].as_str().unwrap();
    assert!(message.contains("configmaps/kmagent-config") && message.contains("-n kloudmate"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_is_needed_later_is_missed_at_the_start() {
    let server = Server::start().await.unwrap();
    server.put_config_map("kloudmate", "kmagent-config", &[("agent-deployment.yaml", RELAY)]);
    let directory = tempfile::tempdir().unwrap();
    let mut agent = start(&server, directory.path(), "http://127.0.0.1:9");
    let line = agent.line("not allowed to patch events in kloudmate");
    assert_eq!(line["level"], "warn");
    let command =
        "kubectl auth can-i patch events --as=system:serviceaccount:kloudmate:kubeagent -n kloudmate";
    assert!(line["msg"].as_str().unwrap().ends_with(command), "{line}");
    agent.line("Everything is ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_is_silent_about_permissions_holds_up_neither_start_nor_stop() {
    let server = Server::start().await.unwrap();
    server.put_config_map("kloudmate", "kmagent-config", &[("agent-deployment.yaml", RELAY)]);
    server.fail_verb("create", usize::MAX, Fault::Silence);
    let directory = tempfile::tempdir().unwrap();
    let mut agent = start(&server, directory.path(), "http://127.0.0.1:9");
    agent.line("Everything is ready");
    let asked = |request: &Request| request.path.ends_with("/selfsubjectaccessreviews");
    server.wait_for_requests(|requests| requests.iter().any(asked)).await;
    agent.signal("TERM");
    assert_eq!(agent.status(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mounted_file_stands_in_while_the_api_cannot_be_read() {
    let (server, backend) = (Server::start().await.unwrap(), Backend::start().await.unwrap());
    server.refuse_connections(true).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("agent-deployment.yaml"), RELAY).unwrap();
    let mut agent = start(&server, directory.path(), &backend.http_url());
    agent.line("the mounted file is used instead of the API");
    let address = agent.address();
    agent.line("Everything is ready");
    assert_eq!(post_log(address, "relayed").0, 200);
    assert_eq!(backend.wait_for(|counts| counts.log_records == 1).await.log_records, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_map_without_the_key_lists_the_keys_it_has() {
    let server = Server::start().await.unwrap();
    server.put_config_map("kloudmate", "kmagent-config", &[("agent-daemonset.yaml", RELAY)]);
    let directory = tempfile::tempdir().unwrap();
    let mut agent = start(&server, directory.path(), "http://127.0.0.1:9");
    let line = agent.line("has no key agent-deployment.yaml");
    assert!(line["msg"].as_str().unwrap().contains("agent-daemonset.yaml"), "{line}");
}
