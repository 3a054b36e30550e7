//! Several exporters of one process at the same file: while one replaces another, and besides.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, SystemTime};

use agent_component::{Next, RunError};

use super::*;

/// A running exporter.
struct Running {
    exporter: Arc<File>,
    life: Life,
    task: JoinSet<Result<(), RunError>>,
}

impl Running {
    async fn start(exporter: Arc<File>) -> Self {
        exporter.start().await.unwrap();
        let (life, mut task) = (Life::default(), JoinSet::new());
        task.spawn(Arc::clone(&exporter).run(life.clone()));
        Self { exporter, life, task }
    }

    async fn write(&self, batch: Batch) {
        self.exporter.consume(Telemetry::new(batch)).await.unwrap();
    }

    async fn stop(mut self) {
        self.life.stop.cancel();
        self.task.join_next().await.unwrap().unwrap().unwrap();
    }

    fn consumer(&self) -> Arc<dyn Consumer> {
        Arc::clone(&self.exporter) as Arc<dyn Consumer>
    }
}

/// A batch that can be told from all others, of about `size` bytes.
fn numbered(writer: usize, number: usize, size: usize) -> Batch {
    let pad = "x".repeat(size);
    let span = format!(r#"{{"name":"{writer}-{number}","traceState":"{pad}"}}"#);
    json(Signal::Traces, &format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#))
}

/// The names in a file, each line whole.
fn names(text: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(text).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "a torn line at the end");
    let name = |line: &str| {
        assert_eq!(json(Signal::Traces, line).items(), 1);
        line.split(r#""name":""#).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    text.lines().map(name).collect()
}

const WRITERS: usize = 3;

/// Writers write while the exporter is replaced again and again; every line must be there once and whole.
async fn write_through_replacements(size: usize, batches: usize, settings: &[&str]) -> Dir {
    let (dir, context) = (Dir::new(), context("file"));
    let mut live = Running::start(dir.exporter_in(&context, "out.json", settings[0])).await;
    let edge = Next::new(live.consumer());
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let edge = edge.clone();
        writers.spawn(async move {
            for number in 0..batches {
                edge.consume(Telemetry::new(numbered(writer, number, size))).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
    }
    let mut replacements = 0;
    while !writers.is_empty() {
        while writers.try_join_next().is_some() {}
        replacements += 1;
        let more = settings[replacements % settings.len()];
        let new = Running::start(dir.exporter_in(&context, "out.json", more)).await;
        let old = std::mem::replace(&mut live, new);
        let mut retired = edge.switch(Some(live.consumer()));
        retired.wait().await;
        old.stop().await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    live.stop().await;
    assert!(replacements > 2, "{replacements} replacements");
    let mut seen = HashMap::<String, u32>::new();
    for name in dir.names().iter().flat_map(|file| names(&dir.read(file))) {
        *seen.entry(name).or_default() += 1;
    }
    assert_eq!(seen.len(), WRITERS * batches);
    assert!(seen.values().all(|times| *times == 1));
    dir
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn every_line_is_there_once_and_whole_over_replacements() {
    let settings = ["", "flush_interval: 1ms", "append: true", "flush_interval: 1h"];
    let dir = write_through_replacements(100, 2000, &settings).await;
    assert_eq!(dir.names(), ["out.json"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn every_line_is_there_once_and_whole_over_replacements_and_rotations() {
    let settings = ["rotation: {max_megabytes: 1}", "", "rotation: {max_megabytes: 2}"];
    let dir = write_through_replacements(50_000, 150, &settings).await;
    assert!(dir.names().len() > 2, "{:?}", dir.names());
}

#[tokio::test]
async fn a_shared_file_is_not_emptied_and_one_that_nobody_holds_any_more_is() {
    let (dir, context) = (Dir::new(), context("file"));
    let old = Running::start(dir.exporter_in(&context, "out", "")).await;
    let _still_referred_to = Arc::clone(&old.exporter);
    old.write(spans(1)).await;
    let new = Running::start(dir.exporter_in(&context, "out", "")).await;
    new.write(spans(2)).await;
    old.write(spans(3)).await;
    old.stop().await;
    new.write(spans(4)).await;
    new.stop().await;
    assert_eq!(dir.read("out"), [1, 2, 3, 4].map(|items| line(&spans(items))).concat());
    write(&dir.exporter_in(&context, "out", ""), [spans(5)]).await;
    assert_eq!(dir.read("out"), line(&spans(5)));
}

#[tokio::test]
async fn a_link_is_the_same_file_and_other_exporters_share_it_too() {
    let (dir, other) = (Dir::new(), context("file/other"));
    let context = BuildContext { id: "file/one".parse().unwrap(), ..other.clone() };
    let one = Running::start(dir.exporter_in(&context, "out", "")).await;
    one.write(spans(1)).await;
    std::os::unix::fs::symlink(dir.path("out"), dir.path("link")).unwrap();
    let two = Running::start(dir.exporter_in(&other, "link", "")).await;
    two.write(spans(2)).await;
    one.write(spans(3)).await;
    two.stop().await;
    one.stop().await;
    assert_eq!(dir.read("out"), [1, 2, 3].map(|items| line(&spans(items))).concat());
}

#[tokio::test]
async fn an_exporter_that_never_runs_leaves_the_file_as_it_is() {
    let (dir, context) = (Dir::new(), context("file"));
    fs::write(dir.path("out"), "before\n").unwrap();
    dir.exporter_in(&context, "out", "").start().await.unwrap();
    assert_eq!(dir.read("out"), b"before\n");
    let running = Running::start(dir.exporter_in(&context, "out", "append: true")).await;
    let refused = dir.exporter_in(&context, "out", "rotation: {max_megabytes: 1}");
    refused.start().await.unwrap();
    let big = spans(6000);
    for _ in 0..3 {
        running.write(big.clone()).await;
    }
    running.stop().await;
    assert_eq!(dir.names(), ["out"], "its rotation was never in force");
    assert_eq!(dir.read("out").len(), "before\n".len() + 3 * line(&big).len());
}

#[test]
fn a_file_that_is_rotated_is_looked_for_again_where_it_was_not_seen() {
    let dir = Dir::new();
    let path = dir.path("out").display().to_string();
    let mut target = target::Target::open(&path, true).unwrap();
    assert!(!target.is_at(&path, None));
    target.take_over(&path, Rotate::new(&good("{path: x, rotation: }"))).unwrap();
    assert!(target.is_at(&path, None));
    fs::remove_file(&path).unwrap();
    assert!(!target.is_at(&path, None));
}

#[tokio::test]
async fn a_file_that_somebody_else_moved_away_is_begun_again_without_losing_a_line() {
    let (dir, context) = (Dir::new(), context("file"));
    let exporter = Running::start(dir.exporter_in(&context, "out", "rotation: {max_megabytes: 1}")).await;
    let big = spans(6000);
    exporter.write(big.clone()).await;
    fs::rename(dir.path("out"), dir.path("moved")).unwrap();
    exporter.write(big.clone()).await;
    exporter.stop().await;
    assert_eq!((dir.read("moved"), dir.read("out")), (line(&big), line(&big)));
}

#[tokio::test]
async fn files_of_groups_are_emptied_by_the_first_exporter_and_by_none_that_replaces_it() {
    let (dir, context) = (Dir::new(), context("file"));
    fs::create_dir(dir.path("in")).unwrap();
    fs::write(dir.path("in/a"), "of yesterday").unwrap();
    let file = fs::File::options().write(true).open(dir.path("in/a")).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_hours(24)).unwrap();
    let one_open = "group_by: {enabled: true, max_open_files: 1}";
    let old = Running::start(dir.exporter_in(&context, "in/*", one_open)).await;
    old.write(grouped(&["a", "b"])).await;
    // Written and closed as soon as the old one was there, which is before the new one is.
    let file = fs::File::options().write(true).open(dir.path("in/a")).unwrap();
    file.set_modified(*old.exporter.files.begun(&context.id)).unwrap();
    let new = Running::start(dir.exporter_in(&context, "in/*", one_open)).await;
    new.write(grouped(&["a", "b"])).await;
    old.write(grouped(&["b", "a"])).await;
    old.stop().await;
    new.write(grouped(&["b"])).await;
    new.stop().await;
    assert_eq!(names(&dir.read("in/a")), ["a", "a", "a"]);
    assert_eq!(names(&dir.read("in/b")), ["b", "b", "b", "b"]);
}

#[tokio::test]
async fn what_is_written_is_counted() {
    let (dir, context) = (Dir::new(), context("file"));
    let exporter = dir.exporter_in(&context, "in/*", "group_by: {enabled: true}");
    write(&exporter, [grouped(&["a", "b"]), spans(3)]).await;
    let expected = Counted { sent: 2, send_failed: 3, ..Counted::default() };
    assert_eq!(Counted::of(&context, Signal::Traces), expected.dropped(&[("missing_attribute", 3)]));
}
