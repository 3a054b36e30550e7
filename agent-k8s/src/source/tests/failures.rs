//! The failures of an API server that are not in the other files: what is said of each, and that the agent gets over it.
//!
//! Which failure gets what is listed in the module's documentation.

use std::time::{Duration, Instant};

use agent_testkit::kube_api::{Fault, Request, Rule};
use tempfile::{TempDir, tempdir};

use super::*;

const HOUR: Duration = Duration::from_hours(1);

fn count(requests: &[Request], verb: &str) -> usize {
    requests.iter().filter(|request| request.verb == verb).count()
}

struct Setup {
    server: Server,
    changes: Changes,
    _dir: TempDir,
}

impl Setup {
    /// Follows "one", read once and watched, with `prepare` done to the source.
    async fn watched(prepare: impl Fn(ConfigMapSource) -> ConfigMapSource) -> Self {
        let (server, dir) = (server_with("one").await, tempdir().unwrap());
        let source = prepare(source(&server, dir.path()).await);
        let mut setup = Self { changes: Source::ConfigMap(source).changes(HOUR), server, _dir: dir };
        assert_eq!(setup.next().await, "one");
        setup.until("watch", 1).await;
        setup
    }

    async fn next(&mut self) -> String {
        let result = tokio::time::timeout(Duration::from_secs(20), self.changes.next()).await;
        match result.expect("no news in time") {
            Ok(snapshot) => snapshot.text.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    /// Lets the agent work until the server has had `times` requests with `verb`; there must be no news.
    async fn until(&mut self, verb: &str, times: usize) {
        let enough = self.server.wait_for_requests(|requests| count(requests, verb) >= times);
        let enough = tokio::time::timeout(Duration::from_secs(20), enough);
        tokio::select! {
            news = self.changes.next() => panic!("unexpected news: {news:?}"),
            enough = enough => assert!(enough.is_ok(), "no {verb} number {times}"),
        }
    }

    /// A change is seen through the watch, and only through it.
    async fn follows(&mut self) {
        let reads = count(&self.server.requests(), "get");
        put(&self.server, "followed");
        assert_eq!(self.next().await, "followed");
        assert_eq!(count(&self.server.requests(), "get"), reads);
    }
}

fn same(source: ConfigMapSource) -> ConfigMapSource {
    source
}

#[tokio::test]
async fn a_token_that_was_replaced_is_read_at_once() {
    let (server, dir) = (server_with("one").await, tempdir().unwrap());
    let source = source(&server, dir.path()).await;
    source.read().await.unwrap();
    let new = server.rotate_token();
    std::fs::write(dir.path().join("token"), format!("{new}\n")).unwrap();
    assert_eq!(&*source.read().await.unwrap().text, "one");
    let users: Vec<bool> = server.requests().iter().map(|request| request.user.is_some()).collect();
    assert_eq!(users, [true, false, true], "refused with the old one, then once more with the new one");
}

#[tokio::test]
async fn a_token_that_is_the_same_is_not_sent_twice() {
    let (server, dir) = (server_with("one").await, tempdir().unwrap());
    let source = source(&server, dir.path()).await;
    server.revoke_token();
    assert!(matches!(source.read().await.unwrap_err(), ReadError::Unauthorized { .. }));
    assert_eq!(server.requests().len(), 1);
    // Neither is one that cannot be read.
    std::fs::remove_file(dir.path().join("token")).unwrap();
    assert!(matches!(source.read().await.unwrap_err(), ReadError::Unauthorized { .. }));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn forbidden_to_list_or_watch_is_said_with_its_verb() {
    let (server, dir) = (server_with("one").await, tempdir().unwrap());
    server.set_rules(vec![Rule { verbs: vec!["get".to_owned()], ..Rule::read_config_map(NAMESPACE, NAME) }]);
    let source = source(&server, dir.path()).await;
    let list = source.list().await.unwrap_err().to_string();
    let watch = source.watch("1", Duration::from_secs(1)).await.unwrap_err().to_string();
    for (verb, error) in [("list", list), ("watch", watch)] {
        assert_eq!(
            error,
            format!(
                "not allowed to {verb} ConfigMap kloudmate/kmagent-config: grant {verb} on configmaps/kmagent-config; \
                 check with: kubectl auth can-i {verb} configmaps/kmagent-config \
                 --as=system:serviceaccount:kloudmate:kubeagent -n kloudmate"
            )
        );
    }
}

#[tokio::test]
async fn without_permission_to_watch_the_re_read_does_the_work() {
    let (server, dir) = (server_with("one").await, tempdir().unwrap());
    let verbs = ["get", "list"].map(str::to_owned).to_vec();
    server.set_rules(vec![Rule { verbs, ..Rule::read_config_map(NAMESPACE, NAME) }]);
    let changes = Source::ConfigMap(source(&server, dir.path()).await).changes(Duration::from_millis(100));
    let mut setup = Setup { server, changes, _dir: dir };
    assert_eq!(setup.next().await, "one");
    setup.until("watch", 1).await;
    put(&setup.server, "two");
    assert_eq!(setup.next().await, "two");
    assert_eq!(count(&setup.server.requests(), "watch"), 1, "asked again in a minute");
}

#[tokio::test]
async fn a_list_that_is_gone_is_listed_again() {
    let (server, dir) = (server_with("one").await, tempdir().unwrap());
    server.fail_verb("list", 2, Fault::Status { code: 410, retry_after: None });
    let changes = Source::ConfigMap(source(&server, dir.path()).await).changes(HOUR);
    let mut setup = Setup { server, changes, _dir: dir };
    assert_eq!(setup.next().await, "one");
    setup.until("watch", 1).await;
    assert_eq!(count(&setup.server.requests(), "list"), 3);
    setup.follows().await;
}

#[tokio::test]
async fn a_server_that_throttles_is_left_alone_for_as_long_as_it_asks() {
    let (server, dir) = (server_with("one").await, tempdir().unwrap());
    let changes = Source::ConfigMap(source(&server, dir.path()).await).changes(HOUR);
    let mut setup = Setup { server, changes, _dir: dir };
    // The first read, the first list and the first watch.
    let throttled = Fault::Status { code: 429, retry_after: Some(2) };
    setup.server.fail_verb("watch", 1, throttled.clone());
    setup.server.fail(2, throttled);
    let begin = Instant::now();
    assert!(setup.next().await.contains("answered 429"));
    assert_eq!(setup.next().await, "one");
    assert!(begin.elapsed() >= Duration::from_secs(2), "{:?}", begin.elapsed());
    setup.until("watch", 1).await;
    let begin = Instant::now();
    setup.until("watch", 2).await;
    assert!(begin.elapsed() >= Duration::from_millis(1500), "{:?}", begin.elapsed());
    setup.follows().await;
}

#[tokio::test]
async fn a_failing_server_is_told_once_and_got_over() {
    for code in [500, 503, 504] {
        let (server, dir) = (server_with("one").await, tempdir().unwrap());
        let changes = Source::ConfigMap(source(&server, dir.path()).await).changes(HOUR);
        let mut setup = Setup { server, changes, _dir: dir };
        setup.server.fail(2, Fault::Status { code, retry_after: None });
        assert!(setup.next().await.contains(&format!("answered {code}: ")));
        assert_eq!(setup.next().await, "one");
    }
}

#[tokio::test]
async fn a_server_of_another_authority_is_unreachable_and_gets_no_token() {
    let (server, other) = (server_with("one").await, Server::start().await.unwrap());
    let dir = tempdir().unwrap();
    server.write_service_account_dir(dir.path()).unwrap();
    std::fs::write(dir.path().join("ca.crt"), other.ca_pem()).unwrap();
    let source =
        ConfigMapSource::new(connect(&pod(&server, dir.path())).await.unwrap(), NAMESPACE, NAME, KEY);
    let error = source.read().await.unwrap_err();
    assert!(matches!(error, ReadError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    assert_eq!(server.requests(), []);
}

#[tokio::test]
async fn a_watch_that_the_server_does_not_end_is_given_up() {
    let lively = |source: ConfigMapSource| {
        source.with_watch_timeout(Duration::from_secs(1), Duration::from_millis(200))
    };
    let mut setup = Setup::watched(lively).await;
    setup.server.silence_watches(true);
    setup.until("watch", 2).await;
    setup.server.silence_watches(false);
    setup.follows().await;
    assert_eq!(count(&setup.server.requests(), "list"), 1, "resumed where it was");
}

#[tokio::test]
async fn a_watch_that_missed_what_a_read_found_is_given_up() {
    let mut setup =
        Setup::watched(|source| source.with_watch_timeout(HOUR, Duration::from_millis(200))).await;
    setup.server.silence_watches(true);
    put(&setup.server, "two");
    setup.changes.reread().now();
    assert_eq!(setup.next().await, "two");
    setup.until("watch", 2).await;
    setup.server.silence_watches(false);
    setup.follows().await;
}

#[tokio::test]
async fn a_watch_that_ends_in_time_is_resumed_from_its_last_bookmark() {
    let mut setup = Setup::watched(|source| source.with_watch_timeout(Duration::from_secs(1), HOUR)).await;
    // All history up to here is lost; only the bookmark that a real server sends at the end leads past it.
    setup.server.put_config_map("elsewhere", "noise", &[("a", "b")]);
    setup.server.compact();
    setup.until("watch", 2).await;
    assert_eq!(count(&setup.server.requests(), "list"), 1);
    setup.follows().await;
}

#[tokio::test]
async fn a_watch_that_says_nonsense_is_opened_again() {
    let error =
        br#"{"type":"ERROR","object":{"kind":"Status","code":500,"message":"no","reason":"InternalError"}}"#;
    let mut endless = vec![b'x'; 9 << 20];
    endless.push(b'\n');
    for said in
        [[&error[..], b"\n"].concat(), b"not json\n".to_vec(), b"{\"type\":\"ODD\"}\n".to_vec(), endless]
    {
        let (server, dir) = (server_with("one").await, tempdir().unwrap());
        server.fail_verb("watch", 1, Fault::Body(said));
        let changes = Source::ConfigMap(source(&server, dir.path()).await).changes(HOUR);
        let mut setup = Setup { server, changes, _dir: dir };
        assert_eq!(setup.next().await, "one");
        setup.until("watch", 2).await;
        setup.follows().await;
        assert_eq!(count(&setup.server.requests(), "list"), 1);
    }
}

#[tokio::test]
async fn an_object_that_is_too_large_is_an_error_and_the_watch_goes_on() {
    let mut setup = Setup::watched(same).await;
    put(&setup.server, &"x".repeat(TEXT_LIMIT + 1));
    assert_eq!(setup.next().await, format!("error: the configuration is larger than {TEXT_LIMIT} bytes"));
    setup.follows().await;
}
