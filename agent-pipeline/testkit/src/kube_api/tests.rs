//! That the server answers as a real API server does, request by request.

use bytes::{Bytes, BytesMut};
use http::Request as HttpRequest;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use serde_json::json;

use super::*;
use crate::ask::{Answered, Ask, trusting};

const CONFIG_MAPS: &str = "/api/v1/namespaces/kloudmate/configmaps";
const ONE: &str = "/api/v1/namespaces/kloudmate/configmaps/kmagent-config";
const SELECTED: &str = "fieldSelector=metadata.name%3Dkmagent-config";

fn ask(server: &Server) -> Ask {
    Ask { address: server.address(), tls: Some(trusting(server.ca_pem(), None)), http2: false }
}

fn request(server: &Server, method: &str, path: &str, body: &Value) -> HttpRequest<Full<Bytes>> {
    HttpRequest::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("authorization", format!("Bearer {}", server.token()))
        .body(Full::new(body.to_string().into()))
        .unwrap()
}

/// A request of the administrator.
async fn admin(server: &Server, method: &str, path: &str, content_type: &str, body: Value) -> Answered {
    let request = HttpRequest::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("content-type", content_type)
        .header("authorization", format!("Bearer {}", server.admin_token()))
        .body(Full::new(body.to_string().into()))
        .unwrap();
    ask(server).send(request).await.unwrap()
}

async fn get(server: &Server, path: &str) -> Answered {
    ask(server).send(request(server, "GET", path, &Value::Null)).await.unwrap()
}

async fn post(server: &Server, path: &str, body: &Value) -> Answered {
    ask(server).send(request(server, "POST", path, body)).await.unwrap()
}

fn put(server: &Server, text: &str) -> u64 {
    server.put_config_map("kloudmate", "kmagent-config", &[("a.yaml", text)])
}

/// The events of an open watch.
struct Lines {
    body: Incoming,
    buffer: BytesMut,
}

impl Lines {
    async fn open(server: &Server, query: &str) -> Self {
        let path = format!("{CONFIG_MAPS}?watch=true&{SELECTED}&{query}");
        let response = ask(server).open(request(server, "GET", &path, &Value::Null)).await.unwrap();
        assert_eq!(response.status(), 200);
        Self { body: response.into_body(), buffer: BytesMut::new() }
    }

    /// The next event; `None` at the end of the stream or when it breaks.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                return Some(serde_json::from_slice(&self.buffer.split_to(end + 1)).unwrap());
            }
            let frame = self.body.frame().await?.ok()?;
            self.buffer.extend_from_slice(&frame.into_data().unwrap());
        }
    }

    /// Type and resource version of the next event.
    async fn kind(&mut self) -> (String, u64) {
        let event = self.next().await.unwrap();
        let version = event["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
        (event["type"].as_str().unwrap().to_owned(), version)
    }
}

#[tokio::test]
async fn without_a_valid_token_everything_is_unauthorized() {
    let server = Server::start().await.unwrap();
    let old = request(&server, "GET", ONE, &Value::Null);
    server.rotate_token();
    let anonymous = HttpRequest::get(ONE).header("host", "localhost").body(Full::default()).unwrap();
    for request in [old, anonymous] {
        let answer = ask(&server).send(request).await.unwrap();
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.json(),
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                   "message": "Unauthorized", "reason": "Unauthorized", "code": 401})
        );
    }
    assert_eq!(get(&server, ONE).await.status, 404, "the new token is good");
    assert!(server.requests()[0].user.is_none() && server.requests()[2].user.is_some());
}

#[tokio::test]
async fn an_object_is_read_with_kind_and_version() {
    let server = Server::start().await.unwrap();
    let version = put(&server, "x");
    assert_eq!(put(&server, "x"), version, "the same content is no change");
    let object = get(&server, ONE).await.json();
    assert_eq!(object["kind"], "ConfigMap");
    assert_eq!(object["data"], json!({"a.yaml": "x"}));
    assert_eq!(object["metadata"]["resourceVersion"], version.to_string());
}

#[tokio::test]
async fn refusals_are_worded_as_the_api_server_words_them() {
    let server = Server::start().await.unwrap();
    let user = "User \"system:serviceaccount:kloudmate:kubeagent\"";
    let cases = [
        (
            "/api/v1/namespaces/kloudmate/configmaps/x".to_owned(),
            format!(
                "configmaps \"x\" is forbidden: {user} cannot get resource \"configmaps\" in API group \"\" in the namespace \"kloudmate\""
            ),
        ),
        (
            CONFIG_MAPS.to_owned(),
            format!(
                "configmaps is forbidden: {user} cannot list resource \"configmaps\" in API group \"\" in the namespace \"kloudmate\""
            ),
        ),
        (
            format!("{CONFIG_MAPS}?watch=1"),
            format!(
                "configmaps is forbidden: {user} cannot watch resource \"configmaps\" in API group \"\" in the namespace \"kloudmate\""
            ),
        ),
        (
            "/api/v1/configmaps".to_owned(),
            format!(
                "configmaps is forbidden: {user} cannot list resource \"configmaps\" in API group \"\" at the cluster scope"
            ),
        ),
    ];
    for (path, message) in cases {
        let answer = get(&server, &path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["message"].as_str().unwrap()),
            (403, message.as_str())
        );
        assert_eq!(answer.json()["reason"], "Forbidden");
    }
}

#[tokio::test]
async fn a_list_is_allowed_when_its_selector_names_the_allowed_object() {
    let server = Server::start().await.unwrap();
    put(&server, "x");
    server.put_config_map("kloudmate", "another", &[]);
    let list = get(&server, &format!("{CONFIG_MAPS}?{SELECTED}")).await.json();
    assert_eq!(list["kind"], "ConfigMapList");
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert!(items[0].get("kind").is_none(), "items of a list have no kind");
    let other = get(&server, &format!("{CONFIG_MAPS}?fieldSelector=metadata.name%3Danother")).await;
    assert_eq!(other.status, 403);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let server = Server::start().await.unwrap();
    for path in ["/", "/api/v1/namespaces/x/secrets/y", "/apis/apps/v1/deployments"] {
        assert_eq!(get(&server, path).await.status, 404, "{path}");
    }
    assert_eq!(post(&server, ONE, &json!({})).await.status, 405);
    assert_eq!(post(&server, "/api/v1/configmaps", &json!({})).await.status, 405);
    assert_eq!(get(&server, "/version").await.json()["major"], "1");
    assert_eq!(get(&server, "/readyz").await.body, "ok");
}

#[tokio::test]
async fn a_watch_reports_what_is_there_and_each_change() {
    let server = Server::start().await.unwrap();
    let first = put(&server, "1");
    let mut lines = Lines::open(&server, "allowWatchBookmarks=true").await;
    assert_eq!(lines.kind().await, ("ADDED".to_owned(), first));
    let second = put(&server, "2");
    server.put_config_map("kloudmate", "another", &[("x", "y")]);
    assert_eq!(lines.kind().await, ("MODIFIED".to_owned(), second));
    server.wait_for_watches(1).await;
    server.send_bookmarks();
    let (kind, bookmark) = lines.kind().await;
    assert!(kind == "BOOKMARK" && bookmark > second, "{kind} {bookmark}");
    server.delete_config_map("kloudmate", "kmagent-config");
    assert_eq!(lines.kind().await, ("DELETED".to_owned(), bookmark + 1));
    server.close_watches();
    assert_eq!(lines.next().await, None);
    server.wait_for_watches(0).await;
}

#[tokio::test]
async fn a_watch_resumes_after_a_version_and_ends_after_its_timeout() {
    let server = Server::start().await.unwrap();
    let first = put(&server, "1");
    let second = put(&server, "2");
    let query = format!("resourceVersion={first}&timeoutSeconds=0&allowWatchBookmarks=true");
    let mut lines = Lines::open(&server, &query).await;
    assert_eq!(lines.kind().await, ("MODIFIED".to_owned(), second));
    assert_eq!(lines.kind().await, ("BOOKMARK".to_owned(), second));
    assert_eq!(lines.next().await, None);
}

#[tokio::test]
async fn a_version_before_the_compaction_is_gone() {
    let server = Server::start().await.unwrap();
    let old = put(&server, "1");
    server.compact();
    let event = Lines::open(&server, &format!("resourceVersion={old}")).await.next().await.unwrap();
    assert_eq!((&event["type"], &event["object"]["code"]), (&json!("ERROR"), &json!(410)));
    server.gone_as_http(true);
    let path = format!("{CONFIG_MAPS}?watch=true&{SELECTED}&resourceVersion={old}");
    let answer = get(&server, &path).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["reason"]), (410, &json!("Expired")));
}

#[tokio::test]
async fn a_broken_watch_breaks_off_its_response() {
    let server = Server::start().await.unwrap();
    let mut lines = Lines::open(&server, "").await;
    server.wait_for_watches(1).await;
    server.break_watches();
    assert!(lines.body.frame().await.unwrap().is_err());
}

#[tokio::test]
async fn events_are_created_where_allowed() {
    let server = Server::start().await.unwrap();
    let path = "/api/v1/namespaces/kloudmate/events";
    let event = json!({"metadata": {"generateName": "e-"}, "involvedObject": {"namespace": "kloudmate"}, "reason": "R"});
    assert_eq!(post(&server, path, &event).await.status, 403);
    server.set_rules(vec![Rule::create_events("kloudmate")]);
    let answer = post(&server, path, &event).await;
    assert_eq!(answer.status, 201);
    assert!(answer.json()["metadata"]["name"].as_str().unwrap().starts_with("e-"));
    assert_eq!(server.wait_for_events(1).await[0]["reason"], "R");
    let elsewhere = json!({"metadata": {"name": "x"}, "involvedObject": {"namespace": "other"}});
    assert_eq!(post(&server, path, &elsewhere).await.status, 422);
}

#[tokio::test]
async fn a_self_review_tells_what_is_allowed() {
    let server = Server::start().await.unwrap();
    for (verb, allowed) in [("get", true), ("delete", false)] {
        let attributes = json!({"namespace": "kloudmate", "verb": verb, "resource": "configmaps", "name": "kmagent-config"});
        let review = json!({"spec": {"resourceAttributes": attributes}});
        let answer = post(&server, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review).await;
        assert_eq!(answer.json()["status"]["allowed"], allowed, "{verb}");
    }
}

#[tokio::test]
async fn the_administrator_writes_config_maps_over_http() {
    const JSON: &str = "application/json";
    const MERGE: &str = "application/merge-patch+json";
    let server = Server::start().await.unwrap();
    let object = json!({"metadata": {"name": "kmagent-config"}, "data": {"a.yaml": "1"}});
    assert_eq!(post(&server, CONFIG_MAPS, &object).await.status, 403, "the agent may not");
    let mut lines = Lines::open(&server, "").await;
    assert_eq!(admin(&server, "POST", CONFIG_MAPS, JSON, object.clone()).await.status, 201);
    assert_eq!(lines.next().await.unwrap()["object"]["data"], json!({"a.yaml": "1"}));
    let again = admin(&server, "POST", CONFIG_MAPS, JSON, object.clone()).await;
    assert_eq!((again.status.as_u16(), &again.json()["reason"]), (409, &json!("AlreadyExists")));
    let patch = json!({"data": {"a.yaml": null, "b.yaml": "2"}});
    assert_eq!(admin(&server, "PATCH", ONE, JSON, patch.clone()).await.status, 415);
    assert_eq!(admin(&server, "PATCH", ONE, MERGE, patch).await.json()["data"], json!({"b.yaml": "2"}));
    let stale = json!({"metadata": {"resourceVersion": "1"}, "data": {}});
    let conflict = admin(&server, "PUT", ONE, JSON, stale).await;
    assert_eq!((conflict.status.as_u16(), &conflict.json()["reason"]), (409, &json!("Conflict")));
    assert_eq!(admin(&server, "PUT", ONE, JSON, json!({"data": {"c": 3}})).await.status, 400);
    assert_eq!(admin(&server, "PUT", ONE, JSON, json!({"data": {"c": "3"}})).await.status, 200);
    assert_eq!(get(&server, ONE).await.json()["data"], json!({"c": "3"}));
    assert_eq!(admin(&server, "DELETE", ONE, JSON, Value::Null).await.json()["status"], "Success");
    assert_eq!(admin(&server, "DELETE", ONE, JSON, Value::Null).await.status, 404);
    let kinds = [lines.next().await, lines.next().await, lines.next().await]
        .map(|line| line.unwrap()["type"].clone());
    assert_eq!(kinds, ["MODIFIED", "MODIFIED", "DELETED"]);
}

#[tokio::test]
async fn planned_faults_come_in_order_and_by_verb() {
    let server = Server::start().await.unwrap();
    put(&server, "x");
    server.fail_verb("list", 1, Fault::Drop);
    server.fail(1, Fault::Status { code: 429, retry_after: Some(3) });
    let answer = get(&server, ONE).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "3"));
    assert_eq!(answer.json()["details"]["retryAfterSeconds"], 3);
    assert_eq!(get(&server, ONE).await.status, 200);
    let list = request(&server, "GET", &format!("{CONFIG_MAPS}?{SELECTED}"), &Value::Null);
    assert!(ask(&server).send(list.clone()).await.is_err(), "dropped");
    assert_eq!(ask(&server).send(list).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_refusing_server_comes_back_on_the_same_port() {
    let server = Server::start().await.unwrap();
    let mut lines = Lines::open(&server, "").await;
    server.refuse_connections(true).await.unwrap();
    assert_eq!(lines.next().await, None, "open connections are closed too");
    let refused = ask(&server).send(request(&server, "GET", ONE, &Value::Null)).await;
    assert!(refused.is_err());
    server.refuse_connections(false).await.unwrap();
    assert_eq!(get(&server, ONE).await.status, 404);
}

#[tokio::test]
async fn shutdown_ends_connections_and_frees_the_port() {
    let server = Server::start().await.unwrap();
    let address = server.address();
    let mut lines = Lines::open(&server, "").await;
    server.shutdown().await;
    assert_eq!(lines.next().await, None);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
