//! Names of directories, heads of records, what is told and what is counted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use agent_journal::Record;
use agent_otlp::Signal;

use super::owner::Owner;
use super::space::{Size, Space, Unread, WHOLE};
use super::{Disk, name, record};
use crate::testing::{context, spans};
use crate::wrapper::{QueueSettings, Sizer};

#[test]
fn names_are_safe_and_never_the_same() {
    let long = format!("otlp/{}", "é".repeat(1000));
    let longer = format!("{long}é");
    let ids = ["otlp", "otlp/x", "otlp/x_traces", "otlp_x", "otlp/..", "otlp/a.b", &long, &longer];
    let mut names = BTreeSet::new();
    for id in ids {
        for signal in Signal::ALL {
            let name = name::of(&id.parse().unwrap(), signal);
            let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '~');
            assert!(name.chars().all(is_safe) && name.len() < 255, "{name}");
            assert!(names.insert(name));
        }
    }
    assert_eq!(name::of(&"otlp/x.1".parse().unwrap(), Signal::Logs), "exporter_otlp~002Fx~002E1_logs");
}

#[test]
fn a_directory_goes_to_whom_its_note_says_and_a_note_that_is_not_understood_to_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let owner = |id: &str, signal, destination| Owner::new(&id.parse().unwrap(), signal, destination);
    let written = owner("otlp/x", Signal::Logs, Some(7));
    assert_eq!(Owner::of(directory.path()), None);
    written.write(directory.path()).unwrap();
    let read = Owner::of(directory.path()).unwrap();
    assert_eq!(read, written);
    assert!(owner("otlp/y", Signal::Logs, Some(7)).is_heir_of(&read));
    for other in [(Signal::Logs, Some(8)), (Signal::Logs, None), (Signal::Traces, Some(7))] {
        assert!(!owner("otlp/x", other.0, other.1).is_heir_of(&read));
    }
    let silent = owner("otlp/x", Signal::Logs, None);
    silent.write(directory.path()).unwrap();
    assert_eq!(Owner::of(directory.path()), Some(silent.clone()));
    assert!(!silent.is_heir_of(&silent));
    let text = std::fs::read_to_string(directory.path().join("owner")).unwrap();
    assert_eq!(text, "kubeagent queue 1\nexporter otlp/x\nsignal logs\ndestination \n");
    for other in
        ["", "kubeagent queue 2\nexporter x\nsignal logs\ndestination 7\n", "kubeagent queue 1\nsignal logs"]
    {
        std::fs::write(directory.path().join("owner"), other).unwrap();
        assert_eq!(Owner::of(directory.path()), None);
    }
}

#[test]
fn the_head_of_a_record_is_read_back_and_another_is_not_taken_for_one() {
    let written = record::of(&spans(3), (7, u64::MAX));
    assert_eq!(record::head(&written), Some(((7, u64::MAX), 3)));
    assert_eq!(written.header.len(), 25, "a promise to later versions");
    for header in [&b""[..], &written.header[..24], &[2; 25]] {
        assert_eq!(record::head(&Record::new(header.to_vec(), [])), None);
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_is_told_every_half_minute() {
    let id = "file_storage".parse().unwrap();
    let disk = Disk::new(&context("otlp/x"), Signal::Logs, &QueueSettings::default(), &id);
    let mut told = 0;
    for _ in 0..120 {
        told += u32::from(disk.is_time_to_tell());
        assert!(!disk.is_time_to_tell());
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(told, 4);
}

#[test]
fn what_an_earlier_process_left_takes_room_until_it_is_read_or_lost() {
    let space = Arc::new(Space::default());
    let size = |requests, items, bytes| Size { requests: requests * WHOLE, items, bytes };
    space.set_unread(Unread { records: 3, bytes: 300, whole: true });
    let held = || [Sizer::Requests, Sizer::Items, Sizer::Bytes].map(|sizer| space.held(sizer));
    assert_eq!(held(), [3, 0, 300]);
    let read = space.room_of_read(size(1, 7, 90));
    assert_eq!(held(), [3, 7, 300]);
    assert!(space.room(size(1, 1, 1), Sizer::Requests, 3).is_none());
    assert!(space.miss(1) && !space.miss(0));
    let new = space.room(size(1, 1, 1), Sizer::Requests, 3).unwrap();
    assert_eq!(held(), [3, 8, 301]);
    assert!(space.miss(1));
    assert_eq!(held(), [2, 8, 91]);
    assert!(!space.miss(1) && !space.nothing_unread());
    drop((read, new));
    assert_eq!(held(), [0; 3]);
    // One that is larger than all of it takes all of it.
    assert!(space.room(size(1, 9, 1), Sizer::Items, 3).is_some());
}
