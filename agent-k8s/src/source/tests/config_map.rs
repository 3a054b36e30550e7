//! One read: what it gives, and what it says when it cannot.

use std::time::Duration;

use agent_testkit::kube_api::{Fault, Rule, Server};
use tempfile::tempdir;

use super::*;

#[tokio::test]
async fn the_document_is_read_with_its_version() {
    let (server, dir) = (server_with("receivers: {}").await, tempdir().unwrap());
    let version = server.put_config_map(NAMESPACE, NAME, &[(KEY, "receivers: {otlp: {}}"), ("other", "x")]);
    let snapshot = source(&server, dir.path()).await.read().await.unwrap();
    assert_eq!(&*snapshot.text, "receivers: {otlp: {}}");
    assert_eq!(snapshot.digest, Digest::of("receivers: {otlp: {}}"));
    let origin = format!("ConfigMap kloudmate/kmagent-config key {KEY} at resource version {version}");
    assert_eq!(snapshot.origin.to_string(), origin);
    assert!(snapshot.instead_of.is_none());
}

#[tokio::test]
async fn forbidden_says_which_permission_and_how_to_check_it() {
    let (server, dir) = (server_with("x").await, tempdir().unwrap());
    server.set_rules(vec![Rule::read_config_map(NAMESPACE, "another")]);
    let error = source(&server, dir.path()).await.read().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "not allowed to get ConfigMap kloudmate/kmagent-config: grant get on configmaps/kmagent-config; check with: \
         kubectl auth can-i get configmaps/kmagent-config --as=system:serviceaccount:kloudmate:kubeagent -n kloudmate"
    );
}

#[tokio::test]
async fn a_revoked_token_is_unauthorized() {
    let (server, dir) = (server_with("x").await, tempdir().unwrap());
    let source = source(&server, dir.path()).await;
    server.revoke_token();
    let error = source.read().await.unwrap_err();
    assert!(matches!(error, ReadError::Unauthorized { .. }), "{error}");
    assert!(!error.to_string().contains(&server.token()));
}

#[tokio::test]
async fn a_missing_config_map_is_named() {
    let (server, dir) = (Server::start().await.unwrap(), tempdir().unwrap());
    let error = source(&server, dir.path()).await.read().await.unwrap_err();
    assert_eq!(error.to_string(), "ConfigMap kloudmate/kmagent-config does not exist");
}

#[tokio::test]
async fn a_missing_key_lists_the_keys_that_are_there() {
    let (server, dir) = (Server::start().await.unwrap(), tempdir().unwrap());
    server.put_config_map(NAMESPACE, NAME, &[("agent-daemonset.yaml", "x"), ("notes", "y")]);
    let source = source(&server, dir.path()).await;
    let error = source.read().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "ConfigMap kloudmate/kmagent-config has no key agent-deployment.yaml; its keys are: agent-daemonset.yaml, notes"
    );
    server.put_config_map(NAMESPACE, NAME, &[]);
    assert!(source.read().await.unwrap_err().to_string().ends_with("its keys are: none"));
}

#[tokio::test]
async fn a_failing_server_is_quoted_with_its_status() {
    let (server, dir) = (server_with("x").await, tempdir().unwrap());
    server.fail(1, Fault::Status { code: 500, retry_after: None });
    let source = source(&server, dir.path()).await;
    let error = source.read().await.unwrap_err().to_string();
    let expected = format!(
        "the API server {} answered 500: Internal error occurred: injected by the test",
        server.url()
    );
    assert_eq!(error, expected);
    assert_eq!(&*source.read().await.unwrap().text, "x");
}

#[tokio::test]
async fn a_throttled_read_says_how_long_to_wait() {
    let (server, dir) = (server_with("x").await, tempdir().unwrap());
    server.fail(1, Fault::Status { code: 429, retry_after: Some(7) });
    let error = source(&server, dir.path()).await.read().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(server.requests().len(), 1, "nothing retries behind our back");
}

#[tokio::test]
async fn a_silent_server_is_given_up_in_time() {
    let (server, dir) = (server_with("x").await, tempdir().unwrap());
    server.fail(1, Fault::Silence);
    let source = source(&server, dir.path()).await.with_call_timeout(Duration::from_millis(200));
    let error = source.read().await.unwrap_err();
    assert_eq!(error.to_string(), format!("the API server {} did not answer within 0.2 s", server.url()));
}

#[tokio::test]
async fn a_refused_or_dropped_connection_is_unreachable() {
    let (server, dir) = (server_with("x").await, tempdir().unwrap());
    let source = source(&server, dir.path()).await;
    server.fail(1, Fault::Drop);
    let error = source.read().await.unwrap_err();
    assert!(matches!(error, ReadError::Unreachable { .. }), "{error}");
    server.refuse_connections(true).await.unwrap();
    let error = source.read().await.unwrap_err().to_string();
    let expected = format!("the API server {} cannot be reached: Connection refused", server.url());
    assert!(error.starts_with(&expected), "{error}");
    server.refuse_connections(false).await.unwrap();
    assert_eq!(&*source.read().await.unwrap().text, "x");
}

#[tokio::test]
async fn garbage_from_the_server_is_an_error() {
    let (server, dir) = (server_with("x").await, tempdir().unwrap());
    let source = source(&server, dir.path()).await;
    for garbage in ["<html>", "[]", "{\"kind\": \"Pod\", \"data\": 3}"] {
        server.fail(1, Fault::Body(garbage.as_bytes().to_vec()));
        let error = source.read().await.unwrap_err();
        assert!(matches!(error, ReadError::Malformed { .. }), "{garbage}: {error}");
    }
}

#[tokio::test]
async fn a_document_over_the_limit_is_refused() {
    let (server, dir) = (server_with(&"x".repeat(TEXT_LIMIT + 1)).await, tempdir().unwrap());
    let source = source(&server, dir.path()).await;
    let error = source.read().await.unwrap_err();
    assert!(matches!(error, ReadError::TooLarge { limit } if limit == TEXT_LIMIT), "{error}");
    put(&server, &"x".repeat(9 << 20));
    let error = source.read().await.unwrap_err();
    assert!(matches!(error, ReadError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn the_mounted_file_stands_in_and_says_why() {
    let (server, dir) = (server_with("from the API").await, tempdir().unwrap());
    mount(dir.path(), "from the file");
    let source = source(&server, dir.path()).await.with_mounted(dir.path());
    server.refuse_connections(true).await.unwrap();
    let snapshot = source.read().await.unwrap();
    assert_eq!(&*snapshot.text, "from the file");
    assert_eq!(snapshot.origin, Origin::File(dir.path().join(KEY)));
    assert!(matches!(snapshot.instead_of.as_deref(), Some(ReadError::Unreachable { .. })));
    server.refuse_connections(false).await.unwrap();
    assert_eq!(&*source.read().await.unwrap().text, "from the API");
}

#[tokio::test]
async fn the_mounted_file_stands_in_for_missing_permission() {
    let (server, dir) = (server_with("from the API").await, tempdir().unwrap());
    mount(dir.path(), "from the file");
    server.set_rules(Vec::new());
    let snapshot = source(&server, dir.path()).await.with_mounted(dir.path()).read().await.unwrap();
    assert_eq!(&*snapshot.text, "from the file");
    assert!(matches!(snapshot.instead_of.as_deref(), Some(ReadError::Forbidden { verb: "get", .. })));
}

#[tokio::test]
async fn the_mounted_file_does_not_stand_in_when_the_api_says_no() {
    let (server, dir) = (Server::start().await.unwrap(), tempdir().unwrap());
    mount(dir.path(), "from the file");
    let source = source(&server, dir.path()).await.with_mounted(dir.path());
    assert!(matches!(source.read().await.unwrap_err(), ReadError::NotFound { .. }));
}

#[tokio::test]
async fn with_nothing_to_stand_in_both_reasons_are_given_once() {
    let (server, dir) = (server_with("x").await, tempdir().unwrap());
    let source = source(&server, dir.path()).await.with_mounted(&dir.path().join("nowhere"));
    server.refuse_connections(true).await.unwrap();
    let error = source.read().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("nowhere/agent-deployment.yaml: No such file"), "{text}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("cannot be reached") && !text.contains("cannot be reached"), "{text}: {cause}");
}
