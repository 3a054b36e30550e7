//! Liveness without a server.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::Health;

const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn silence_beyond_the_limit_is_a_complaint() {
    let health = Health::new();
    let heartbeat = health.watch("main loop", LIMIT);
    let now = Instant::now();
    assert_eq!(health.complaints(now + LIMIT), None);
    let complaint = health.complaints(now + Duration::from_secs(75)).unwrap();
    assert!(complaint.starts_with("main loop made no progress for 1m1"), "{complaint}");
    assert!(complaint.ends_with("s (at most 10s)"), "{complaint}");
    heartbeat.beat();
    assert_eq!(health.complaints(Instant::now()), None);
}

#[test]
fn all_complaints_are_heard_and_a_dropped_heartbeat_has_none() {
    let health = Health::new();
    let first = health.watch("first", LIMIT);
    let _second = health.watch("second", LIMIT);
    let later = Instant::now() + Duration::from_secs(99);
    let both = health.complaints(later).unwrap();
    assert!(both.contains("first") && both.contains("; second"), "{both}");
    drop(first);
    assert!(!health.complaints(later).unwrap().contains("first"));
}

#[test]
fn a_loop_that_panics_is_never_alive_again() {
    let health = Health::new();
    let heartbeat = health.watch("main loop", LIMIT);
    let ended = catch_unwind(AssertUnwindSafe(move || {
        let _heartbeat = heartbeat;
        panic!("on purpose");
    }));
    assert!(ended.is_err());
    assert_eq!(health.complaints(Instant::now()).unwrap(), "main loop ended by a panic");
}
