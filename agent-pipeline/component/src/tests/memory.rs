//! Nothing is let in over the soft line, whatever was seen last, and everything again when there is room.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Memory, Pressure};

const MIB: u64 = 1 << 20;

/// Memory whose use the test sets; the second counts looks.
fn memory() -> (Memory, Arc<AtomicU64>, Arc<AtomicU64>) {
    let (used, looks) = (Arc::new(AtomicU64::new(10 * MIB)), Arc::new(AtomicU64::new(0)));
    let (of, count) = (Arc::clone(&used), Arc::clone(&looks));
    let memory = Memory::measured_by(move || {
        count.fetch_add(1, Ordering::Relaxed);
        Some(of.load(Ordering::Relaxed))
    });
    (memory, used, looks)
}

/// Asks until the pause between two looks has passed.
fn admitted_soon(memory: &Memory, wanted: bool) {
    while memory.admit(1).is_ok() != wanted {
        std::thread::yield_now();
    }
}

#[test]
fn without_lines_everything_is_let_in_and_nobody_looks() {
    let (memory, _, looks) = memory();
    for _ in 0..1000 {
        memory.admit(1 << 30).unwrap();
    }
    assert_eq!(looks.load(Ordering::Relaxed), 0);
    assert_eq!(memory.pressure(), Pressure::None);
}

#[test]
fn a_burst_between_two_looks_does_not_slip_through() {
    let (memory, _, _) = memory();
    memory.set_lines(100 * MIB, 120 * MIB);
    let let_in = (0..1000).take_while(|_| memory.admit(1 << 20).is_ok()).count();
    // Those who held it would show at the next look; until then what is let in counts.
    assert!(let_in as u64 >= 80 && let_in as u64 * MIB < 100 * MIB * 2, "{let_in} MiB");
}

#[test]
fn over_the_line_it_refuses_with_a_delay_and_heals() {
    let (memory, used, _) = memory();
    memory.set_lines(100 * MIB, 120 * MIB);
    used.store(110 * MIB, Ordering::Relaxed);
    assert_eq!(memory.pressure(), Pressure::Soft);
    let refusal = memory.admit(1).unwrap_err();
    assert!(!refusal.retry_after.is_zero());
    used.store(130 * MIB, Ordering::Relaxed);
    assert_eq!(memory.pressure(), Pressure::Hard);
    used.store(20 * MIB, Ordering::Relaxed);
    admitted_soon(&memory, true);
    assert_eq!(memory.pressure(), Pressure::None);
}

#[test]
fn below_the_line_looks_are_rare() {
    let (memory, _, looks) = memory();
    memory.set_lines(1 << 40, 1 << 40);
    let before = looks.load(Ordering::Relaxed);
    for _ in 0..100_000 {
        memory.admit(1000).unwrap();
    }
    assert!(looks.load(Ordering::Relaxed) - before <= 1);
}

#[test]
fn a_line_of_ones_own_is_looked_at_when_it_could_be_reached() {
    let (memory, used, _) = memory();
    memory.set_lines(1 << 40, 1 << 40);
    assert!(!memory.has_reached(50 * MIB));
    used.store(60 * MIB, Ordering::Relaxed);
    memory.pressure();
    assert!(memory.has_reached(50 * MIB));
}

#[test]
fn what_is_let_in_counts_until_it_can_be_seen_and_what_is_announced_does_not() {
    let (memory, used, _) = memory();
    memory.set_lines(100 * MIB, 120 * MIB);
    used.store(99 * MIB, Ordering::Relaxed);
    memory.pressure();
    for _ in 0..3 {
        assert!(memory.check(2 << 20).is_err());
        assert!(memory.check(1 << 10).is_ok());
    }
    assert!(memory.admit(2 << 20).is_err());
}
