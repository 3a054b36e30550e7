//! Watches: what they report, where they begin, and how they end.

use super::*;

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
    let query = format!("resourceVersion={first}&timeoutSeconds=1&allowWatchBookmarks=true");
    let mut lines = Lines::open(&server, &query).await;
    assert_eq!(lines.kind().await, ("MODIFIED".to_owned(), second));
    assert_eq!(lines.kind().await, ("BOOKMARK".to_owned(), second));
    assert_eq!(lines.next().await, None);
}

#[tokio::test]
async fn a_silent_watch_is_not_ended_and_nothing_is_lost() {
    let server = Server::start().await.unwrap();
    server.silence_watches(true);
    let mut lines = Lines::open(&server, "timeoutSeconds=1").await;
    let version = put(&server, "1");
    let early = tokio::time::timeout(std::time::Duration::from_millis(1500), lines.next()).await;
    assert!(early.is_err(), "{early:?}");
    server.silence_watches(false);
    assert_eq!(lines.kind().await, ("ADDED".to_owned(), version));
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
