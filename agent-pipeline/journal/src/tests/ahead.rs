//! Records that come ahead of older ones: each once, passed over where they lie, and never at the cost of the older ones.

use std::time::Duration;

use tokio::time::timeout;

use super::{id_of, open, record, settings};
use crate::disk::simulated::{Crash, SimulatedDisk};
use crate::format::{FILE_HEADER, Kind};
use crate::{Damage, Durability, Journal, Settings, Store, Stored};

const LONG: Duration = Duration::from_secs(20);

fn small() -> Settings {
    settings(2_000_000, Durability::Process)
}

fn append(store: &mut Store<SimulatedDisk>, id: u64, ahead: usize) -> u64 {
    let appended = store.append_ahead(&[record(id, 900)], 0, ahead).remove(0).unwrap();
    assert_eq!((appended.ahead, appended.given_out), (ahead > 0, ahead > 0));
    appended.sequence
}

fn read_ids(store: &mut Store<SimulatedDisk>) -> Vec<u64> {
    let mut ids = Vec::new();
    while !store.is_read_to_end() {
        ids.extend(store.read(1000).unwrap().iter().map(|stored| id_of(&stored.record)));
    }
    ids
}

#[test]
fn they_are_passed_over_and_come_back_only_if_they_were_not_acknowledged() {
    let disk = SimulatedDisk::new(0);
    let mut store = open(&disk, &small());
    // A segment is full with four of them.
    for id in 0..6 {
        append(&mut store, id, 0);
    }
    let ahead: Vec<u64> = (6..20).map(|id| append(&mut store, id, 5000)).collect();
    append(&mut store, 20, 0);
    assert_eq!((store.status().records, store.status().outstanding), (21, 14));
    ahead.iter().filter(|sequence| **sequence != 15).for_each(|sequence| store.acknowledge(*sequence));
    store.persist().unwrap();
    assert_eq!((store.status().records, store.status().outstanding), (8, 1));
    assert_eq!(store.status().segments, 4, "what nobody needs is gone before it is read");
    assert_eq!(read_ids(&mut store), [0, 1, 2, 3, 4, 5, 20]);
    disk.crash(Crash::Process);
    let mut store = open(&disk, &small());
    assert_eq!(read_ids(&mut store), [0, 1, 2, 3, 4, 5, 14, 20]);
    assert_eq!(store.status().damage, Damage::default());
    (1..=21).for_each(|sequence| store.acknowledge(sequence));
    store.persist().unwrap();
    assert_eq!((store.status().records, store.status().segments), (0, 0));
}

#[test]
fn what_is_damaged_on_disk_is_not_lost_when_it_was_given_out_ahead() {
    let (header, content) = (5, 500);
    for (damaged, lost) in [(3, 0), (2, 1)] {
        for (place, acknowledged) in [(header, false), (header, true), (content, false), (content, true)] {
            let disk = SimulatedDisk::new(0);
            let mut store = open(&disk, &small());
            for id in 0..3 {
                append(&mut store, id, 0);
            }
            let ahead = append(&mut store, 3, 5000);
            // In another segment.
            append(&mut store, 4, 0);
            if acknowledged {
                store.acknowledge(ahead);
            }
            let name = Kind::Segment.name(1);
            let mut file = disk.files()[&name].clone();
            file[FILE_HEADER + damaged * 936 + place] ^= 1;
            disk.put(&name, file);
            let whole: Vec<u64> = (0..5).filter(|id| *id != 3 && *id != damaged as u64).collect();
            assert_eq!(read_ids(&mut store), whole);
            let expected = Damage { records: lost, bytes: lost * 936, ..Damage::default() };
            assert_eq!(store.status().damage, expected, "{damaged} at {place}");
        }
    }
}

#[test]
fn one_that_is_taken_back_comes_in_order_unless_it_has_been_passed_over() {
    let mut store = open(&SimulatedDisk::new(0), &small());
    for id in 0..12 {
        append(&mut store, id, if id % 3 == 0 { 0 } else { 5000 });
    }
    assert!(store.take_back(11) && !store.take_back(11), "the record 10");
    assert!(!store.take_back(10), "it was never out");
    while store.unread_from() < 7 {
        store.read(1).unwrap();
    }
    assert!(!store.take_back(6) && store.take_back(8));
    store.acknowledge(9);
    assert!(!store.take_back(9));
    assert_eq!(read_ids(&mut store), [6, 7, 9, 10]);
    assert_eq!(store.unread_from(), 13);
    assert!(!store.take_back(12) && !store.take_back(13));
}

#[test]
fn a_call_that_has_to_pass_over_many_is_short() {
    let mut store = open(&SimulatedDisk::new(0), &small());
    append(&mut store, 0, 0);
    for id in 1..100 {
        append(&mut store, id, 5000);
    }
    append(&mut store, 100, 0);
    assert_eq!(store.read(1).unwrap().len(), 1);
    let mut calls = 0;
    while store.read(10_000).unwrap().is_empty() {
        calls += 1;
        assert!(!store.is_read_to_end());
    }
    assert!((5..20).contains(&calls), "{calls}");
    assert!(store.is_read_to_end());
}

/// A journal with a backlog of records of a kilobyte, the first of which are in memory.
async fn with_backlog(live_share: f64, records: u64) -> (Journal, SimulatedDisk) {
    let disk = SimulatedDisk::new(0);
    let settings = Settings { live_share, ..lively() };
    let journal = Journal::open_on(disk.clone(), settings).await.unwrap();
    journal.close().await;
    let mut store = open(&disk, &small());
    for id in 0..records {
        append(&mut store, id, 0);
    }
    drop(store);
    (Journal::open_on(disk.clone(), Settings { live_share, ..lively() }).await.unwrap(), disk)
}

fn lively() -> Settings {
    Settings { read_ahead_bytes: 8000, live_share: 0.5, ..small() }
}

async fn next(journal: &Journal) -> Stored {
    timeout(LONG, journal.next()).await.expect("a record in time").unwrap().expect("not the end")
}

async fn next_oldest(journal: &Journal) -> Stored {
    timeout(LONG, journal.next_oldest()).await.expect("a record in time").unwrap().expect("not the end")
}

#[tokio::test]
async fn new_records_have_their_share_while_a_backlog_waits() {
    for (share, expected) in [(0.0, 0..1), (0.25, 40..60), (0.5, 90..110)] {
        let (journal, _disk) = with_backlog(share, 300).await;
        let mut ahead = 0;
        // Some wait at any time, and each that is taken makes room for one.
        for id in 300..320 {
            journal.append(record(id, 900)).await.unwrap();
        }
        for id in 320..520 {
            journal.append(record(id, 900)).await.unwrap();
            let stored = next(&journal).await;
            assert_eq!(stored.ahead, id_of(&stored.record) >= 300);
            ahead += u32::from(stored.ahead);
        }
        assert!(expected.contains(&ahead), "{ahead} of 200 with a share of {share}");
    }
}

#[tokio::test]
async fn what_does_not_fit_into_memory_comes_in_order_and_each_once() {
    let (journal, _disk) = with_backlog(0.5, 40).await;
    for id in 40..100 {
        journal.append(record(id, 900)).await.unwrap();
    }
    let (mut in_order, mut ahead) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        let stored = next(&journal).await;
        let ids = if stored.ahead { &mut ahead } else { &mut in_order };
        ids.push(id_of(&stored.record));
    }
    assert_eq!(ahead, [96, 97, 98, 99], "the newest, of half of what is read ahead");
    assert_eq!(in_order, (0..96).collect::<Vec<_>>());
    assert!(timeout(Duration::from_millis(50), journal.next()).await.is_err());
    // With nothing before it a new one is in order again.
    journal.append(record(100, 900)).await.unwrap();
    assert!(!next(&journal).await.ahead);
}

#[tokio::test]
async fn one_that_is_larger_than_the_memory_for_them_comes_ahead_too() {
    let (journal, _disk) = with_backlog(0.5, 40).await;
    for id in 40..43 {
        journal.append(record(id, 90_000)).await.unwrap();
    }
    // It gives way in its turn.
    let mut ahead = Vec::new();
    for _ in 0..43 {
        let stored = next(&journal).await;
        ahead.extend(stored.ahead.then(|| id_of(&stored.record)));
    }
    assert_eq!(ahead, [42]);
}

#[tokio::test]
async fn of_a_backlog_and_new_records_only_what_was_not_acknowledged_comes_back() {
    let (journal, disk) = with_backlog(0.5, 40).await;
    let mut acknowledged = 0;
    for id in 40..60 {
        journal.append(record(id, 900)).await.unwrap();
        let stored = next(&journal).await;
        if stored.ahead {
            journal.acknowledge(stored.sequence);
            acknowledged += 1;
        }
    }
    assert!(acknowledged > 5, "{acknowledged}");
    journal.close().await;
    let journal = Journal::open_on(disk, lively()).await.unwrap();
    assert_eq!(journal.status().records, 60 - acknowledged);
    let mut last = 0;
    for _ in 0..60 - acknowledged {
        let stored = next(&journal).await;
        assert!(!stored.ahead && stored.sequence > last);
        last = stored.sequence;
    }
    assert_eq!(journal.status().damage, Damage::default());
}

#[tokio::test]
async fn the_oldest_is_taken_from_the_backlog_and_from_new_records_last() {
    let (journal, _disk) = with_backlog(0.5, 20).await;
    for id in 20..24 {
        journal.append(record(id, 900)).await.unwrap();
    }
    for id in 0..24 {
        let stored = next_oldest(&journal).await;
        assert_eq!((id_of(&stored.record), stored.ahead), (id, id >= 20));
    }
    // One who waits for it is woken, as is one who waits for any.
    let (oldest, added) = tokio::join!(next_oldest(&journal), journal.append(record(24, 900)));
    assert_eq!(oldest.sequence, added.unwrap());
}
