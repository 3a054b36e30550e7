//! Events as a real API server takes them, and that nothing about them holds anybody up.

use std::path::Path;
use std::time::Duration;

use agent_testkit::kube_api::{Fault, Rule, Server};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};
use tokio::task::JoinHandle;

use super::allowance::{AT_ONCE, Allowance, EVERY};
use super::queue::{KEPT, Queue};
use super::writer::{refusal, shortened};
use super::*;
use crate::client::connect;
use crate::client::tests::pod;

const NAMESPACE: &str = "kloudmate";
const NAME: &str = "kmagent-config";

struct Setup {
    server: Server,
    events: Events,
    config_map: ConfigMapSource,
    cancel: CancellationToken,
    task: JoinHandle<()>,
    _dir: TempDir,
}

async fn connection(server: &Server, dir: &Path) -> Connection {
    server.write_service_account_dir(dir).unwrap();
    connect(&pod(server, dir)).await.unwrap()
}

#[allow(clippy::disallowed_methods, reason = "the test joins it")]
async fn start(rules: Vec<Rule>) -> Setup {
    let (server, dir) = (Server::start().await.unwrap(), tempdir().unwrap());
    server.put_config_map(NAMESPACE, NAME, &[("a.yaml", "x")]);
    server.set_rules(rules);
    let connection = connection(&server, dir.path()).await;
    let config_map = ConfigMapSource::new(connection.clone(), NAMESPACE, NAME, "a.yaml");
    let identity = EventsIdentity {
        pod: Some("kubeagent-1".to_owned()),
        pod_uid: Some("pod-uid".to_owned()),
        config_map: config_map.clone(),
    };
    let events = Events::new(connection, identity);
    let cancel = CancellationToken::new();
    let (running, token) = (events.clone(), cancel.clone());
    let task = tokio::spawn(async move { running.run(token).await });
    Setup { server, events, config_map, cancel, task, _dir: dir }
}

fn all() -> Vec<Rule> {
    vec![Rule::read_config_map(NAMESPACE, NAME), Rule::write_events(NAMESPACE)]
}

impl Setup {
    /// Waits until there are `count` Events that were counted `times` together.
    async fn written(&self, count: usize, times: i64) -> Vec<Value> {
        let enough = |events: &[Value]| {
            let sum: i64 = events.iter().map(|event| event["count"].as_i64().unwrap()).sum();
            events.len() >= count && sum >= times
        };
        let wait = tokio::time::timeout(Duration::from_secs(20), self.server.wait_for_events(enough)).await;
        let events = wait.unwrap_or_else(|_| panic!("not enough Events: {:?}", self.server.events()));
        assert_eq!(events.len(), count, "{events:?}");
        events
    }

    async fn stop(self) {
        self.cancel.cancel();
        self.task.await.unwrap();
    }
}

fn about<'a>(events: &'a [Value], kind: &str) -> &'a Value {
    events.iter().find(|event| event["involvedObject"]["kind"] == kind).unwrap()
}

#[tokio::test]
async fn an_event_is_written_about_the_pod_and_the_config_map() {
    let setup = start(all()).await;
    let snapshot = setup.config_map.read().await;
    assert!(snapshot.is_ok() && setup.config_map.uid().is_some());
    setup.events.publish(Event::rejected("service::pipelines: missing"));
    let events = setup.written(2, 2).await;
    let pod = about(&events, "Pod");
    let expected = json!({"apiVersion": "v1", "kind": "Pod", "namespace": NAMESPACE, "name": "kubeagent-1", "uid": "pod-uid"});
    assert_eq!(pod["involvedObject"], expected);
    let config_map = about(&events, "ConfigMap");
    let expected = json!({"apiVersion": "v1", "kind": "ConfigMap", "namespace": NAMESPACE, "name": NAME, "uid": setup.config_map.uid()});
    assert_eq!(config_map["involvedObject"], expected);
    for event in [pod, config_map] {
        assert_eq!((&event["reason"], &event["type"]), (&json!("ConfigRejected"), &json!("Warning")));
        assert_eq!((&event["message"], &event["count"]), (&json!("service::pipelines: missing"), &json!(1)));
        assert_eq!(event["firstTimestamp"], event["lastTimestamp"]);
        assert_eq!(
            (&event["source"], &event["reportingComponent"]),
            (&json!({"component": "kubeagent"}), &json!("kubeagent"))
        );
        assert_eq!(event["reportingInstance"], "kubeagent-1");
        assert_eq!((&event["kind"], &event["apiVersion"]), (&json!("Event"), &json!("v1")));
        let (name, object) = (&event["metadata"]["name"], event["involvedObject"]["name"].as_str().unwrap());
        assert!(name.as_str().unwrap().starts_with(&format!("{object}.")), "{name}");
    }
    setup.events.publish(Event::applied("runs"));
    let events = setup.written(4, 4).await;
    assert_eq!((&events[3]["reason"], &events[3]["type"]), (&json!("ConfigApplied"), &json!("Normal")));
    setup.stop().await;
}

#[tokio::test]
async fn a_repeated_event_is_counted_and_an_expired_one_written_again() {
    let setup = start(all()).await;
    setup.events.publish(Event::rejected("one"));
    setup.written(2, 2).await;
    setup.events.publish(Event::rejected("two"));
    setup.written(4, 4).await;
    setup.events.publish(Event::rejected("one"));
    let events = setup.written(4, 6).await;
    let count =
        |event: &Value| (event["message"].as_str().unwrap().to_owned(), event["count"].as_i64().unwrap());
    assert_eq!(events.iter().filter(|event| count(event) == ("one".to_owned(), 2)).count(), 2);
    setup.server.expire_events();
    setup.events.publish(Event::rejected("one"));
    let events = setup.written(2, 2).await;
    assert_eq!(count(&events[0]), ("one".to_owned(), 1));
    setup.stop().await;
}

#[tokio::test]
async fn without_the_permission_it_goes_on_and_writes_as_soon_as_it_may() {
    let setup = start(vec![Rule::read_config_map(NAMESPACE, NAME)]).await;
    setup.events.publish(Event::applied("refused"));
    let creates = |requests: &[agent_testkit::kube_api::Request]| {
        requests.iter().filter(|request| request.verb == "create").count()
    };
    setup.server.wait_for_requests(|requests| creates(requests) == 2).await;
    setup.server.set_rules(all());
    setup.events.publish(Event::applied("allowed"));
    let events = setup.written(2, 2).await;
    assert_eq!(events[0]["message"], "allowed");
    assert_eq!(creates(&setup.server.requests()), 4, "a refusal is not tried again");
    setup.stop().await;
}

#[test]
fn the_refusal_says_what_to_grant_and_how_to_check_it() {
    assert_eq!(
        refusal("create", NAMESPACE, Some("system:serviceaccount:kloudmate:kubeagent")),
        "not allowed to create Events in kloudmate, so none is written: grant create and patch on events; check with: \
         kubectl auth can-i create events --as=system:serviceaccount:kloudmate:kubeagent -n kloudmate"
    );
}

#[tokio::test]
async fn a_failing_server_is_tried_again() {
    let setup = start(all()).await;
    setup.server.fail_verb("create", 2, Fault::Status { code: 503, retry_after: None });
    setup.events.publish(Event::applied("x"));
    setup.written(2, 2).await;
    setup.stop().await;
}

#[tokio::test]
async fn a_silent_server_does_not_hold_up_the_end() {
    let setup = start(all()).await;
    setup.server.fail(usize::MAX, Fault::Silence);
    setup.events.publish(Event::applied("x"));
    setup.server.wait_for_requests(|requests| requests.iter().any(|request| request.verb == "create")).await;
    tokio::time::timeout(Duration::from_secs(5), setup.stop()).await.unwrap();
}

#[tokio::test]
async fn nobody_waits_and_the_newest_are_kept() {
    let queue = Queue::default();
    for number in 0..1000 {
        queue.put(Event::applied(number.to_string()));
    }
    queue.put(Event::applied("999"));
    let mut kept = Vec::new();
    for _ in 0..KEPT {
        kept.push(queue.take().await);
    }
    assert_eq!((kept[0].event.message.as_str(), kept[0].times), ("968", 1));
    let last = &kept[KEPT - 1];
    assert_eq!((last.event.message.as_str(), last.times), ("999", 2));
    assert!(tokio::time::timeout(Duration::from_millis(10), queue.take()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn writes_are_few_in_the_long_run() {
    let (mut allowance, begin) = (Allowance::new(), tokio::time::Instant::now());
    for _ in 0..AT_ONCE {
        allowance.take().await;
    }
    assert_eq!(begin.elapsed(), Duration::ZERO);
    for _ in 0..10 {
        allowance.take().await;
    }
    assert_eq!(begin.elapsed().as_secs(), (EVERY * 10).as_secs());
}

#[test]
fn a_long_message_is_cut_between_characters() {
    assert_eq!(shortened(&"x".repeat(1024)).len(), 1024);
    let short = shortened(&format!("a{}", "é".repeat(1000)));
    assert!(short.len() <= 1024 && short.len() > 1020 && short.ends_with("é…"), "{} {short}", short.len());
}

#[test]
fn the_pod_is_named_by_the_environment() {
    let lookup = |set: &'static [(&str, &str)]| {
        move |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config_map = runtime.block_on(async {
        let (server, dir) = (Server::start().await.unwrap(), tempdir().unwrap());
        ConfigMapSource::new(connection(&server, dir.path()).await, NAMESPACE, NAME, "a.yaml")
    });
    let identity =
        EventsIdentity::from_lookup(config_map.clone(), lookup(&[("POD_NAME", ""), ("HOSTNAME", "h")]));
    assert_eq!((identity.pod.as_deref(), identity.pod_uid), (Some("h"), None));
    let all = lookup(&[("POD_NAME", "p"), ("HOSTNAME", "h"), ("POD_UID", "u")]);
    let identity = EventsIdentity::from_lookup(config_map, all);
    assert_eq!((identity.pod.as_deref(), identity.pod_uid.as_deref()), (Some("p"), Some("u")));
}
