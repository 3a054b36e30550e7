//! The journal against disks that fail, and against the real one.

mod ahead;
mod damage;
mod front;
mod model;
mod trouble;

use bytes::Bytes;

use crate::disk::simulated::SimulatedDisk;
use crate::{Durability, Record, Settings, Store};

/// A journal with segments of a few kilobytes.
fn settings(max_bytes: u64, durability: Durability) -> Settings {
    Settings { segment_bytes: 4 << 10, ..Settings::new(max_bytes, durability) }
}

fn open(disk: &SimulatedDisk, settings: &Settings) -> Store<SimulatedDisk> {
    Store::open(disk.clone(), settings.clone()).unwrap()
}

/// A record that can be told from any other and checked, in several pieces.
fn record(id: u64, len: usize) -> Record {
    let byte = |at: u64| id.wrapping_mul(31).wrapping_add(at).to_le_bytes()[0];
    let body: Bytes = (0..len as u64).map(byte).collect();
    Record::new(id.to_le_bytes().to_vec(), [body.slice(..len / 3), body.slice(len / 3..)])
}

/// The id of a record that is as it was made.
fn id_of(record: &Record) -> u64 {
    let id = u64::from_le_bytes(record.header.as_ref().try_into().unwrap());
    assert_eq!(record.clone().into_body(), self::record(id, record.body_len()).into_body());
    id
}
