//! Changes are noticed when they happen: in a file, on request, and the newest of several.
//!
//! The interval is an hour throughout, so that no re-read can do the work.

use std::path::Path;
use std::time::Duration;

use agent_testkit::kube_api::Fault;
use tempfile::{TempDir, tempdir};

use super::*;

const HOUR: Duration = Duration::from_hours(1);

/// How long something must not happen. Longer than a writer may pause.
const NEVER: Duration = Duration::from_millis(400);

fn follow(dir: &Path) -> Changes {
    Source::File(FileSource::new(dir, KEY)).changes(HOUR)
}

async fn next(changes: &mut Changes) -> String {
    let result = tokio::time::timeout(Duration::from_secs(5), changes.next()).await;
    match result.expect("no news in time") {
        Ok(snapshot) => snapshot.text.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

async fn no_news(changes: &mut Changes) {
    if let Ok(news) = tokio::time::timeout(NEVER, changes.next()).await {
        panic!("unexpected news: {news:?}");
    }
}

/// A folder with a file, followed and read once.
async fn file(text: &str) -> (TempDir, Changes) {
    let dir = tempdir().unwrap();
    mount(dir.path(), text);
    let mut changes = follow(dir.path());
    assert_eq!(next(&mut changes).await, text);
    (dir, changes)
}

fn rename_into_place(dir: &Path, text: &str) {
    let new = dir.join(".agent.yaml.swp");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, dir.join(KEY)).unwrap();
}

#[tokio::test]
async fn a_file_written_in_place_or_renamed_into_place_is_seen() {
    let (dir, mut changes) = file("one").await;
    mount(dir.path(), "two");
    assert_eq!(next(&mut changes).await, "two");
    rename_into_place(dir.path(), "three");
    assert_eq!(next(&mut changes).await, "three");
    std::fs::write(dir.path().join("another.yaml"), "x").unwrap();
    mount(dir.path(), "three");
    no_news(&mut changes).await;
}

/// The kubelet updates a mounted `ConfigMap` by pointing `..data` at another directory.
#[tokio::test]
async fn a_swapped_symlink_is_seen() {
    let dir = tempdir().unwrap();
    for (version, text) in [("..1", "one"), ("..2", "two")] {
        std::fs::create_dir(dir.path().join(version)).unwrap();
        std::fs::write(dir.path().join(version).join(KEY), text).unwrap();
    }
    let point_at = |version: &str| {
        let new = dir.path().join("..new");
        std::os::unix::fs::symlink(version, &new).unwrap();
        std::fs::rename(&new, dir.path().join("..data")).unwrap();
    };
    point_at("..1");
    std::os::unix::fs::symlink(format!("..data/{KEY}"), dir.path().join(KEY)).unwrap();
    let mut changes = follow(dir.path());
    assert_eq!(next(&mut changes).await, "one");
    point_at("..2");
    assert_eq!(next(&mut changes).await, "two");
}

#[tokio::test]
async fn a_file_that_is_empty_for_a_moment_is_not_told() {
    let (dir, mut changes) = file("one").await;
    for round in 0..5 {
        let writer = std::fs::File::create(dir.path().join(KEY)).unwrap();
        // Asked for in the worst moment: the read finds nothing in the file.
        changes.reread().now();
        let early = tokio::time::timeout(Duration::from_millis(30), changes.next()).await;
        assert!(early.is_err(), "{early:?}");
        drop(writer);
        let text = format!("text {round}");
        mount(dir.path(), &text);
        assert_eq!(next(&mut changes).await, text);
    }
}

#[tokio::test]
async fn a_file_that_stays_empty_or_away_is_told() {
    let (dir, mut changes) = file("one").await;
    mount(dir.path(), "");
    assert_eq!(next(&mut changes).await, "");
    std::fs::remove_file(dir.path().join(KEY)).unwrap();
    assert!(next(&mut changes).await.starts_with("error: read "));
    mount(dir.path(), "two");
    assert_eq!(next(&mut changes).await, "two");
}

#[tokio::test]
async fn a_burst_of_edits_is_one_change() {
    let (dir, mut changes) = file("0").await;
    for edit in 1..=20 {
        rename_into_place(dir.path(), &edit.to_string());
    }
    assert_eq!(next(&mut changes).await, "20");
    no_news(&mut changes).await;
}

#[tokio::test]
async fn a_file_that_is_written_all_the_time_is_read_all_the_same() {
    let (dir, mut changes) = file("start").await;
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let mut edits = 0_u32;
    let news = loop {
        tokio::select! {
            news = next(&mut changes) => break news,
            _ = tick.tick() => {
                edits += 1;
                rename_into_place(dir.path(), &edits.to_string());
            }
        }
    };
    assert!(news.parse::<u32>().is_ok(), "{news}");
}

#[tokio::test]
async fn a_folder_that_comes_later_or_is_replaced_is_watched_again() {
    let parent = tempdir().unwrap();
    let dir = parent.path().join("config");
    let mut changes = follow(&dir);
    assert!(next(&mut changes).await.starts_with("error: read "));
    std::fs::create_dir(&dir).unwrap();
    mount(&dir, "one");
    // There was nothing to watch, so the next read finds the folder.
    changes.reread().now();
    assert_eq!(next(&mut changes).await, "one");
    mount(&dir, "two");
    assert_eq!(next(&mut changes).await, "two");

    std::fs::create_dir(parent.path().join("new")).unwrap();
    mount(&parent.path().join("new"), "three");
    std::fs::rename(&dir, parent.path().join("old")).unwrap();
    std::fs::rename(parent.path().join("new"), &dir).unwrap();
    assert_eq!(next(&mut changes).await, "three");
    mount(&dir, "four");
    assert_eq!(next(&mut changes).await, "four");
}

#[tokio::test]
async fn who_asks_gets_a_read_and_news_only_if_there_is_any() {
    let (server, dir) = (server_with("one").await, tempdir().unwrap());
    let mut changes = Source::ConfigMap(source(&server, dir.path()).await).changes(HOUR);
    assert_eq!(next(&mut changes).await, "one");
    server.silence_watches(true);
    let reread = changes.reread();
    reread.now();
    no_news(&mut changes).await;
    put(&server, "two");
    reread.now();
    reread.clone().now();
    assert_eq!(next(&mut changes).await, "two");
    let reads = server.requests().iter().filter(|request| request.verb == "get").count();
    assert_eq!(reads, 3, "many wishes are one");
}

#[tokio::test]
async fn a_failure_is_told_again_to_who_asks() {
    let (dir, mut changes) = file("one").await;
    std::fs::remove_file(dir.path().join(KEY)).unwrap();
    let failure = next(&mut changes).await;
    assert!(failure.starts_with("error: read "), "{failure}");
    no_news(&mut changes).await;
    changes.reread().now();
    assert_eq!(next(&mut changes).await, failure);
}

#[tokio::test]
async fn of_texts_that_came_while_nobody_waited_only_the_newest_is_told() {
    let (server, dir) = (server_with("one").await, tempdir().unwrap());
    let mut changes = Source::ConfigMap(source(&server, dir.path()).await).changes(HOUR);
    assert_eq!(next(&mut changes).await, "one");
    tokio::select! {
        news = changes.next() => panic!("unexpected news: {news:?}"),
        () = server.wait_for_watches(1) => {}
    }
    for text in ["two", "three", "four"] {
        put(&server, text);
    }
    server.delete_config_map(NAMESPACE, NAME);
    put(&server, "five");
    assert_eq!(next(&mut changes).await, "five");
    no_news(&mut changes).await;
}

#[tokio::test]
async fn the_mounted_copy_is_watched_while_the_api_is_away() {
    let (server, dir) = (server_with("of the API").await, tempdir().unwrap());
    mount(dir.path(), "one");
    let source = source(&server, dir.path()).await.with_mounted(dir.path());
    // Nobody asks the API again before the test is over.
    server.fail(usize::MAX, Fault::Status { code: 429, retry_after: Some(200) });
    let mut changes = Source::ConfigMap(source).changes(HOUR);
    assert_eq!(next(&mut changes).await, "one");
    rename_into_place(dir.path(), "two");
    assert_eq!(next(&mut changes).await, "two");
    assert_eq!(server.requests().len(), 2, "one read, one list");
    server.heal();
    changes.reread().now();
    assert_eq!(next(&mut changes).await, "of the API");
    rename_into_place(dir.path(), "three");
    no_news(&mut changes).await;
}

#[tokio::test]
async fn the_mounted_copy_does_not_wait_for_an_api_that_is_silent() {
    let (server, dir) = (server_with("of the API").await, tempdir().unwrap());
    mount(dir.path(), "one");
    let source = source(&server, dir.path()).await.with_mounted(dir.path());
    server.fail_verb("get", 1, Fault::Status { code: 503, retry_after: None });
    server.fail(usize::MAX, Fault::Silence);
    let mut changes = Source::ConfigMap(source).changes(HOUR);
    assert_eq!(next(&mut changes).await, "one");
    changes.reread().now();
    tokio::select! {
        news = changes.next() => panic!("unexpected news: {news:?}"),
        _ = server.wait_for_requests(|requests| {
            requests.iter().filter(|request| request.verb == "get").count() == 2
        }) => {}
    }
    rename_into_place(dir.path(), "two");
    assert_eq!(next(&mut changes).await, "two");
}
