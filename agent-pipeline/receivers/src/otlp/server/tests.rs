//! What a connection's timer sees, and how it judges.

use std::sync::Arc;
use std::time::Duration;

use super::activity::{Activity, Request, Snapshot};
use super::drive::{Limits, Progress, Verdict};

const SECOND: Duration = Duration::from_secs(1);
const NOTHING: Snapshot = Snapshot {
    age: Duration::ZERO,
    idle: None,
    head: None,
    blocked: None,
    works: false,
    waits: false,
    reads: 0,
};

#[tokio::test(start_paused = true)]
async fn a_connection_is_idle_then_at_a_head_then_busy_then_idle() {
    let activity = Arc::new(Activity::new());
    tokio::time::advance(SECOND).await;
    assert_eq!(activity.snapshot(), Snapshot { age: SECOND, idle: Some(SECOND), ..NOTHING });
    activity.read(b"POST");
    tokio::time::advance(SECOND).await;
    activity.read(b" / HTTP/1.1");
    assert_eq!(activity.snapshot(), Snapshot { age: 2 * SECOND, head: Some(SECOND), reads: 2, ..NOTHING });
    let mut request = Request::begin(&activity);
    assert_eq!(activity.snapshot(), Snapshot { age: 2 * SECOND, waits: true, reads: 2, ..NOTHING });
    request.hand_on();
    activity.read(b"body");
    assert_eq!(activity.snapshot(), Snapshot { age: 2 * SECOND, works: true, reads: 3, ..NOTHING });
    drop(request);
    tokio::time::advance(SECOND).await;
    assert_eq!(activity.snapshot(), Snapshot { age: 3 * SECOND, idle: Some(SECOND), reads: 3, ..NOTHING });
}

#[tokio::test(start_paused = true)]
async fn http2_frames_between_requests_are_no_head() {
    let activity = Activity::new();
    activity.read(b"PRI * HTTP/2.0");
    tokio::time::advance(SECOND).await;
    activity.read(b"ping");
    let seen = activity.snapshot();
    assert_eq!((seen.head, seen.idle), (None, Some(SECOND)));
}

#[tokio::test(start_paused = true)]
async fn a_blocked_write_counts_from_its_beginning() {
    let activity = Activity::new();
    activity.wrote(false);
    tokio::time::advance(SECOND).await;
    activity.wrote(false);
    assert_eq!(activity.snapshot().blocked, Some(SECOND));
    activity.wrote(true);
    assert_eq!(activity.snapshot().blocked, None);
}

#[test]
fn the_nearest_limit_decides() {
    let limits = Limits {
        head: Some(3 * SECOND),
        idle: Some(5 * SECOND),
        blocked: Some(4 * SECOND),
        age: Some(60 * SECOND),
        age_grace: None,
    };
    assert_eq!(limits.judge(NOTHING), Verdict::Fine(3 * SECOND));
    assert_eq!(limits.judge(Snapshot { head: Some(SECOND), ..NOTHING }), Verdict::Fine(2 * SECOND));
    assert_eq!(limits.judge(Snapshot { head: Some(3 * SECOND), ..NOTHING }), Verdict::Cut);
    assert_eq!(limits.judge(Snapshot { blocked: Some(4 * SECOND), ..NOTHING }), Verdict::Cut);
    assert_eq!(limits.judge(Snapshot { idle: Some(5 * SECOND), ..NOTHING }), Verdict::Drain);
    assert_eq!(limits.judge(Snapshot { age: 60 * SECOND, ..NOTHING }), Verdict::Drain);
}

#[test]
fn without_limits_nothing_ends_a_connection() {
    let old =
        Snapshot { age: Duration::MAX, idle: Some(Duration::MAX), head: Some(Duration::MAX), ..NOTHING };
    assert!(matches!(Limits::default().judge(old), Verdict::Fine(_)));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_makes_no_progress_for_a_minute_has_stalled() {
    let mut progress = Progress::new();
    let half = Snapshot { waits: true, reads: 7, ..NOTHING };
    assert!(!progress.has_stalled(half));
    tokio::time::advance(59 * SECOND).await;
    assert!(!progress.has_stalled(half));
    tokio::time::advance(SECOND).await;
    assert!(progress.has_stalled(half));
    assert!(!progress.has_stalled(Snapshot { reads: 8, ..half }), "something came");
    tokio::time::advance(90 * SECOND).await;
    assert!(!progress.has_stalled(Snapshot { waits: false, reads: 8, ..NOTHING }), "nothing is waited for");
}
