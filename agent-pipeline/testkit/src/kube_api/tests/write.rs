//! Writing over HTTP.

use super::*;

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
    let typed = admin(&server, "PATCH", ONE, MERGE, json!({"data": {"c": 3}})).await;
    assert_eq!(
        (typed.status.as_u16(), &typed.json()["reason"]),
        (422, &json!("Invalid")),
        "not 400 as for a PUT"
    );
    let large = json!({"data": {"c": "x".repeat((1 << 20) + 1)}});
    for (body, status) in [
        (large, 422),
        (json!({"data": {"a b": "x"}}), 422),
        (json!({"metadata": {"namespace": "other"}, "data": {}}), 400),
    ] {
        assert_eq!(admin(&server, "PUT", ONE, JSON, body).await.status, status);
    }
    let deleted = admin(&server, "DELETE", ONE, JSON, Value::Null).await.json();
    assert_eq!(
        (&deleted["status"], &deleted["details"]["name"]),
        (&json!("Success"), &json!("kmagent-config"))
    );
    assert_eq!(admin(&server, "DELETE", ONE, JSON, Value::Null).await.status, 404);
    let kinds = [lines.next().await, lines.next().await, lines.next().await]
        .map(|line| line.unwrap()["type"].clone());
    assert_eq!(kinds, ["MODIFIED", "MODIFIED", "DELETED"]);
}
