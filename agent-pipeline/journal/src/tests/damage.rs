//! Files that are not as they were written: only what was touched is lost, and nothing else comes.

use std::collections::BTreeMap;

use super::{id_of, open, record, settings};
use crate::disk::simulated::{Crash, SimulatedDisk};
use crate::format::{FILE_HEADER, FrameHeader, Kind, file_header, frame_len};
use crate::{Damage, Durability, Record, Settings, Store};

const SIZES: [usize; 4] = [0, 30, 100, 7];

fn small() -> Settings {
    settings(2_000_000, Durability::Process)
}

fn records() -> Vec<Record> {
    (0..).zip(SIZES).map(|(id, len)| record(id, len)).collect()
}

/// The files of a journal with the records, and where each frame lies in the segment.
fn written() -> (BTreeMap<String, Vec<u8>>, Vec<std::ops::Range<usize>>) {
    let disk = SimulatedDisk::new(0);
    let mut store = open(&disk, &small());
    assert!(store.append(&records(), 0).iter().all(Result::is_ok));
    let mut end = FILE_HEADER;
    let frames = records().into_iter().map(|record| {
        let start = end;
        end += usize::try_from(frame_len(&record)).unwrap();
        start..end
    });
    let frames = frames.collect();
    (disk.files(), frames)
}

fn disk_with(files: &BTreeMap<String, Vec<u8>>) -> SimulatedDisk {
    let disk = SimulatedDisk::new(0);
    for (name, content) in files {
        disk.put(name, content.clone());
    }
    disk
}

fn read_ids(store: &mut Store<SimulatedDisk>) -> Vec<u64> {
    let mut ids = Vec::new();
    while !store.is_read_to_end() {
        ids.extend(store.read(10).unwrap().iter().map(|stored| id_of(&stored.record)));
    }
    ids
}

/// Opens the files, and checks that the records `whole` come and that the journal goes on. `None`: in no segment.
fn check(files: &BTreeMap<String, Vec<u8>>, whole: &[u64], what: &str) -> Damage {
    let disk = disk_with(files);
    let mut store = open(&disk, &small());
    assert!(store.append(&[record(77, 50)], 0)[0].is_ok(), "{what}");
    assert_eq!(read_ids(&mut store), [whole, &[77]].concat(), "{what}");
    let damage = store.status().damage;
    disk.crash(Crash::Process);
    let mut store = open(&disk, &small());
    assert_eq!(read_ids(&mut store), [whole, &[77]].concat(), "{what}, again");
    damage
}

/// With a second segment behind it, a segment is not the last one.
fn followed(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let disk = disk_with(files);
    let mut store = open(&disk, &small());
    assert!(store.append(&[record(50, 10)], 0)[0].is_ok());
    disk.files()
}

#[test]
fn every_flipped_byte_costs_the_record_it_is_in() {
    let (files, frames) = written();
    let name = Kind::Segment.name(1);
    let followed = followed(&files);
    for (files, more) in [(&files, None), (&followed, Some(50))] {
        for at in 0..files[&name].len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut files = files.clone();
                files.get_mut(&name).unwrap()[at] ^= flip;
                let hit = frames.iter().position(|frame| frame.contains(&at));
                let whole = (0..4).filter(|id| hit.is_some() && Some(*id) != hit).map(|id| id as u64);
                let whole: Vec<u64> = whole.chain(more).collect();
                let damage = check(&files, &whole, &format!("byte {at} of {frames:?}"));
                if hit.is_none() {
                    let all = files[&name].len() as u64;
                    assert_eq!((damage.set_aside, damage.records, damage.bytes), (1, 0, all));
                } else if more.is_some() || hit != Some(3) || damage.torn_bytes == 0 {
                    let lost = hit.map(|hit| frames[hit].len() as u64);
                    assert_eq!((damage.set_aside, damage.records), (0, 1), "byte {at}");
                    assert_eq!(Some(damage.bytes), lost, "byte {at}");
                }
            }
        }
    }
}

#[test]
fn every_cut_costs_what_is_behind_it() {
    let (files, frames) = written();
    let name = Kind::Segment.name(1);
    let followed = followed(&files);
    for (files, more) in [(&files, None), (&followed, Some(50))] {
        for len in 0..files[&name].len() {
            let mut files = files.clone();
            files.get_mut(&name).unwrap().truncate(len);
            let whole = (0..4).filter(|id: &u64| frames[usize::try_from(*id).unwrap()].end <= len);
            let whole: Vec<u64> = whole.chain(more).collect();
            let damage = check(&files, &whole, &format!("cut to {len}"));
            assert_eq!(damage.set_aside, 0);
            if more.is_some() && len >= FILE_HEADER {
                assert_eq!(damage.records, 5 - whole.len() as u64, "cut to {len}");
            }
        }
    }
}

#[test]
fn a_cut_segment_is_counted_also_when_the_process_ended_with_the_first_record_behind_it() {
    let disk = SimulatedDisk::new(0);
    let mut store = open(&disk, &settings(40_000, Durability::Process));
    let mut id = 0;
    while store.status().segments < 2 {
        assert!(store.append(&[record(id, 900)], 0)[0].is_ok());
        id += 1;
    }
    disk.crash(Crash::Process);
    let mut files = disk.files();
    files.get_mut(&Kind::Segment.name(1)).unwrap().truncate(1500);
    let mut store = open(&disk_with(&files), &settings(40_000, Durability::Process));
    assert_eq!(read_ids(&mut store), [0, id - 1]);
    assert_eq!(store.status().damage.records, id - 2);
}

#[test]
fn a_torn_end_is_cut_off_and_counted() {
    let (mut files, frames) = written();
    let name = Kind::Segment.name(1);
    files.get_mut(&name).unwrap().truncate(frames[3].end - 1);
    let disk = disk_with(&files);
    let store = open(&disk, &small());
    assert_eq!(store.status().damage.torn_bytes, (frames[3].len() - 1) as u64);
    assert_eq!(disk.files()[&name].len(), frames[2].end);
}

#[test]
fn junk_between_records_is_passed_over() {
    let (mut files, frames) = written();
    let name = Kind::Segment.name(1);
    let junk: Vec<u8> = (0..200_000_u32).flat_map(|at| at.wrapping_mul(0x9E37_79B9).to_le_bytes()).collect();
    files.get_mut(&name).unwrap().splice(frames[1].start..frames[1].start, junk);
    assert_eq!(check(&files, &[0, 1, 2, 3], "junk").records, 0);
}

#[test]
fn every_flipped_byte_of_the_acknowledgements_costs_a_repetition_at_most() {
    let (files, _) = written();
    let disk = disk_with(&files);
    let mut store = open(&disk, &small());
    assert_eq!(read_ids(&mut store), [0, 1, 2, 3]);
    store.acknowledge(1);
    store.acknowledge(4);
    store.persist().unwrap();
    let (files, name) = (disk.files(), Kind::Acks.name(1));
    for at in 0..files[&name].len() {
        let mut flipped = files.clone();
        flipped.get_mut(&name).unwrap()[at] ^= 0x10;
        let mut cut = files.clone();
        cut.get_mut(&name).unwrap().truncate(at);
        for files in [flipped, cut] {
            let disk = disk_with(&files);
            let mut store = open(&disk, &small());
            let ids = read_ids(&mut store);
            assert!([1, 2].iter().all(|id| ids.contains(id)), "byte {at}: {ids:?}");
            // And they can be written again.
            (1..=4).for_each(|sequence| store.acknowledge(sequence));
            store.persist().unwrap();
            assert!(!disk.files().contains_key(&Kind::Segment.name(1)), "byte {at}");
        }
    }
}

#[test]
fn a_client_cannot_write_records_of_its_own() {
    // A record whose body is a frame with a sequence that could come next, found once the frame around it is damaged.
    let forged = record(66, 20);
    let bodies: Vec<Record> = [0, 1, u32::MAX]
        .into_iter()
        .map(|salt| {
            let mut body = FrameHeader::of(&forged, 4, salt).unwrap().to_bytes(salt).to_vec();
            body.extend_from_slice(&forged.header);
            body.extend_from_slice(&forged.clone().into_body());
            Record::new(Vec::new(), [body.into()])
        })
        .collect();
    let disk = SimulatedDisk::new(0);
    let mut store = open(&disk, &small());
    assert!(store.append(&bodies, 0).iter().all(Result::is_ok));
    let mut files = disk.files();
    let segment = files.get_mut(&Kind::Segment.name(1)).unwrap();
    let mut at = FILE_HEADER;
    for record in &bodies {
        segment[at + 8] ^= 1;
        at += usize::try_from(frame_len(record)).unwrap();
    }
    check(&files, &[], "forged");
}

#[test]
fn a_segment_of_another_version_is_set_aside_as_it_is() {
    let (mut files, _) = written();
    let name = Kind::Segment.name(1);
    let segment = files.get_mut(&name).unwrap();
    segment[8] = 2;
    let content = segment.clone();
    let disk = disk_with(&files);
    disk.put(&format!("{name}.bad"), b"an earlier one".to_vec());
    let mut store = open(&disk, &small());
    assert_eq!(store.status().damage.set_aside, 1);
    assert!(read_ids(&mut store).is_empty());
    let appended = store.append(&[record(5, 5)], 0)[0].clone().unwrap();
    assert!(appended.sequence > 4, "sequences of the other segment are not used again");
    let files = disk.files();
    assert_eq!(files[&format!("{name}.bad1")], content);
    assert_eq!(files[&format!("{name}.bad")], b"an earlier one");
    assert!(!files.contains_key(&name));
}

#[test]
fn files_of_others_are_left_alone() {
    let disk = SimulatedDisk::new(0);
    for name in ["lock", "1.seg", "00000000000000000001.tmp", "99999999999999999999.seg", "notes.txt"] {
        disk.put(name, b"something".to_vec());
    }
    let before = disk.files();
    let mut store = open(&disk, &small());
    assert!(read_ids(&mut store).is_empty());
    assert_eq!(store.status(), crate::Status::default());
    assert_eq!(disk.files(), before);
}

#[test]
fn the_files_are_as_documented() {
    let (files, frames) = written();
    let segment = &files["00000000000000000001.seg"];
    let salt = u32::from_le_bytes(segment[12..16].try_into().unwrap());
    assert_eq!(segment[..8], *b"KMQSEG\r\n");
    assert_eq!(segment[8..12], 1_u32.to_le_bytes());
    assert_eq!(segment[16..24], 1_u64.to_le_bytes());
    assert_eq!(segment[24..28], crc32fast::hash(&segment[..24]).to_le_bytes());
    assert_eq!(segment[..28], file_header(Kind::Segment, 1, salt));
    let frame = &segment[frames[1].clone()];
    let salted = |bytes: &[u8]| {
        let mut hasher = crc32fast::Hasher::new_with_initial(salt);
        hasher.update(bytes);
        hasher.finalize().to_le_bytes()
    };
    assert_eq!(frame[..4], [0xF5, b'K', b'R', 0x9E]);
    assert_eq!(frame[4..6], 8_u16.to_le_bytes());
    assert_eq!(frame[6..8], [0, 0]);
    assert_eq!(frame[8..12], 30_u32.to_le_bytes());
    assert_eq!(frame[12..20], 2_u64.to_le_bytes());
    assert_eq!(frame[20..24], salted(&frame[28..]));
    assert_eq!(frame[24..28], salted(&frame[..24]));
    assert_eq!(frame[28..36], 1_u64.to_le_bytes());
    assert_eq!(frame[36..], *record(1, 30).into_body());
}
