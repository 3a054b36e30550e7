//! Nothing is let in over the soft line, whatever was seen last, and everything again when there is room.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::{Limiter, Lines, Memory, MemoryLimit, Pressure, Room, UnknownTotal};

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

const PAUSE: Duration = Duration::from_millis(100);

fn mib(soft: u64, hard: u64) -> Lines {
    Lines { soft: soft * MIB, hard: hard * MIB }
}

#[test]
fn lines_that_somebody_draws_hold_instead_of_the_default_until_they_go() {
    let (memory, used, _) = memory();
    assert_eq!((memory.lines(), memory.look_every()), (None, None));
    memory.set_lines(100 * MIB, 120 * MIB);
    let drawn = memory.draw("a", mib(200, 220), PAUSE);
    assert_eq!((memory.lines(), memory.look_every()), (Some(mib(200, 220)), Some(PAUSE)));
    used.store(150 * MIB, Ordering::Relaxed);
    assert_eq!(memory.pressure(), Pressure::None);
    let lower = memory.draw("b", mib(140, 300), PAUSE * 2);
    assert_eq!((memory.lines(), memory.look_every()), (Some(mib(140, 220)), Some(PAUSE)));
    assert!(memory.admit(1).is_err());
    drop((drawn, lower));
    assert_eq!((memory.lines(), memory.look_every()), (Some(mib(100, 120)), None));
}

#[test]
fn of_two_of_one_owner_the_later_holds_and_the_earlier_again_should_it_go_first() {
    let (memory, _, _) = memory();
    let old = memory.draw("a", mib(100, 120), PAUSE);
    let refused = memory.draw("a", mib(300, 320), PAUSE);
    assert_eq!(memory.lines(), Some(mib(300, 320)));
    drop(refused);
    assert_eq!(memory.lines(), Some(mib(100, 120)));
    let new = memory.draw("a", mib(200, 220), PAUSE);
    drop(old);
    assert_eq!(memory.lines(), Some(mib(200, 220)));
    drop(new);
    assert_eq!(memory.lines(), None);
    assert!(memory.admit(1 << 40).is_ok());
}

#[test]
fn a_limit_comes_to_lines_as_in_the_collector() {
    let room = Room { container: Some(1000 * MIB), machine: Some(4000 * MIB) };
    let limit = |limit_mib, spike_limit_mib, limit_percentage, spike_limit_percentage| MemoryLimit {
        limit_mib,
        spike_limit_mib,
        limit_percentage,
        spike_limit_percentage,
        ..MemoryLimit::default()
    };
    for (limit, lines) in [
        (limit(500, 100, 0, 0), mib(400, 500)),
        (limit(500, 0, 0, 0), mib(400, 500)),
        (limit(500, 100, 90, 10), mib(400, 500)),
        (limit(0, 0, 80, 25), mib(550, 800)),
        (limit(0, 0, 50, 0), mib(400, 500)),
        // A spike in the other unit than the limit does not count.
        (limit(0, 100, 50, 0), mib(400, 500)),
    ] {
        assert_eq!(limit.lines(room), Ok(lines), "{limit:?}");
    }
    let percent = limit(0, 0, 50, 0);
    assert_eq!(percent.lines(Room { container: None, ..room }), Ok(mib(1600, 2000)));
    assert_eq!(percent.lines(Room::default()), Err(UnknownTotal));
    assert_eq!(limit(500, 0, 0, 0).lines(Room::default()), Ok(mib(400, 500)));
}

#[test]
fn a_limiter_draws_its_lines_unless_the_container_ends_before_them() {
    let (memory, _, _) = memory();
    let limit = MemoryLimit { limit_mib: 500, ..MemoryLimit::default() };
    let limiter = |container| {
        let room = Room { container, machine: None };
        Limiter::new(&limit, room, "a".to_owned(), memory.clone()).unwrap()
    };
    let beyond = limiter(Some(400 * MIB)).draw().unwrap_err();
    assert!(beyond.to_string().ends_with("from 419430400 bytes on, and the container ends at 419430400"));
    assert_eq!(memory.lines(), None);
    for container in [Some(401 * MIB), None] {
        let limiter = limiter(container);
        assert_eq!(memory.lines(), None, "not before it is told to");
        limiter.draw().unwrap();
        assert_eq!(memory.lines(), Some(mib(400, 500)));
        limiter.withdraw();
        assert_eq!(memory.lines(), None);
    }
}
