//! Full, read-only, and failing disks: a typed error, and nothing that was confirmed is lost.

use std::io::ErrorKind;

use super::{id_of, open, record, settings};
use crate::disk::simulated::{Crash, Faults, SimulatedDisk};
use crate::{Durability, Error, Operation, Store};

fn append(store: &mut Store<SimulatedDisk>, id: u64, len: usize) -> Result<u64, Error> {
    store.append(&[record(id, len)], 0).remove(0).map(|appended| appended.sequence)
}

fn read_ids(store: &mut Store<SimulatedDisk>) -> Vec<u64> {
    store.read(usize::MAX).unwrap().iter().map(|stored| id_of(&stored.record)).collect()
}

fn disk_error(result: Result<u64, Error>) -> (Operation, ErrorKind, bool) {
    let error = result.unwrap_err();
    let may_pass = error.may_pass();
    match error {
        Error::Disk { operation, source, .. } => (operation, source.kind(), may_pass),
        error => panic!("{error}"),
    }
}

#[test]
fn what_a_full_disk_took_in_part_is_cut_before_the_next_append() {
    for seed in 0..20 {
        let disk = SimulatedDisk::new(seed);
        let settings = settings(100_000, Durability::Process);
        let mut store = open(&disk, &settings);
        append(&mut store, 0, 500).unwrap();
        let room = disk.files().values().map(|file| file.len() as u64).sum::<u64>() + 300;
        disk.set_faults(Faults { room: Some(room), ..Faults::default() });
        let error = disk_error(append(&mut store, 1, 500));
        assert_eq!(error, (Operation::Write, ErrorKind::StorageFull, true));
        append(&mut store, 2, 100).unwrap();
        disk.set_faults(Faults::default());
        append(&mut store, 3, 500).unwrap();
        assert_eq!(read_ids(&mut store), [0, 2, 3]);
        disk.crash(Crash::Process);
        let mut store = open(&disk, &settings);
        assert_eq!(store.status().damage, crate::Damage::default());
        assert_eq!(read_ids(&mut store), [0, 2, 3]);
    }
}

#[test]
fn a_disk_that_the_journal_itself_has_filled_takes_data_again_once_all_is_acknowledged() {
    for durability in [Durability::Process, Durability::Node] {
        let disk = SimulatedDisk::new(0);
        // One segment takes all of it, so none is ever closed for its size.
        let mut store = open(&disk, &settings(10_000_000, durability));
        append(&mut store, 0, 500).unwrap();
        append(&mut store, 1, 500).unwrap();
        let full = disk.files().values().map(|file| file.len() as u64).sum::<u64>();
        disk.set_faults(Faults { room: Some(full), ..Faults::default() });
        append(&mut store, 2, 500).unwrap_err();
        assert_eq!(read_ids(&mut store), [0, 1]);
        store.acknowledge(1);
        append(&mut store, 3, 500).unwrap_err();
        store.acknowledge(2);
        // Nor can that be written down.
        store.persist().unwrap_err();
        append(&mut store, 4, 500).unwrap();
        append(&mut store, 5, 400).unwrap();
        assert_eq!(read_ids(&mut store), [4, 5]);
        assert_eq!((store.status().records, store.status().segments), (2, 1));
        disk.crash(Crash::Process);
        assert_eq!(read_ids(&mut open(&disk, &settings(10_000_000, durability))), [4, 5]);
    }
}

#[test]
fn a_read_only_disk_gives_what_it_has_and_takes_nothing() {
    let disk = SimulatedDisk::new(0);
    let settings = settings(100_000, Durability::Process);
    append(&mut open(&disk, &settings), 0, 10).unwrap();
    disk.crash(Crash::Process);
    disk.set_faults(Faults { write: Some(ErrorKind::ReadOnlyFilesystem), ..Faults::default() });
    let mut store = open(&disk, &settings);
    let error = disk_error(append(&mut store, 1, 10));
    assert_eq!(error, (Operation::Create, ErrorKind::ReadOnlyFilesystem, false));
    assert_eq!(read_ids(&mut store), [0]);
    store.acknowledge(1);
    store.persist().unwrap_err();
    disk.set_faults(Faults::default());
    store.persist().unwrap();
    assert_eq!(store.status(), crate::Status::default());
}

#[test]
fn a_failed_sync_is_an_error_and_what_comes_later_is_safe() {
    let disk = SimulatedDisk::new(3);
    let settings = settings(100_000, Durability::Node);
    let mut store = open(&disk, &settings);
    append(&mut store, 0, 10).unwrap();
    disk.set_faults(Faults { sync: Some(ErrorKind::Other), ..Faults::default() });
    assert_eq!(disk_error(append(&mut store, 1, 10)), (Operation::Sync, ErrorKind::Other, true));
    disk.set_faults(Faults::default());
    append(&mut store, 2, 10).unwrap();
    assert_eq!(store.status().segments, 2, "nothing is added behind what a sync failed on");
    disk.crash(Crash::Power);
    let ids = read_ids(&mut open(&disk, &settings));
    assert!(ids == [0, 2] || ids == [0, 1, 2], "{ids:?}");
}

#[test]
fn a_segment_that_cannot_be_read_is_passed_over_and_kept() {
    let disk = SimulatedDisk::new(0);
    let settings = settings(100_000, Durability::Process);
    let mut store = open(&disk, &settings);
    append(&mut store, 0, 10).unwrap();
    disk.set_faults(Faults { read: Some(ErrorKind::Other), ..Faults::default() });
    for _ in 0..5 {
        assert!(store.read(1).unwrap_err().may_pass());
    }
    disk.set_faults(Faults::default());
    append(&mut store, 1, 10).unwrap();
    assert_eq!(read_ids(&mut store), [1]);
    assert_eq!(store.status().damage.unreadable, 1);
    store.acknowledge(2);
    store.persist().unwrap();
    drop(store);
    assert_eq!(read_ids(&mut open(&disk, &settings)), [0]);
}

#[test]
fn a_full_journal_says_so_and_has_room_once_records_are_acknowledged() {
    let disk = SimulatedDisk::new(0);
    let mut store = open(&disk, &settings(10_000, Durability::Process));
    let taken = (0..100).take_while(|id| append(&mut store, *id, 900).is_ok()).count() as u64;
    assert_eq!(taken, 10);
    let full = append(&mut store, 100, 900).unwrap_err();
    assert!(matches!(full, Error::Full { needed: 936, limit: 10_000 }) && full.may_pass(), "{full}");
    let large = append(&mut store, 100, 10_000).unwrap_err();
    assert!(matches!(large, Error::TooLarge { size: 10_008 }) && !large.may_pass(), "{large}");
    let ids = read_ids(&mut store);
    assert_eq!(ids, (0..taken).collect::<Vec<_>>());
    (1..=taken).for_each(|sequence| store.acknowledge(sequence));
    // The segment that is being written goes too when nobody needs what is in it.
    append(&mut store, 101, 9900).unwrap();
    store.persist().unwrap();
    assert_eq!(read_ids(&mut store), [101]);
}

#[test]
fn a_directory_is_held_by_one() {
    let disk = SimulatedDisk::new(0);
    let settings = settings(20_000, Durability::Process);
    let store = open(&disk, &settings);
    let error = Store::open(disk.clone(), settings.clone()).unwrap_err();
    assert!(matches!(error, Error::Locked) && error.may_pass());
    drop(store);
    open(&disk, &settings);
}

#[test]
fn records_are_counted_right_when_segments_between_are_gone() {
    let disk = SimulatedDisk::new(0);
    let settings = settings(20_000, Durability::Process);
    let mut store = open(&disk, &settings);
    for id in 0..12 {
        append(&mut store, id, 900).unwrap();
    }
    // Killed before it was written down where the segments end.
    disk.crash(Crash::Process);
    let mut store = open(&disk, &settings);
    assert_eq!(store.status().records, 12);
    assert_eq!(read_ids(&mut store).len(), 12);
    append(&mut store, 12, 900).unwrap();
    (2..=12).for_each(|sequence| store.acknowledge(sequence));
    store.persist().unwrap();
    disk.crash(Crash::Process);
    let store = open(&disk, &settings);
    assert_eq!((store.status().records, store.status().segments), (2, 2));
}
