//! Random lives of a journal on the simulated disk, against what was promised to whom.
//!
//! What is checked: a confirmed record that was not acknowledged comes back in every run, once, and in order but for those
//! that came ahead, which are in an order of their own; one whose acknowledgement was written never does; nothing comes
//! that was refused or never appended.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use proptest::prelude::*;

use super::{id_of, record, settings};
use crate::disk::simulated::{Crash, Faults, SimulatedDisk};
use crate::{Durability, Error, Record, Settings, Store, Stored};

#[derive(Clone, Debug)]
enum Step {
    Append { sizes: Vec<usize>, direct: usize, ahead: usize },
    Read { budget: usize },
    ReadAll,
    Acknowledge { every: usize, from: usize },
    TakeBack { every: usize },
    Persist,
    Sync,
    Faults(Faults),
    EndIn { operations: u64, crash: Crash },
    Crash { crash: Crash, faults: Faults },
}

/// What is known of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Never written: it must not come.
    Refused,
    /// It may be there or not: its append failed, or power was lost without a promise.
    Open,
    /// It may come in any run: its acknowledgement may be there or not.
    Unsure,
    /// It came although it had not been confirmed: it must come again unless power is lost.
    Seen,
    /// It must come.
    Kept,
    /// Acknowledged in this run.
    Acknowledged,
    /// And written: it must not come unless power is lost.
    Persisted,
    /// And synced: it must not come.
    Synced,
}

struct Life {
    disk: SimulatedDisk,
    settings: Settings,
    store: Store<SimulatedDisk>,
    fates: BTreeMap<u64, Fate>,
    /// Sequences of what is kept.
    sequences: BTreeMap<u64, u64>,
    /// Given out in this run and not acknowledged, in order.
    given: Vec<(u64, u64)>,
    given_ids: BTreeSet<u64>,
    /// Of those in order, and of those ahead.
    last_sequences: [u64; 2],
    next_crash: Crash,
    /// Whether something happened that excuses damage.
    rough: bool,
    lost_power: bool,
    in_pieces: bool,
}

impl Life {
    fn new(seed: u64, settings: Settings) -> Self {
        let disk = SimulatedDisk::new(seed);
        let store = super::open(&disk, &settings);
        Self {
            disk,
            settings,
            store,
            fates: BTreeMap::new(),
            sequences: BTreeMap::new(),
            given: Vec::new(),
            given_ids: BTreeSet::new(),
            last_sequences: [0; 2],
            next_crash: Crash::Process,
            rough: false,
            lost_power: false,
            in_pieces: false,
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Append { sizes, direct, ahead } => self.append(&sizes, direct, ahead),
            Step::Read { budget } => {
                for stored in self.store.read(budget).unwrap_or_default() {
                    self.give(&stored);
                }
            }
            Step::ReadAll => self.read_all(),
            Step::Acknowledge { every, from } => self.acknowledge(every, from),
            Step::TakeBack { every } => self.take_back(every),
            Step::Persist => self.persist(),
            Step::Sync => {
                if self.settings.durability == Durability::Node && self.store.sync().is_ok() {
                    self.change(Fate::Persisted, Fate::Synced);
                }
            }
            Step::Faults(faults) => self.set_faults(faults),
            Step::EndIn { operations, crash } => {
                self.next_crash = crash;
                self.disk.end_in(operations);
            }
            Step::Crash { crash, faults } => self.crash(crash, faults),
        }
        if self.disk.has_ended() {
            self.crash(self.next_crash, Faults::default());
        }
        if !self.rough && !self.has_pieces() {
            let files = self.disk.files();
            let segments =
                files.iter().filter(|(name, _)| crate::format::Kind::Segment.parse(name).is_some());
            let bytes: u64 = segments.map(|(_, content)| content.len() as u64).sum();
            assert!(bytes <= self.settings.max_bytes);
        }
    }

    /// What was not confirmed may be there in pieces after a loss of power.
    fn has_pieces(&self) -> bool {
        self.lost_power && self.in_pieces
    }

    fn set_faults(&mut self, faults: Faults) {
        self.in_pieces |= faults.room.is_some() || faults.short_writes;
        self.rough |= faults.read.is_some() || faults.write.is_some() || faults.sync.is_some();
        self.disk.set_faults(faults);
    }

    fn append(&mut self, sizes: &[usize], direct: usize, ahead: usize) {
        let first = self.fates.len() as u64;
        let group: Vec<Record> = sizes.iter().zip(first..).map(|(size, id)| record(id, *size)).collect();
        let results = self.store.append_ahead(&group, direct, ahead);
        assert_eq!(results.len(), group.len());
        for (id, result) in (first..).zip(results) {
            let fate = match result {
                Ok(appended) => {
                    self.sequences.insert(id, appended.sequence);
                    assert!(appended.given_out || !appended.ahead);
                    if appended.given_out {
                        self.given(id, appended.sequence, appended.ahead);
                    }
                    Fate::Kept
                }
                Err(Error::Disk { .. }) => Fate::Open,
                Err(Error::Full { .. } | Error::TooLarge { .. }) => Fate::Refused,
                Err(error) => panic!("{error}"),
            };
            self.fates.insert(id, fate);
        }
    }

    fn give(&mut self, stored: &Stored) {
        let id = id_of(&stored.record);
        match self.fates.get(&id) {
            Some(Fate::Open) => self.change_one(id, Fate::Seen),
            Some(Fate::Seen | Fate::Kept | Fate::Unsure) => {}
            fate => panic!("record {id} came, its fate was {fate:?}"),
        }
        if let Some(sequence) = self.sequences.insert(id, stored.sequence) {
            assert_eq!(sequence, stored.sequence);
        }
        self.given(id, stored.sequence, stored.ahead);
    }

    fn given(&mut self, id: u64, sequence: u64, ahead: bool) {
        let last = &mut self.last_sequences[usize::from(ahead)];
        assert!(sequence > *last, "{sequence} came after {last}");
        assert!(self.given_ids.insert(id), "record {id} came twice in one run");
        *last = sequence;
        self.given.push((id, sequence));
    }

    fn read_all(&mut self) {
        self.disk.set_faults(Faults::default());
        while !self.store.is_read_to_end() {
            match self.store.read(2000) {
                Ok(records) => records.iter().for_each(|stored| self.give(stored)),
                // The process has ended.
                Err(_) => return,
            }
        }
        let status = self.store.status();
        assert_eq!(status.outstanding, self.given.len() as u64);
        if status.damage.unreadable > 0 {
            return;
        }
        for (id, fate) in &self.fates {
            assert!(
                !matches!(fate, Fate::Kept | Fate::Seen) || self.given_ids.contains(id),
                "record {id} did not come"
            );
        }
        assert_eq!(status.records, status.outstanding);
        if !self.rough {
            assert!(self.has_pieces() || status.damage.records == 0);
            assert!(self.lost_power || status.damage.set_aside == 0);
        }
    }

    fn acknowledge(&mut self, every: usize, from: usize) {
        let mut kept = Vec::new();
        for (place, (id, sequence)) in std::mem::take(&mut self.given).into_iter().enumerate() {
            if place >= from && (place - from).is_multiple_of(every) {
                self.store.acknowledge(sequence);
                self.fates.insert(id, Fate::Acknowledged);
            } else {
                kept.push((id, sequence));
            }
        }
        self.given = kept;
        // What is not out is nobody's to acknowledge.
        let [in_order, ahead] = self.last_sequences;
        self.store.acknowledge(in_order.max(ahead) + 1);
    }

    /// What has not been passed over comes again.
    fn take_back(&mut self, every: usize) {
        for (id, sequence) in self.given.clone().into_iter().step_by(every) {
            if self.store.take_back(sequence) {
                assert!(sequence > self.last_sequences[0]);
                self.given.retain(|(given, _)| *given != id);
                self.given_ids.remove(&id);
            }
        }
    }

    fn persist(&mut self) {
        if self.store.persist().is_ok() {
            self.change(Fate::Acknowledged, Fate::Persisted);
        }
    }

    fn change_one(&mut self, id: u64, to: Fate) {
        self.fates.insert(id, to);
    }

    fn change(&mut self, from: Fate, to: Fate) {
        self.fates.values_mut().filter(|fate| **fate == from).for_each(|fate| *fate = to);
    }

    /// Ends the run and starts the next.
    fn crash(&mut self, crash: Crash, faults: Faults) {
        self.disk.crash(crash);
        self.lost_power |= crash == Crash::Power;
        self.change(Fate::Acknowledged, Fate::Unsure);
        if crash == Crash::Power {
            self.change(Fate::Seen, Fate::Open);
        }
        match (crash, self.settings.durability) {
            (Crash::Process, _) => {}
            (Crash::Power, Durability::Node) => self.change(Fate::Persisted, Fate::Unsure),
            (Crash::Power, Durability::Process) => {
                self.rough = true;
                self.change(Fate::Persisted, Fate::Unsure);
                self.change(Fate::Kept, Fate::Open);
            }
        }
        self.given.clear();
        self.given_ids.clear();
        self.last_sequences = [0; 2];
        if faults.read.is_some() {
            // Acknowledgements that cannot be read are as good as never written.
            self.change(Fate::Persisted, Fate::Unsure);
            self.change(Fate::Synced, Fate::Unsure);
        }
        self.set_faults(faults);
        self.store = Store::open(self.disk.clone(), self.settings.clone()).unwrap_or_else(|error| {
            assert!(matches!(error, Error::Disk { .. }), "{error}");
            self.disk.set_faults(Faults::default());
            super::open(&self.disk, &self.settings)
        });
    }

    /// The last run: everything comes, is acknowledged, and leaves nothing.
    fn end(&mut self, crash: Crash) {
        self.crash(crash, Faults::default());
        self.read_all();
        self.acknowledge(1, 0);
        self.persist();
        self.crash(Crash::Process, Faults::default());
        self.read_all();
        assert!(self.given.is_empty());
        self.append(&[10], 0, 0);
        self.read_all();
        assert_eq!(self.given.len(), 1);
    }
}

fn crash() -> impl Strategy<Value = Crash> {
    prop_oneof![3 => Just(Crash::Process), 1 => Just(Crash::Power)]
}

fn faults() -> impl Strategy<Value = Faults> {
    let kind = || {
        let kinds =
            [ErrorKind::StorageFull, ErrorKind::ReadOnlyFilesystem, ErrorKind::Other, ErrorKind::Interrupted];
        prop::option::of(prop::sample::select(kinds.to_vec()))
    };
    // Interrupted calls are repeated, so they must not fail for ever.
    let one_in = prop_oneof![1 => Just(2u32), 1 => Just(4), 1 => Just(20)];
    (kind(), kind(), kind(), one_in, any::<bool>(), prop::option::of(1000u64..60_000)).prop_map(
        |(read, write, sync, one_in, short_writes, room)| Faults {
            read,
            write,
            sync,
            one_in,
            short_writes,
            room,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![6 => 0usize..700, 1 => 700usize..6000, 1 => Just(200_000)];
    let memory = || prop_oneof![Just(0), Just(1000), Just(1_000_000)];
    prop_oneof![
        10 => (prop::collection::vec(size, 1..8), memory(), memory())
            .prop_map(|(sizes, direct, ahead)| Step::Append { sizes, direct, ahead }),
        6 => (1usize..3000).prop_map(|budget| Step::Read { budget }),
        2 => Just(Step::ReadAll),
        6 => (1usize..4, 0usize..3).prop_map(|(every, from)| Step::Acknowledge { every, from }),
        2 => (1usize..4).prop_map(|every| Step::TakeBack { every }),
        4 => Just(Step::Persist),
        2 => Just(Step::Sync),
        2 => faults().prop_map(Step::Faults),
        1 => Just(Step::Faults(Faults::default())),
        2 => (1u64..30, crash()).prop_map(|(operations, crash)| Step::EndIn { operations, crash }),
        2 => crash().prop_map(|crash| Step::Crash { crash, faults: Faults::default() }),
        1 => (crash(), faults()).prop_map(|(crash, faults)| Step::Crash { crash, faults }),
    ]
}

/// Without errors of the disk the checks are sharper.
fn smooth_step() -> impl Strategy<Value = Step> {
    step().prop_map(|step| match step {
        Step::Faults(faults) => Step::Faults(only_sizes(&faults)),
        Step::Crash { crash, faults } => Step::Crash { crash, faults: only_sizes(&faults) },
        step => step,
    })
}

fn only_sizes(faults: &Faults) -> Faults {
    Faults { short_writes: faults.short_writes, room: faults.room, ..Faults::default() }
}

fn live(seed: u64, durability: Durability, max_bytes: u64, steps: Vec<Step>, last: Crash) {
    let mut life = Life::new(seed, settings(max_bytes, durability));
    for step in steps {
        life.step(step);
    }
    life.end(last);
}

fn durability() -> impl Strategy<Value = Durability> {
    prop_oneof![Just(Durability::Process), Just(Durability::Node)]
}

/// A case is a whole life; `PROPTEST_CASES` asks for more of them.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases / 2, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn keeps_its_promises_on_a_bad_disk(
        seed in any::<u64>(), durability in durability(), max in 8_000u64..100_000,
        steps in prop::collection::vec(step(), 1..60), last in crash(),
    ) {
        live(seed, durability, max, steps, last);
    }

    #[test]
    fn keeps_its_promises_over_crashes(
        seed in any::<u64>(), durability in durability(), max in 8_000u64..100_000,
        steps in prop::collection::vec(smooth_step(), 1..60), last in crash(),
    ) {
        live(seed, durability, max, steps, last);
    }
}
