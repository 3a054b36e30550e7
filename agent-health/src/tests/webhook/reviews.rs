//! Which reviews are judged, and what the answers say.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::{DAEMONSET, DEPLOYMENT, Webhook, review};

#[tokio::test]
async fn a_good_configuration_is_allowed_with_its_warnings() {
    let webhook = Webhook::new();
    let good = json!({DEPLOYMENT: "good", "other": "bad: not looked at"});
    assert_eq!(webhook.review(&review("CREATE", &good)).await["allowed"], true);
    assert_eq!(webhook.asked(), [(DEPLOYMENT.to_owned(), "good".to_owned())]);
    let warned = json!({DEPLOYMENT: "warn: old key; older key", DAEMONSET: "warn: odd\nvalue"});
    let response = webhook.review(&review("UPDATE", &warned)).await;
    let expected = [
        "agent-deployment.yaml: old key",
        "agent-deployment.yaml: older key",
        "agent-daemonset.yaml: odd value",
    ];
    let uid = &response["uid"];
    assert_eq!(response, json!({"uid": uid, "allowed": true, "warnings": expected}));
    webhook.end().await;
}

#[tokio::test]
async fn a_bad_one_is_refused_with_all_problems_a_line_each() {
    let webhook = Webhook::new();
    let data = json!({
        DEPLOYMENT: "bad: receivers::otlp: unknown key; service: no pipelines",
        DAEMONSET: "bad: not YAML",
    });
    let response = webhook.review(&review("UPDATE", &data)).await;
    let message = "the configuration is refused\n\
                   agent-deployment.yaml: receivers::otlp: unknown key\n\
                   agent-deployment.yaml: service: no pipelines\n\
                   agent-daemonset.yaml: not YAML";
    let status = json!({"code": 400, "reason": "BadRequest", "message": message});
    assert_eq!(response, json!({"uid": response["uid"], "allowed": false, "status": status}));

    let one_bad = json!({DEPLOYMENT: "warn: odd", DAEMONSET: "bad: no"});
    let response = webhook.review(&review("CREATE", &one_bad)).await;
    assert_eq!(response["status"]["message"], "the configuration is refused\nagent-daemonset.yaml: no");
    webhook.end().await;
}

#[tokio::test]
async fn an_update_is_judged_by_what_would_be_stored_and_a_dry_run_alike() {
    let webhook = Webhook::new();
    for dry_run in [false, true] {
        for (old, new, allowed) in [("bad: no", "good", true), ("good", "bad: no", false)] {
            let mut update = review("UPDATE", &json!({DEPLOYMENT: new}));
            update["request"]["oldObject"] = json!({"data": {DEPLOYMENT: old}});
            update["request"]["dryRun"] = dry_run.into();
            assert_eq!(webhook.review(&update).await["allowed"], allowed, "{new}");
        }
    }
    webhook.end().await;
}

#[tokio::test]
async fn what_is_no_configuration_is_allowed_unseen() {
    let webhook = Webhook::new();
    let bad = json!({DEPLOYMENT: "bad: no"});
    let mut unrelated = vec![review("CREATE", &json!({"x": "bad: no"})), review("CREATE", &json!(null))];
    let mut delete = review("DELETE", &bad);
    delete["request"]["oldObject"] = delete["request"]["object"].take();
    unrelated.extend([delete, review("CONNECT", &bad)]);
    let mut of_other_group = review("CREATE", &bad);
    of_other_group["request"]["kind"] = json!({"group": "example.com", "version": "v1", "kind": "ConfigMap"});
    let mut of_other_kind = review("CREATE", &json!([1, 2]));
    of_other_kind["request"]["kind"] = json!({"group": "", "version": "v1", "kind": "Pod"});
    unrelated.extend([of_other_group, of_other_kind]);
    for review in unrelated {
        let response = webhook.review(&review).await;
        assert_eq!(response, json!({"uid": response["uid"], "allowed": true}), "{review}");
    }
    assert_eq!(webhook.asked(), []);
    webhook.end().await;
}

#[tokio::test]
async fn messages_are_bounded_and_without_secrets() {
    agent_telemetry::register_secret("webhook-s3cret");
    let webhook = Webhook::new();
    let problems = vec![format!("webhook-s3cret {}", "é".repeat(1_000)); 100].join("; ");
    let response = webhook.review(&review("CREATE", &json!({DEPLOYMENT: format!("bad: {problems}")}))).await;
    let message = response["status"]["message"].as_str().unwrap();
    assert!(
        !message.contains("s3cret") && message.contains("agent-deployment.yaml: [REDACTED] é"),
        "{message}"
    );
    assert!(
        message.len() <= 8 * 1024 + 64 && message.lines().all(|line| line.len() <= 1024),
        "{}",
        message.len()
    );
    assert!(message.ends_with("…\nand 92 more"), "{message}");

    let warnings = vec!["webhook-s3cret and so on, ".repeat(20); 100].join("; ");
    let response = webhook.review(&review("CREATE", &json!({DEPLOYMENT: format!("warn: {warnings}")}))).await;
    let warnings = response["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 16);
    let text = warnings[0].as_str().unwrap();
    assert!(text.len() <= 256 && !text.contains("s3cret"), "{text}");
    webhook.end().await;
}

#[tokio::test]
async fn a_judge_that_fails_fails_its_review_only() {
    let webhook = Webhook::new();
    let reply = webhook.post(&review("CREATE", &json!({DEPLOYMENT: "panic"})).to_string()).await;
    assert_eq!((reply.status, reply.body.as_str()), (500, "the configuration could not be judged\n"));
    assert_eq!(webhook.review(&review("CREATE", &json!({DEPLOYMENT: "good"}))).await["allowed"], true);
    webhook.end().await;
}

#[tokio::test]
async fn one_configuration_is_judged_at_a_time() {
    let webhook = Webhook::new();
    let slow = review("CREATE", &json!({DEPLOYMENT: "slow"}));
    tokio::join!(webhook.review(&slow), webhook.review(&slow), webhook.review(&slow), webhook.review(&slow));
    assert_eq!(webhook.asked().len(), 4);
    assert_eq!(webhook.most_at_once.load(Ordering::Relaxed), 1);
    webhook.end().await;
}
