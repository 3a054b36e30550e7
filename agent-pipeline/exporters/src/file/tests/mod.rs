//! What stands in the files, and what becomes of full, grouped and unusable ones.

mod shared;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent_component::{BuildContext, Consumer, ExporterComponent, Holder, Life, Receipt, Telemetry};
use agent_net::compression::{Codec, decompress};
use agent_otlp::{Batch, Signal};
use tokio::task::JoinSet;

use super::*;
use crate::testing::{Counted, block, context, good, json, problems, spans};

struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(self.0.path()).join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The settings with the path in this directory, in a process of its own.
    fn exporter(&self, name: &str, more: &str) -> Arc<File> {
        self.exporter_in(&context("file"), name, more)
    }

    fn exporter_in(&self, context: &BuildContext, name: &str, more: &str) -> Arc<File> {
        let yaml = format!("{{path: '{}', {more}}}", self.path(name).display());
        Arc::new(File::build(&good(&yaml), context, &Signal::ALL).unwrap())
    }
}

/// Starts, writes and stops.
async fn write(exporter: &Arc<File>, batches: impl IntoIterator<Item = Batch>) {
    exporter.start().await.unwrap();
    let (life, mut running) = (Life::default(), JoinSet::new());
    running.spawn(Arc::clone(exporter).run(life.clone()));
    for batch in batches {
        exporter.consume(Telemetry::new(batch)).await.unwrap();
    }
    life.stop.cancel();
    running.join_next().await.unwrap().unwrap().unwrap();
}

fn line(batch: &Batch) -> Vec<u8> {
    let mut text = Vec::new();
    batch.write_json(&mut text);
    text.push(b'\n');
    text
}

/// A batch with one span for each value of the attribute that names its file.
fn grouped(values: &[&str]) -> Batch {
    let resource = |value: &&str| {
        format!(
            r#"{{"resource":{{"attributes":[{{"key":"fileexporter.path_segment","value":{{"stringValue":"{value}"}}}}]}},"scopeSpans":[{{"spans":[{{"name":"{value}"}}]}}]}}"#
        )
    };
    let resources: Vec<_> = values.iter().map(resource).collect();
    json(Signal::Traces, &format!(r#"{{"resourceSpans":[{}]}}"#, resources.join(",")))
}

#[tokio::test]
async fn json_is_a_document_a_line_for_all_signals() {
    let dir = Dir::new();
    let log = json(
        Signal::Logs,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a\nb"}}]}]}]}"#,
    );
    let exporter = dir.exporter("out.json", "");
    write(&exporter, [spans(2), log.clone()]).await;
    assert_eq!(dir.read("out.json"), [line(&spans(2)), line(&log)].concat());
}

#[tokio::test]
async fn a_file_is_emptied_at_start_unless_append_says_otherwise() {
    let dir = Dir::new();
    write(&dir.exporter("out", ""), [spans(1)]).await;
    write(&dir.exporter("out", ""), [spans(2)]).await;
    assert_eq!(dir.read("out"), line(&spans(2)));
    write(&dir.exporter("out", "append: true"), [spans(3)]).await;
    assert_eq!(dir.read("out"), [line(&spans(2)), line(&spans(3))].concat());
}

#[tokio::test]
async fn other_forms_stand_behind_their_length() {
    let dir = Dir::new();
    for (more, codec, proto) in [
        ("format: proto", Codec::None, true),
        ("format: proto, compression: zstd", Codec::Zstd, true),
        ("compression: zstd", Codec::Zstd, false),
    ] {
        write(&dir.exporter("out", more), [spans(2), spans(3)]).await;
        let file = dir.read("out");
        let mut rest = file.as_slice();
        for items in [2, 3] {
            let (len, after) = rest.split_first_chunk::<4>().unwrap();
            let (message, after) = after.split_at(u32::from_be_bytes(*len) as usize);
            let message = decompress(codec, message.to_vec().into(), 1 << 20).unwrap();
            let batch = if proto {
                Batch::from_protobuf(Signal::Traces, message).unwrap()
            } else {
                Batch::from_json(Signal::Traces, &message).unwrap()
            };
            assert_eq!(batch.items(), items);
            rest = after;
        }
        assert!(rest.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn data_is_in_the_file_after_the_flush_interval() {
    let dir = Dir::new();
    let exporter = dir.exporter("out", "flush_interval: 5s");
    exporter.start().await.unwrap();
    let (life, mut running) = (Life::default(), JoinSet::new());
    running.spawn(Arc::clone(&exporter).run(life.clone()));
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let (receipt, delivered) = Receipt::new();
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(1)) };
    exporter.consume(data).await.unwrap();
    delivered.wait().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(3900)).await;
    assert!(dir.read("out").is_empty());
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(dir.read("out"), line(&spans(1)));
}

#[tokio::test]
async fn full_files_are_moved_aside_whole_and_only_so_many_kept() {
    let dir = Dir::new();
    std::fs::write(dir.path("out-keep-me.json"), "mine").unwrap();
    let exporter = dir.exporter("out.json", "rotation: {max_megabytes: 1, max_backups: 2}");
    let big = spans(6000);
    let size = line(&big).len();
    assert!(size < 1 << 20 && 2 * size > 1 << 20, "one fits, two do not: {size}");
    write(&exporter, (0..5).map(|_| big.clone())).await;
    let names = dir.names();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names.contains(&"out-keep-me.json".to_owned()), "{names:?}");
    let backups: Vec<_> = names.iter().filter(|name| name.starts_with("out-2")).collect();
    assert_eq!(backups.len(), 2, "{names:?}");
    for name in backups.into_iter().chain([&"out.json".to_owned()]) {
        assert_eq!(dir.read(name).len(), size, "{name}");
    }
}

#[tokio::test]
async fn a_rotated_file_goes_on_where_it_ended() {
    let dir = Dir::new();
    write(&dir.exporter("out", "rotation: "), [spans(1)]).await;
    write(&dir.exporter("out", "rotation: "), [spans(2)]).await;
    assert_eq!(dir.read("out"), [line(&spans(1)), line(&spans(2))].concat());
}

#[tokio::test]
async fn each_value_of_the_attribute_has_its_file_and_none_lies_above_the_place() {
    let dir = Dir::new();
    let exporter = dir.exporter("in/*.json", "group_by: {enabled: true, max_open_files: 1}");
    write(&exporter, [grouped(&["a", "b", "a"]), grouped(&["b", "x/y", "../../up", "/root"]), spans(1)])
        .await;
    let items = |name: &str| {
        let text = String::from_utf8(dir.read(name)).unwrap();
        text.lines().map(|line| json(Signal::Traces, line).items()).collect::<Vec<_>>()
    };
    assert_eq!(items("in/a.json"), [2]);
    assert_eq!(items("in/b.json"), [1, 1], "closed to make room, and not emptied when used again");
    assert_eq!(items("in/x/y.json"), [1]);
    assert_eq!(items("in/up.json"), [1]);
    assert_eq!(items("in/root.json"), [1]);
    assert_eq!(dir.names(), ["in"]);
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_stops_the_start() {
    let dir = Dir::new();
    let exporter = dir.exporter("no/out", "");
    let error = exporter.start().await.unwrap_err();
    assert_eq!(error.at, "path");
    assert!(error.message.starts_with("cannot open ") && error.message.contains("No such file"), "{error}");
    let exporter = dir.exporter("made/deep/out", "create_directory: true, directory_permissions: '0700'");
    write(&exporter, [spans(1)]).await;
    assert_eq!(std::fs::metadata(dir.path("made")).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn settings_that_cannot_work_are_refused_with_their_place() {
    assert_eq!(problems::<Config>("{}"), ["path: path must be non-empty"]);
    assert_eq!(
        problems::<Config>(
            "{path: a, append: true, compression: zstd, rotation: {max_days: -1}, encoding: x, \
             flush_interval: 0s, create_directory: true, directory_permissions: '9'}"
        ),
        [
            "append: append and compression enabled at the same time is not supported",
            "append: append and rotation enabled at the same time is not supported",
            "rotation::max_days: must not be negative",
            "encoding: encoding extensions such as \"x\" are not supported; use format",
            "flush_interval: flush_interval must be larger than zero",
            "directory_permissions: directory_permissions must be an octal number such as 0755",
        ]
    );
    assert_eq!(
        problems::<Config>(
            "{path: '*a', group_by: {enabled: true, resource_attribute: '', max_open_files: 0}}"
        ),
        [
            "path: path must not start with * when group_by is enabled",
            "group_by::resource_attribute: resource_attribute must not be empty when group_by is enabled",
            "group_by::max_open_files: must be positive",
        ]
    );
    assert_eq!(
        problems::<Config>("{path: 'a*b*', group_by: {enabled: true}}"),
        ["path: path must contain exactly one * when group_by is enabled"]
    );
}

#[test]
fn every_key_of_the_collector_is_read() {
    let config: Config = block(include_str!("../testdata/good.yaml"));
    assert_eq!((config.format, config.compression), (Format::Proto, Compression::Zstd));
    assert_eq!(config.directory_mode(), Some(0o750));
    assert!(config.rotation.is_some_and(|rotation| rotation.localtime));
    assert_eq!(config.group_by.max_open_files, 10);
}
