//! The Role of the manifests: get, list and watch of the one name, and nothing else; with the words of each refusal.

use anyhow::Result;
use serde_json::{Value, json};

use crate::account::Answer;
use crate::check::Checks;
use crate::cluster::Cluster;
use crate::json::{at, items, text};

/// Selects the name that the Role allows.
pub(super) fn selector(cluster: &Cluster) -> String {
    format!("fieldSelector=metadata.name%3D{}", cluster.name())
}

pub(super) async fn run(cluster: &Cluster, checks: &mut Checks) -> Result<()> {
    allowed(cluster, checks).await?;
    refused(cluster, checks).await?;
    worded(cluster, checks).await?;
    malformed(cluster, checks).await
}

async fn allowed(cluster: &Cluster, checks: &mut Checks) -> Result<()> {
    let one = cluster.agent.ask("GET", &cluster.one()).await?;
    checks.same("the Role allows get of the one ConfigMap", one.code, 200);
    checks.same(
        "what is read is what the manifest says",
        at(&one.body, "/data"),
        at(&cluster.config_map, "/data"),
    );
    let list = format!("{}?{}", cluster.config_maps(), selector(cluster));
    let list = cluster.agent.ask("GET", &list).await?;
    checks.same("the Role allows a list that selects it", list.code, 200);
    checks.same("a list says its kind", text(&list.body, "/kind"), "ConfigMapList");
    let items = items(&list.body);
    checks.same("and holds nothing else", items.len(), 1);
    let kinds = items.iter().filter(|item| item.get("kind").is_some()).count();
    checks.same("an item of a list has no kind", kinds, 0);
    let mut lines =
        cluster.agent.watch(&format!("{}?watch=true&{}", cluster.config_maps(), selector(cluster))).await?;
    checks.same("the Role allows a watch that selects it", lines.code, 200);
    let first = lines.next().await?.unwrap_or_default();
    checks.same("a watch without a version begins with what is there", text(&first, "/type"), "ADDED");
    Ok(())
}

async fn refused(cluster: &Cluster, checks: &mut Checks) -> Result<()> {
    let maps = cluster.config_maps();
    let (namespace, one) = (cluster.namespace(), cluster.one());
    let other = format!("{maps}/another");
    let object = json!({"metadata": {"name": "another"}, "data": {}});
    let refused: [(&str, &str, String); 12] = [
        ("get of another", "GET", other.clone()),
        ("a list of all", "GET", maps.clone()),
        ("a list of another", "GET", format!("{maps}?fieldSelector=metadata.name%3Danother")),
        ("a list of all but another", "GET", format!("{maps}?fieldSelector=metadata.name!%3Danother")),
        ("a watch of all", "GET", format!("{maps}?watch=true")),
        ("a list in all namespaces", "GET", format!("/api/v1/configmaps?{}", selector(cluster))),
        ("creating one", "POST", maps.clone()),
        ("patching it", "PATCH", one.clone()),
        ("replacing it", "PUT", one.clone()),
        ("deleting it", "DELETE", one),
        ("reading Secrets", "GET", format!("/api/v1/namespaces/{namespace}/secrets/kloudmate-secret")),
        ("reading Events", "GET", cluster.events()),
    ];
    for (what, method, path) in refused {
        let content_type =
            if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let body = matches!(method, "POST" | "PATCH" | "PUT").then_some(&object);
        let answer = cluster.agent.send(method, &path, content_type, body).await?;
        checks.same(
            format!("the Role forbids {what}"),
            (answer.code, text(&answer.body, "/reason")),
            (403, "Forbidden"),
        );
    }
    Ok(())
}

/// The `Status` bodies that the agent's messages are made of.
async fn worded(cluster: &Cluster, checks: &mut Checks) -> Result<()> {
    let (maps, namespace) = (cluster.config_maps(), cluster.namespace());
    let user = "system:serviceaccount:kloudmate:kubeagent";
    let refusal = |object: &str, verb: &str, place: &str| {
        format!(
            "{object} is forbidden: User \"{user}\" cannot {verb} resource \"configmaps\" in API group \"\" {place}"
        )
    };
    let here = format!("in the namespace \"{namespace}\"");
    let answer = cluster.agent.ask("GET", &format!("{maps}/another")).await?;
    let message = refusal("configmaps \"another\"", "get", &here);
    status(
        checks,
        "a refused get",
        &answer,
        403,
        "Forbidden",
        &message,
        json!({"name": "another", "kind": "configmaps"}),
    );
    let answer = cluster.agent.ask("GET", &format!("{maps}?watch=true")).await?;
    status(
        checks,
        "a refused watch",
        &answer,
        403,
        "Forbidden",
        &refusal("configmaps", "watch", &here),
        json!({"kind": "configmaps"}),
    );
    let answer = cluster.agent.ask("GET", "/api/v1/configmaps").await?;
    let message = refusal("configmaps", "list", "at the cluster scope");
    status(checks, "a refused list", &answer, 403, "Forbidden", &message, json!({"kind": "configmaps"}));
    let answer = cluster.nobody.ask("GET", &maps).await?;
    status(checks, "an unknown token", &answer, 401, "Unauthorized", "Unauthorized", Value::Null);
    let answer = cluster.admin.ask("GET", &format!("{maps}/absent")).await?;
    let details = json!({"name": "absent", "kind": "configmaps"});
    status(
        checks,
        "a missing ConfigMap",
        &answer,
        404,
        "NotFound",
        "configmaps \"absent\" not found",
        details,
    );
    let again = cluster.admin.send("POST", &maps, "application/json", Some(&cluster.config_map)).await?;
    let message = format!("configmaps \"{}\" already exists", cluster.name());
    let details = json!({"name": cluster.name(), "kind": "configmaps"});
    status(checks, "one that is there already", &again, 409, "AlreadyExists", &message, details);
    Ok(())
}

fn status(
    checks: &mut Checks,
    what: &str,
    answer: &Answer,
    code: u16,
    reason: &str,
    message: &str,
    details: Value,
) {
    let mut wanted = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    if let (false, Some(fields)) = (details.is_null(), wanted.as_object_mut()) {
        fields.insert("details".to_owned(), details);
    }
    checks.same(
        format!("{what} is answered in the words of the API"),
        (answer.code, &answer.body),
        (code, &wanted),
    );
}

/// What the API server does not take from anybody.
async fn malformed(cluster: &Cluster, checks: &mut Checks) -> Result<()> {
    let (maps, one) = (cluster.config_maps(), cluster.one());
    let unknown = cluster.admin.ask("GET", &format!("{maps}?fieldSelector=data%3Dx")).await?;
    let message = text(&unknown.body, "/message").contains("is not a known field selector");
    checks.that("an unknown field selector is refused", unknown.code == 400 && message, unknown);
    for (what, data, code) in [
        ("a value that is no text", json!({"x": 3}), 422),
        ("a key with a blank", json!({"a b": "x"}), 422),
        ("more than 1 MiB", json!({"x": "x".repeat(2 << 20)}), 422),
    ] {
        let body = json!({"data": data});
        let answer = cluster.admin.send("PATCH", &one, "application/merge-patch+json", Some(&body)).await?;
        checks.same(format!("{what} is refused"), answer.code, code);
    }
    let body = json!({"data": {}});
    let odd = cluster.admin.send("PATCH", &one, "application/json", Some(&body)).await?;
    checks.same(
        "a patch of an unknown kind is refused",
        (odd.code, text(&odd.body, "/reason")),
        (415, "UnsupportedMediaType"),
    );
    let stale = json!({"metadata": {"name": cluster.name(), "resourceVersion": "1"}, "data": {}});
    let stale = cluster.admin.send("PUT", &one, "application/json", Some(&stale)).await?;
    checks.same(
        "a stale replacement is refused",
        (stale.code, text(&stale.body, "/reason")),
        (409, "Conflict"),
    );
    Ok(())
}
