//! A long backlog is there at once: what is read before the first record is given out does not grow with it.
//!
//! A program of its own, since Linux tells what a process has read and not what a test has.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fail loudly")]

use agent_journal::{Durability, Journal, Record, Settings};
use bytes::Bytes;

const RECORD: usize = 128 << 10;
const RECORDS: usize = 512;
const SEGMENT: u64 = 4 << 20;

#[tokio::test]
async fn of_64_mib_the_last_segment_and_what_is_given_out_are_read() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("queue");
    let settings = Settings {
        segment_bytes: SEGMENT,
        read_ahead_bytes: 256 << 10,
        ..Settings::new(1 << 30, Durability::Process)
    };
    let journal = Journal::open(&directory, settings.clone()).await.unwrap();
    let piece = Bytes::from(vec![7; RECORD]);
    for number in 0..RECORDS {
        journal.append(Record::new(number.to_string(), [piece.clone()])).await.unwrap();
    }
    journal.close().await;
    let bytes = journal.status().bytes;
    assert!(bytes > 64 << 20, "{bytes}");

    let before = read_by_this_process();
    let journal = Journal::open(&directory, settings).await.unwrap();
    assert_eq!(journal.status().records, RECORDS as u64);
    let first = journal.next().await.unwrap().unwrap();
    let read = read_by_this_process() - before;
    assert_eq!(&first.record.header[..], b"0");
    assert!(read < SEGMENT + (1 << 20), "{read} bytes were read");
    // All of it comes, in order.
    for number in 1..RECORDS {
        let stored = journal.next().await.unwrap().unwrap();
        assert_eq!(stored.record.header, number.to_string());
    }
}

/// Bytes that were asked of files so far, from the disk or not (proc(5), `rchar`).
fn read_by_this_process() -> u64 {
    let text = std::fs::read_to_string("/proc/self/io").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("rchar: "));
    line.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}
