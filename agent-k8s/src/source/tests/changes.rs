//! Following a document: what is news, and that nothing the API does makes it stop.
//!
//! The interval is an hour where the watch is the subject, so that no re-read can do its work.

use std::time::Duration;

use agent_testkit::kube_api::{Fault, Request, Rule};
use tempfile::{TempDir, tempdir};

use super::*;

const HOUR: Duration = Duration::from_hours(1);

struct Setup {
    server: Server,
    changes: Changes,
    dir: TempDir,
}

async fn follow(text: &str, interval: Duration) -> Setup {
    let (server, dir) = (server_with(text).await, tempdir().unwrap());
    let source = source(&server, dir.path()).await.with_mounted(dir.path());
    Setup { changes: Source::ConfigMap(source).changes(interval), server, dir }
}

impl Setup {
    async fn next(&mut self) -> String {
        let result = tokio::time::timeout(Duration::from_secs(20), self.changes.next()).await;
        match result.expect("no news in time") {
            Ok(snapshot) => snapshot.text.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    /// Takes the first text and waits until a watch runs.
    async fn watched(text: &str) -> Self {
        let mut setup = follow(text, HOUR).await;
        assert_eq!(setup.next().await, text);
        let mut changes = setup.changes;
        tokio::select! {
            news = changes.next() => panic!("unexpected news: {news:?}"),
            () = setup.server.wait_for_watches(1) => {}
        }
        setup.changes = changes;
        setup
    }
}

fn count(requests: &[Request], verb: &str) -> usize {
    requests.iter().filter(|request| request.verb == verb).count()
}

#[tokio::test]
async fn a_change_is_seen_through_the_watch() {
    let mut setup = Setup::watched("one").await;
    put(&setup.server, "two");
    assert_eq!(setup.next().await, "two");
    assert_eq!(count(&setup.server.requests(), "get"), 1);
}

#[tokio::test]
async fn only_what_the_documented_role_allows_is_asked_for() {
    let setup = Setup::watched("one").await;
    let requests = setup.server.requests();
    let watch = requests.iter().find(|request| request.verb == "watch").unwrap();
    assert!(watch.query.contains("fieldSelector=metadata.name%3Dkmagent-config"), "{}", watch.query);
    assert!(watch.query.contains("allowWatchBookmarks=true"), "{}", watch.query);
    assert!(watch.query.contains("timeoutSeconds="), "{}", watch.query);
}

#[tokio::test]
async fn a_change_of_another_key_is_no_news() {
    let mut setup = Setup::watched("one").await;
    setup.server.patch_config_map(NAMESPACE, NAME, "other", Some("x"));
    put(&setup.server, "two");
    assert_eq!(setup.next().await, "two");
}

#[tokio::test]
async fn deletion_and_a_lost_key_are_reported_and_followed() {
    let mut setup = Setup::watched("one").await;
    setup.server.delete_config_map(NAMESPACE, NAME);
    assert_eq!(setup.next().await, "error: ConfigMap kloudmate/kmagent-config does not exist");
    setup.server.put_config_map(NAMESPACE, NAME, &[("notes", "x")]);
    assert!(setup.next().await.contains("its keys are: notes"));
    put(&setup.server, "two");
    assert_eq!(setup.next().await, "two");
}

#[tokio::test]
async fn a_watch_that_ends_or_breaks_is_resumed() {
    let mut setup = Setup::watched("one").await;
    setup.server.close_watches();
    put(&setup.server, "two");
    assert_eq!(setup.next().await, "two");
    setup.server.break_watches();
    put(&setup.server, "three");
    assert_eq!(setup.next().await, "three");
    assert_eq!(count(&setup.server.requests(), "list"), 1, "resumed, not listed again");
}

#[tokio::test]
async fn gone_as_an_event_and_as_a_status_lists_again() {
    for as_http in [false, true] {
        let mut setup = Setup::watched("one").await;
        setup.server.gone_as_http(as_http);
        setup.server.silence_watches(true);
        put(&setup.server, "two");
        setup.server.compact();
        setup.server.close_watches();
        assert_eq!(setup.next().await, "two", "as_http: {as_http}");
        assert_eq!(count(&setup.server.requests(), "list"), 2, "as_http: {as_http}");
    }
}

#[tokio::test]
async fn a_silent_watch_is_covered_by_the_re_read() {
    let mut setup = follow("one", Duration::from_millis(300)).await;
    assert_eq!(setup.next().await, "one");
    setup.server.silence_watches(true);
    put(&setup.server, "two");
    assert_eq!(setup.next().await, "two");
}

#[tokio::test]
async fn without_list_permission_the_re_read_does_the_work() {
    let mut setup = follow("one", Duration::from_millis(100)).await;
    let get_only = Rule { verbs: vec!["get".to_owned()], ..Rule::read_config_map(NAMESPACE, NAME) };
    setup.server.set_rules(vec![get_only]);
    assert_eq!(setup.next().await, "one");
    put(&setup.server, "two");
    assert_eq!(setup.next().await, "two");
}

#[tokio::test]
async fn an_api_that_is_down_at_the_start_is_retried_before_the_interval() {
    let mut setup = follow("one", HOUR).await;
    setup.server.refuse_connections(true).await.unwrap();
    assert!(setup.next().await.starts_with("error: no configuration in the API"));
    setup.server.refuse_connections(false).await.unwrap();
    assert_eq!(setup.next().await, "one");
}

#[tokio::test]
async fn an_outage_is_bridged_without_going_back() {
    let mut setup = follow("one", Duration::from_millis(50)).await;
    mount(setup.dir.path(), "one");
    assert_eq!(setup.next().await, "one");
    put(&setup.server, "two");
    assert_eq!(setup.next().await, "two");
    // The copy still holds "one" when the API goes away, and changes to "three" meanwhile.
    setup.server.fail(usize::MAX, Fault::Status { code: 503, retry_after: None });
    mount(setup.dir.path(), "three");
    assert_eq!(setup.next().await, "three");
    setup.server.heal();
    assert_eq!(setup.next().await, "two");
}

#[tokio::test]
async fn the_same_failure_is_reported_once() {
    let mut setup = follow("one", Duration::from_millis(20)).await;
    setup.server.delete_config_map(NAMESPACE, NAME);
    assert!(setup.next().await.ends_with("does not exist"));
    let before = count(&setup.server.requests(), "get");
    let server = &setup.server;
    let mut changes = setup.changes;
    tokio::select! {
        news = changes.next() => panic!("unexpected news: {news:?}"),
        _ = server.wait_for_requests(|requests| count(requests, "get") >= before + 3) => {}
    }
}

/// A caller that ticks drops `next` at each tick; a call that takes longer than a tick must come to its end all the same.
#[tokio::test]
async fn a_caller_that_keeps_dropping_next_still_gets_there() {
    let (server, dir) = (server_with("one").await, tempdir().unwrap());
    let source = source(&server, dir.path()).await.with_call_timeout(Duration::from_millis(300));
    let mut changes = Source::ConfigMap(source).changes(HOUR);
    server.fail(1, Fault::Silence);
    let mut ticks = 0;
    let mut next = async || {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        loop {
            tokio::select! {
                biased;
                _ = tick.tick() => ticks += 1,
                news = changes.next() => return news,
            }
        }
    };
    let error = next().await.unwrap_err();
    assert!(matches!(error, ReadError::Timeout { .. }), "{error}");
    assert_eq!(&*next().await.unwrap().text, "one");
    put(&server, "two");
    assert_eq!(&*next().await.unwrap().text, "two");
    assert!(ticks > 10, "{ticks}");
    let requests = server.requests();
    let calls = ["get", "list", "watch"].map(|verb| count(&requests, verb));
    assert!(calls[0] <= 2 && calls[1] <= 1 && calls[2] <= 1, "a call was begun twice: {calls:?}");
}
