//! Events: what the server demands of them, how they are counted and found.

use super::*;

const CORE: &str = "/api/v1/namespaces/kloudmate/events";
const NEW: &str = "/apis/events.k8s.io/v1/namespaces/kloudmate/events";
const NOW: &str = "2026-01-01T00:00:00.000000Z";

fn event() -> Value {
    json!({
        "metadata": {"generateName": "e-"},
        "involvedObject": {"kind": "Pod", "namespace": "kloudmate", "name": "p", "uid": "u"},
        "reason": "R", "message": "m", "type": "Normal", "count": 1,
        "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z",
    })
}

fn new_event() -> Value {
    json!({
        "metadata": {"name": "n"}, "eventTime": NOW, "type": "Normal", "reason": "R", "action": "A", "note": "m",
        "reportingController": "c", "reportingInstance": "i", "regarding": {"namespace": "kloudmate"},
    })
}

fn changed(mut event: Value, field: &str, value: Value) -> Value {
    event[field] = value;
    event
}

async fn server() -> Server {
    let everywhere = Rule { api_group: "*".to_owned(), ..Rule::write_events("kloudmate") };
    Server::start_with(Options { rules: vec![everywhere], ..Options::default() }).await.unwrap()
}

async fn patch(server: &Server, path: &str, content_type: &str, body: Value) -> Answered {
    let mut request = request(server, "PATCH", path, &body);
    request.headers_mut().insert("content-type", content_type.parse().unwrap());
    ask(server).send(request).await.unwrap()
}

#[tokio::test]
async fn events_are_created_where_allowed() {
    let server = Server::start().await.unwrap();
    assert_eq!(post(&server, CORE, &event()).await.status, 403);
    server.set_rules(vec![Rule::write_events("kloudmate")]);
    let answer = post(&server, CORE, &event()).await;
    assert_eq!(answer.status, 201);
    let metadata = &answer.json()["metadata"];
    assert!(metadata["name"].as_str().unwrap().starts_with("e-"), "{metadata}");
    assert!(metadata["uid"].is_string() && metadata["resourceVersion"].is_string(), "{metadata}");
    assert_eq!(server.events()[0]["reason"], "R");
    let again = changed(event(), "metadata", json!({"name": metadata["name"]}));
    assert_eq!(post(&server, CORE, &again).await.json()["reason"], "AlreadyExists");
    let refused = post(&server, NEW, &new_event()).await;
    let expected = json!({"group": "events.k8s.io", "kind": "events"});
    assert_eq!((refused.status.as_u16(), &refused.json()["details"]), (403, &expected));
}

#[tokio::test]
async fn an_event_of_the_core_api_has_the_namespace_of_its_object_and_the_right_types() {
    let server = server().await;
    let elsewhere = changed(event(), "involvedObject", json!({"namespace": "other"}));
    let answer = post(&server, CORE, &elsewhere).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["reason"]), (422, &json!("Invalid")));
    let message = answer.json()["message"].to_string();
    assert!(message.contains("involvedObject.namespace: Invalid value"), "{message}");
    for (field, value, status) in [
        ("involvedObject", json!({}), 422),
        ("involvedObject", json!("p"), 400),
        ("count", json!("1"), 400),
        ("firstTimestamp", json!("yesterday"), 400),
        ("message", json!(7), 400),
        ("kind", json!("Pod"), 400),
        ("metadata", json!({}), 422),
        ("metadata", json!({"name": "a/b"}), 422),
        ("metadata", json!({"name": "x", "namespace": "other"}), 400),
        ("eventTime", json!(NOW), 422),
    ] {
        let answer = post(&server, CORE, &changed(event(), field, value.clone())).await;
        assert_eq!(answer.status, status, "{field} {value}");
    }
    assert_eq!(server.events().len(), 0);
}

#[tokio::test]
async fn the_newer_api_demands_more() {
    let server = server().await;
    assert_eq!(post(&server, NEW, &new_event()).await.status, 201);
    for (field, value) in [
        ("eventTime", Value::Null),
        ("type", json!("Odd")),
        ("action", json!("")),
        ("reportingController", Value::Null),
        ("reportingInstance", json!("x".repeat(129))),
        ("note", json!("x".repeat(1025))),
    ] {
        let answer = post(&server, NEW, &changed(new_event(), field, value.clone())).await;
        assert_eq!(answer.status, 422, "{field} {value}");
    }
    let second = changed(new_event(), "eventTime", json!("2026-01-01T00:00:00Z"));
    assert_eq!(post(&server, NEW, &second).await.status, 400, "to the microsecond");
}

#[tokio::test]
async fn an_event_is_counted_by_a_patch() {
    const MERGE: &str = "application/merge-patch+json";
    let server = server().await;
    let created = post(&server, CORE, &changed(event(), "metadata", json!({"name": "one"}))).await.json();
    let one = format!("{CORE}/one");
    let counted = patch(&server, &one, MERGE, json!({"count": 2})).await.json();
    assert_eq!((&counted["count"], &counted["message"]), (&json!(2), &json!("m")));
    assert_ne!(counted["metadata"]["resourceVersion"], created["metadata"]["resourceVersion"]);
    assert_eq!(server.events(), [counted]);
    assert_eq!(patch(&server, &one, MERGE, json!({"count": "2"})).await.status, 422);
    assert_eq!(patch(&server, &one, "application/json", json!({"count": 3})).await.status, 415);
    server.expire_events();
    assert_eq!(patch(&server, &one, MERGE, json!({"count": 3})).await.status, 404);
    server.set_rules(vec![Rule { verbs: vec!["create".to_owned()], ..Rule::write_events("kloudmate") }]);
    assert_eq!(patch(&server, &one, MERGE, json!({"count": 3})).await.status, 403);
}

#[tokio::test]
async fn events_are_found_as_kubectl_describe_looks_for_them() {
    let server = server().await;
    let list = Rule { verbs: vec!["list".to_owned()], ..Rule::write_events("kloudmate") };
    server.set_rules(vec![Rule::write_events("kloudmate"), list]);
    assert_eq!(post(&server, CORE, &event()).await.status, 201);
    let nameless =
        changed(event(), "involvedObject", json!({"kind": "Pod", "namespace": "kloudmate", "name": "p"}));
    assert_eq!(post(&server, CORE, &nameless).await.status, 201);
    let found = async |selector: &str| {
        let list = get(&server, &format!("{CORE}?fieldSelector={selector}")).await.json();
        assert_eq!(list["kind"], "EventList");
        list["items"].as_array().unwrap().len()
    };
    assert_eq!(found("").await, 2);
    let of_pod = "involvedObject.name%3Dp%2CinvolvedObject.namespace%3Dkloudmate";
    assert_eq!(found(of_pod).await, 2);
    assert_eq!(
        found(&format!("{of_pod}%2CinvolvedObject.uid%3Du")).await,
        1,
        "one without a uid is not found"
    );
    assert_eq!(found("type!%3DNormal").await, 0);
    let unknown = get(&server, &format!("{CORE}?fieldSelector=message%3Dm")).await;
    assert_eq!(
        (unknown.status.as_u16(), &unknown.json()["message"]),
        (400, &json!("field label not supported: message"))
    );
}
