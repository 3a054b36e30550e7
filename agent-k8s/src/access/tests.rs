//! Reviews as an API server answers them by the Role it knows, and that they are in nobody's way.

use agent_testkit::kube_api::{Fault, Rule, Server};
use tempfile::{TempDir, tempdir};

use super::*;
use crate::client::connect;
use crate::client::tests::pod;

const NAMESPACE: &str = "kloudmate";
const NAME: &str = "kmagent-config";

async fn setup(rules: Vec<Rule>) -> (Server, AccessReview, TempDir) {
    let (server, dir) = (Server::start().await.unwrap(), tempdir().unwrap());
    server.set_rules(rules);
    server.write_service_account_dir(dir.path()).unwrap();
    let connection = connect(&pod(&server, dir.path())).await.unwrap();
    let config_map = ConfigMapSource::new(connection.clone(), NAMESPACE, NAME, "a.yaml");
    let review = AccessReview::new(connection, Need::of_agent(&config_map));
    (server, review, dir)
}

fn without(verb: &str, mut rule: Rule) -> Rule {
    rule.verbs.retain(|allowed| allowed != verb);
    rule
}

fn asked(server: &Server, path: &str) -> usize {
    server.requests().iter().filter(|request| request.path == path).count()
}

#[tokio::test]
async fn nothing_is_missing_with_the_documented_role() {
    let rules = vec![Rule::read_config_map(NAMESPACE, NAME), Rule::write_events(NAMESPACE)];
    let (server, review, _dir) = setup(rules).await;
    assert_eq!(review.missing().await.unwrap(), [""; 0]);
    assert_eq!((asked(&server, ACCESS_REVIEWS), asked(&server, SUBJECT_REVIEWS)), (5, 0));
}

#[tokio::test]
async fn each_missing_verb_is_named_with_the_command_that_checks_it() {
    let events = without("create", Rule::write_events(NAMESPACE));
    let (_server, review, _dir) =
        setup(vec![without("watch", Rule::read_config_map(NAMESPACE, NAME)), events]).await;
    assert_eq!(
        review.missing().await.unwrap(),
        [
            "not allowed to watch configmaps/kmagent-config in kloudmate, which is needed to follow the configuration; \
             check with: kubectl auth can-i watch configmaps/kmagent-config \
             --as=system:serviceaccount:kloudmate:kubeagent -n kloudmate",
            "not allowed to create events in kloudmate, which is needed to say in Events what became of the configuration; \
             check with: kubectl auth can-i create events --as=system:serviceaccount:kloudmate:kubeagent -n kloudmate",
        ]
    );
}

#[tokio::test]
async fn a_role_for_another_name_or_place_allows_nothing() {
    let others = vec![Rule::read_config_map(NAMESPACE, "another"), Rule::write_events("elsewhere")];
    let (_server, review, _dir) = setup(others).await;
    assert_eq!(review.missing().await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_group_is_named_as_kubectl_takes_it() {
    let (server, review, dir) = setup(Vec::new()).await;
    drop((server, dir));
    let need = Need { group: "events.k8s.io", name: None, ..review.needs[0].clone() };
    assert_eq!(need.object(), "configmaps.events.k8s.io");
}

#[tokio::test]
async fn an_api_server_that_is_busy_is_asked_again() {
    let (server, review, _dir) = setup(Vec::new()).await;
    server.fail_verb("create", 2, Fault::Status { code: 503, retry_after: None });
    assert_eq!(review.missing().await.unwrap().len(), 5);
}

#[tokio::test]
async fn what_cannot_be_asked_ends_quietly_and_so_does_silence() {
    let (server, review, _dir) = setup(Vec::new()).await;
    server.fail(1, Fault::Status { code: 404, retry_after: None });
    review.run(CancellationToken::new()).await;
    assert_eq!(asked(&server, ACCESS_REVIEWS), 1);

    let (server, review, _dir) = setup(Vec::new()).await;
    server.fail(usize::MAX, Fault::Silence);
    let cancel = CancellationToken::new();
    let asked = async {
        server.wait_for_requests(|requests| !requests.is_empty()).await;
        cancel.cancel();
    };
    let ended = tokio::time::timeout(Duration::from_secs(5), async {
        tokio::join!(review.run(cancel.clone()), asked)
    });
    ended.await.unwrap();
}

#[tokio::test]
async fn without_a_name_the_command_has_no_account() {
    let (_server, review, _dir) = setup(Vec::new()).await;
    let refusal = review.needs[1].refusal("create", None);
    assert!(refusal.ends_with("check with: kubectl auth can-i create events -n kloudmate"), "{refusal}");
}
