//! A journal's directory after anything may have happened to its files.

#![no_main]

use std::collections::BTreeMap;
use std::sync::OnceLock;

use agent_journal::disk::simulated::{Crash, SimulatedDisk};
use agent_journal::{Durability, Record, Settings, Store};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

type Files = BTreeMap<String, Vec<u8>>;

/// Bodies of the records, by their ids.
const BODIES: [&[u8]; 5] = [b"", b"short", &[0; 300], &[0xF5; 40], b"the last"];
const ADDED: &[u8] = b"added";

fuzz_target!(|data: &[u8]| {
    let disk = SimulatedDisk::new(0);
    let (raw, edits) = data.split_at(data.first().map_or(0, |len| usize::from(*len)).min(data.len()));
    for (name, content) in edited(raw, edits) {
        disk.put(&name, content);
    }
    let first = run(&disk);
    disk.crash(Crash::Process);
    let second = run(&disk);
    // What was given out and not acknowledged comes again, and so does what the first run added.
    assert_eq!(second, first);
});

/// A run: ids that came, without the record that it adds.
fn run(disk: &SimulatedDisk) -> Vec<usize> {
    let settings = Settings { segment_bytes: 4 << 10, ..Settings::new(1 << 30, Durability::Process) };
    let mut store = Store::open(disk.clone(), settings).expect("damage is no reason not to open");
    let added = Record::new(vec![99], [Bytes::from_static(ADDED)]);
    assert!(store.append(&[added], 0).iter().all(Result::is_ok));
    let (mut ids, mut last) = (Vec::new(), 0);
    while !store.is_read_to_end() {
        for stored in store.read(100).expect("a disk that works") {
            assert!(stored.sequence > last);
            last = stored.sequence;
            let id = usize::from(stored.record.header[0]);
            let body = if id == 99 { ADDED } else { BODIES[id] };
            assert_eq!(stored.record.into_body(), body);
            ids.push(id);
        }
    }
    assert_eq!(ids.last(), Some(&99));
    ids.retain(|id| *id != 99);
    assert!(ids.is_sorted_by(|a, b| a < b), "each at most once: {ids:?}");
    ids
}

/// The files of a journal with `raw` put in somewhere and bytes changed.
fn edited(raw: &[u8], edits: &[u8]) -> Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    let mut files = FILES.get_or_init(written).clone();
    let (edits, rest) = edits.as_chunks::<4>();
    for [file, low, high, value] in edits {
        let at = usize::from(u16::from_le_bytes([*low, *high]));
        let count = files.len();
        let Some(content) = files.values_mut().nth(usize::from(*file) % count) else { continue };
        match file / 64 {
            0 => content.truncate(at),
            1 if at <= content.len() => drop(content.splice(at..at, raw.iter().copied())),
            _ => content.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= value),
        }
    }
    if let [_, ..] = rest {
        files.insert("00000000000000000009.seg".to_owned(), raw.to_vec());
    }
    files
}

/// Two segments and an acknowledgement.
fn written() -> Files {
    let disk = SimulatedDisk::new(0);
    let settings = Settings::new(1 << 30, Durability::Process);
    let record = |id: usize| Record::new(vec![id as u8], [Bytes::from_static(BODIES[id])]);
    for ids in [0..3, 3..5] {
        let mut store = Store::open(disk.clone(), settings.clone()).expect("an empty disk");
        store.append(&ids.map(record).collect::<Vec<_>>(), 0);
        store.read(1000).expect("a disk that works");
        store.acknowledge(2);
        store.persist().expect("a disk that works");
    }
    disk.files()
}
