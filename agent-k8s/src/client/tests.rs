//! Promises of the client: which credentials win, and what is said when there are none.

use std::path::Path;

use agent_testkit::kube_api::Server;

use super::*;

/// What a pod of `server` finds, its service account in `dir`.
pub(crate) fn pod(server: &Server, dir: &Path) -> ClientOptions {
    ClientOptions {
        service_host: Some("127.0.0.1".to_owned()),
        service_port: Some(server.address().port().to_string()),
        service_account_dir: dir.to_owned(),
        ..ClientOptions::default()
    }
}

async fn version(connection: &Connection) -> Result<String, kube::Error> {
    let request = http::Request::get("/version").body(Vec::new()).unwrap();
    connection.client.request_text(request).await
}

#[test]
fn lookup_takes_an_empty_value_for_unset() {
    let options = ClientOptions::from_lookup(|name| match name {
        "KUBERNETES_SERVICE_HOST" => Some("10.0.0.1".to_owned()),
        "KUBECONFIG" => Some(String::new()),
        _ => None,
    });
    assert_eq!(options.service_host.as_deref(), Some("10.0.0.1"));
    assert_eq!(options.service_port, None);
    assert_eq!(options.kubeconfig, None);
    assert_eq!(options.service_account_dir, Path::new(SERVICE_ACCOUNT_DIR));
}

#[tokio::test]
async fn a_pod_connects_with_its_service_account() {
    let (server, dir) = (Server::start().await.unwrap(), tempfile::tempdir().unwrap());
    server.write_service_account_dir(dir.path()).unwrap();
    let connection = connect(&pod(&server, dir.path())).await.unwrap();
    assert_eq!(connection.credentials, Credentials::InCluster);
    assert_eq!(connection.server, server.url());
    assert_eq!(connection.client.default_namespace(), "kloudmate");
    assert!(version(&connection).await.unwrap().contains("gitVersion"));
    let user = server.requests().first().and_then(|request| request.user.clone());
    assert_eq!(user.as_deref(), Some("system:serviceaccount:kloudmate:kubeagent"));
}

#[tokio::test]
async fn the_service_account_wins_over_kubeconfig() {
    let (server, dir) = (Server::start().await.unwrap(), tempfile::tempdir().unwrap());
    let kubeconfig = Some(server.write_kubeconfig(dir.path()).unwrap());
    let options = ClientOptions { kubeconfig, ..pod(&server, dir.path()) };
    assert_eq!(connect(&options).await.unwrap().credentials, Credentials::InCluster);
}

#[tokio::test]
async fn outside_a_cluster_kubeconfig_is_used() {
    let (server, dir) = (Server::start().await.unwrap(), tempfile::tempdir().unwrap());
    let kubeconfig = Some(server.write_kubeconfig(dir.path()).unwrap());
    let connection = connect(&ClientOptions { kubeconfig, ..ClientOptions::default() }).await.unwrap();
    assert_eq!(connection.credentials, Credentials::Kubeconfig);
    assert!(version(&connection).await.is_ok());
}

#[tokio::test]
async fn with_neither_the_text_begins_as_documented() {
    let error = connect(&ClientOptions::default()).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "failed to load in-cluster config: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; \
         outside a cluster set KUBECONFIG"
    );
}

#[tokio::test]
async fn a_missing_token_is_named() {
    let (server, dir) = (Server::start().await.unwrap(), tempfile::tempdir().unwrap());
    let error = connect(&pod(&server, dir.path())).await.unwrap_err().to_string();
    let token = dir.path().join("token");
    assert!(
        error.starts_with(&format!("failed to load in-cluster config: cannot read {}", token.display())),
        "{error}"
    );
}

#[tokio::test]
async fn a_ca_that_is_not_a_certificate_is_refused() {
    let (server, dir) = (Server::start().await.unwrap(), tempfile::tempdir().unwrap());
    server.write_service_account_dir(dir.path()).unwrap();
    std::fs::write(
        dir.path().join("ca.crt"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    let error = connect(&pod(&server, dir.path())).await.unwrap_err().to_string();
    assert!(error.starts_with("failed to create kubernetes client: "), "{error}");
}

#[tokio::test]
async fn a_broken_kubeconfig_is_located_but_not_quoted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kubeconfig");
    std::fs::write(&path, "users:\n- name: me\n  user: {token: secret-token, username: [}\n").unwrap();
    let options = ClientOptions { kubeconfig: Some(path.clone()), ..ClientOptions::default() };
    let error = connect(&options).await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("failed to load kubeconfig {}: not valid at line 3", path.display())),
        "{error}"
    );
    assert!(!error.contains("secret-token"), "{error}");
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_trusted() {
    let (server, other) = (Server::start().await.unwrap(), Server::start().await.unwrap());
    let dir = tempfile::tempdir().unwrap();
    other.write_service_account_dir(dir.path()).unwrap();
    std::fs::write(dir.path().join("token"), server.token()).unwrap();
    let connection = connect(&pod(&server, dir.path())).await.unwrap();
    assert!(version(&connection).await.is_err());
    assert_eq!(server.requests(), [], "the token must not reach a server that is not trusted");
}

#[tokio::test]
async fn an_ipv6_service_address_is_bracketed_and_a_bad_port_named() {
    let (server, dir) = (Server::start().await.unwrap(), tempfile::tempdir().unwrap());
    server.write_service_account_dir(dir.path()).unwrap();
    let mut options = pod(&server, dir.path());
    options.service_host = Some("fd00::1".to_owned());
    options.service_port = Some("6443".to_owned());
    assert_eq!(connect(&options).await.unwrap().server, "https://[fd00::1]:6443");
    options.service_port = Some("https".to_owned());
    let error = connect(&options).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "failed to load in-cluster config: KUBERNETES_SERVICE_PORT is not a port number: \"https\""
    );
}

#[tokio::test]
async fn a_proxy_of_the_kubeconfig_is_refused_rather_than_ignored() {
    let (server, dir) = (Server::start().await.unwrap(), tempfile::tempdir().unwrap());
    let path = server.write_kubeconfig(dir.path()).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("    server:", "    proxy-url: http://proxy:3128\n    server:"))
        .unwrap();
    let error =
        connect(&ClientOptions { kubeconfig: Some(path), ..ClientOptions::default() }).await.unwrap_err();
    assert!(error.to_string().ends_with("proxy-url is not supported"), "{error}");
}

#[tokio::test]
async fn several_kubeconfigs_are_merged() {
    let (server, dir) = (Server::start().await.unwrap(), tempfile::tempdir().unwrap());
    let path = server.write_kubeconfig(dir.path()).unwrap();
    let first = dir.path().join("first");
    std::fs::write(&first, "apiVersion: v1\nkind: Config\n").unwrap();
    let joined = std::env::join_paths([first, path]).unwrap();
    let options = ClientOptions { kubeconfig: Some(joined.into()), ..ClientOptions::default() };
    assert_eq!(connect(&options).await.unwrap().server, server.url());
}
