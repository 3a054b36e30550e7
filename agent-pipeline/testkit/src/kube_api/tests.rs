//! That the server answers as a real API server does, request by request.

mod events;
mod faults;
mod watch;
mod write;

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
    let denied = "fieldSelector=metadata.name!%3Danother";
    assert_eq!(get(&server, &format!("{CONFIG_MAPS}?{denied}")).await.status, 403, "names no one object");
    let narrowed = format!("{CONFIG_MAPS}?{SELECTED}%2Cmetadata.namespace%3Dother");
    assert_eq!(get(&server, &narrowed).await.json()["items"], json!([]));
    let unknown = get(&server, &format!("{CONFIG_MAPS}?{SELECTED}%2Cdata%3Dx")).await;
    let message = "\"data\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
    assert_eq!((unknown.status.as_u16(), &unknown.json()["message"]), (400, &json!(message)));
}

#[tokio::test]
async fn the_identity_of_an_object_lasts_until_it_is_deleted() {
    let server = Server::start().await.unwrap();
    let uid = async || get(&server, ONE).await.json()["metadata"]["uid"].clone();
    put(&server, "1");
    let first = uid().await;
    put(&server, "2");
    assert_eq!(uid().await, first);
    server.delete_config_map("kloudmate", "kmagent-config");
    put(&server, "2");
    assert_ne!(uid().await, first);
    server.put_config_map("kloudmate", "kmagent-config", &[]);
    assert!(get(&server, ONE).await.json().get("data").is_none(), "what is empty is left out");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let server = Server::start().await.unwrap();
    let secret = "/api/v1/namespaces/x/secrets/y";
    assert_eq!(get(&server, secret).await.status, 403, "what is not allowed is not told to be missing");
    let everything = |verbs: &[&str]| Rule {
        namespace: None,
        api_group: "*".to_owned(),
        resources: vec!["*".to_owned()],
        verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
        resource_names: Vec::new(),
    };
    server.set_rules(vec![everything(&["*"])]);
    for path in ["/", secret, "/apis/apps/v1/deployments"] {
        let answer = get(&server, path).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["details"]), (404, &json!({})), "{path}");
    }
    assert_eq!(post(&server, ONE, &json!({})).await.status, 405);
    assert_eq!(post(&server, "/api/v1/configmaps", &json!({})).await.status, 405);
    assert_eq!(get(&server, "/version").await.json()["major"], "1");
    assert_eq!(get(&server, "/readyz").await.body, "ok");
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
async fn a_self_review_tells_who_asks() {
    let server = Server::start().await.unwrap();
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer = post(&server, path, &json!({"kind": "SelfSubjectReview"})).await;
    let user = "system:serviceaccount:kloudmate:kubeagent";
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["status"]["userInfo"]["username"]),
        (201, &json!(user))
    );
    assert_eq!(get(&server, path).await.status, 405);
}
