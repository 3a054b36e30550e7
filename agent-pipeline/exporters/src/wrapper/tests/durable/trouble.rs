//! Disks that are full, read-only or damaged: refused so that it can be tried again.

use std::io::ErrorKind;

use agent_journal::disk::simulated::{Faults, SimulatedDisk};

use super::*;
use crate::wrapper::durable::simulate;

fn faults(write: ErrorKind) -> Faults {
    Faults { write: Some(write), ..Faults::default() }
}

#[tokio::test]
async fn a_disk_that_takes_nothing_refuses_until_it_does() {
    for kind in [ErrorKind::StorageFull, ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied] {
        let (place, disk) = (Place::new(), SimulatedDisk::new(1));
        let context = place.process();
        let _directory = simulate(&context, &place.queue(), disk.clone());
        let mut rig = started(context, gated(), durable("")).await;
        rig.consume(1).await.unwrap();
        until_tries(&rig, &[1]).await;
        disk.set_faults(faults(kind));
        for _ in 0..20 {
            let refused = rig.consume(2).await.unwrap_err();
            assert!(!refused.is_permanent(), "{refused}");
        }
        disk.set_faults(Faults::default());
        rig.consume(3).await.unwrap();
        rig.open_gate(10);
        until_tries(&rig, &[1, 3]).await;
        until("room", || rig.held(Sizer::Requests) == 0).await;
        rig.stop().await;
        let expected = Counted { sent: 4, enqueue_failed: 40, ..Counted::default() };
        assert_eq!(rig.counts(), expected);
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_opened_yet_is_opened_when_it_can_be() {
    let place = Place::new();
    let context = place.process();
    let settings = agent_journal::Settings::new(1 << 20, agent_journal::Durability::Process);
    let other = agent_journal::Journal::open(place.queue(), settings).await.unwrap();
    let mut rig = started(context, Script::default(), durable("")).await;
    let mut calls = JoinSet::new();
    rig.call(&mut calls, [1]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(calls.try_join_next().is_none());
    other.close().await;
    calls.join_next().await.unwrap().unwrap().unwrap();
    until_tries(&rig, &[1]).await;
    rig.stop().await;
}

#[tokio::test]
async fn an_end_before_the_directory_is_open_takes_no_time() {
    let place = Place::new();
    let context = place.process();
    let settings = agent_journal::Settings::new(1 << 20, agent_journal::Durability::Process);
    let _other = agent_journal::Journal::open(place.queue(), settings).await.unwrap();
    let mut rig = started(context, Script::default(), durable("")).await;
    let mut calls = JoinSet::new();
    rig.call(&mut calls, [1]).await;
    rig.stop().await;
    let refused = calls.join_next().await.unwrap().unwrap().unwrap_err();
    assert!(!refused.is_permanent());
}

#[tokio::test]
async fn what_was_damaged_is_passed_over_and_takes_no_room() {
    let place = Place::new();
    let (script, options) = down();
    let mut old = started(place.process(), script, options).await;
    for items in 1..=3 {
        old.consume(items).await.unwrap();
    }
    old.stop().await;
    drop(old);
    let mut files = std::fs::read_dir(place.queue()).unwrap().map(|file| file.unwrap().path());
    let segment = files.find(|path| path.extension().is_some_and(|end| end == "seg")).unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let mut new =
        started(place.process(), Script::default(), durable("queue_size: 3, block_on_overflow: true")).await;
    until_tries(&new, &[1, 2]).await;
    for items in 4..=6 {
        new.consume(items).await.unwrap();
    }
    until_tries(&new, &[1, 2, 4, 5, 6]).await;
    new.stop().await;
    let metrics = new.context.host.shared.of::<agent_telemetry::Metrics>();
    let (records, bytes) = metrics.damage(&new.context.id, Signal::Traces);
    // With the headers of the frame and of the record.
    assert_eq!((records.get(), bytes.get()), (1, spans(3).byte_len() as u64 + 28 + 25));
}
