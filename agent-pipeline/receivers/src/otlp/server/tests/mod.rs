//! What a connection's timer sees, and how it judges.

mod drain;
mod hold;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::otlp::server::accept::next;
use crate::otlp::server::activity::{Activity, Running, Snapshot};
use crate::otlp::server::drive::{Limits, Progress, Verdict};
use crate::otlp::server::stream::{Stream, Watched};

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
    let activity = Arc::new(Activity::new(false));
    tokio::time::advance(SECOND).await;
    assert_eq!(activity.snapshot(), Snapshot { age: SECOND, idle: Some(SECOND), ..NOTHING });
    activity.read(b"POST");
    tokio::time::advance(SECOND).await;
    activity.read(b" / HTTP/1.1");
    assert_eq!(activity.snapshot(), Snapshot { age: 2 * SECOND, head: Some(SECOND), reads: 2, ..NOTHING });
    let mut request = Running::begin(&activity);
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
    let activity = Activity::new(false);
    activity.read(b"PRI * HTTP");
    assert!(activity.snapshot().head.is_some() && !activity.is_http2());
    activity.read(b"/2.0\r\n\r\nSM\r\n\r\n and a frame");
    assert!(activity.is_http2());
    tokio::time::advance(SECOND).await;
    activity.read(b"ping");
    let seen = activity.snapshot();
    assert_eq!((seen.head, seen.idle), (None, Some(SECOND)));
}

#[tokio::test(start_paused = true)]
async fn a_blocked_write_counts_from_its_beginning() {
    let activity = Activity::new(false);
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
    assert_eq!(limits.judge(NOTHING, false), Verdict::Fine(3 * SECOND));
    assert_eq!(limits.judge(Snapshot { head: Some(SECOND), ..NOTHING }, false), Verdict::Fine(2 * SECOND));
    assert_eq!(limits.judge(Snapshot { head: Some(3 * SECOND), ..NOTHING }, false), Verdict::Cut);
    assert_eq!(limits.judge(Snapshot { blocked: Some(4 * SECOND), ..NOTHING }, false), Verdict::Cut);
    assert_eq!(limits.judge(Snapshot { idle: Some(5 * SECOND), ..NOTHING }, false), Verdict::Drain);
    assert_eq!(limits.judge(Snapshot { age: 60 * SECOND, ..NOTHING }, false), Verdict::Drain);
}

#[test]
fn while_all_places_are_taken_idle_connections_are_closed_sooner() {
    let idle = |time| Snapshot { idle: Some(time), ..NOTHING };
    let limits = Limits::default();
    assert_eq!(limits.judge(idle(20 * SECOND), true), Verdict::Drain);
    assert_eq!(limits.judge(idle(19 * SECOND), true), Verdict::Fine(SECOND));
    let sooner = Limits { idle: Some(5 * SECOND), ..limits };
    assert_eq!(sooner.judge(idle(5 * SECOND), true), Verdict::Drain);
    let busy = Snapshot { works: true, ..NOTHING };
    assert!(matches!(limits.judge(busy, true), Verdict::Fine(_)));
}

#[tokio::test(start_paused = true)]
async fn failures_to_accept_are_tried_again_ever_more_slowly_and_each_time_anew() {
    // 24 is EMFILE. After a success the pauses begin anew.
    let attempts = std::cell::RefCell::new(Vec::new());
    let begun = tokio::time::Instant::now();
    let accept = || {
        let count = {
            let mut attempts = attempts.borrow_mut();
            attempts.push(u64::try_from(begun.elapsed().as_millis()).unwrap());
            attempts.len()
        };
        async move {
            if count % 12 == 0 {
                let (stream, _) = tokio::net::UnixStream::pair()?;
                return Ok((Stream::Unix(stream), None));
            }
            Err(std::io::Error::from_raw_os_error(24))
        }
    };
    next(accept).await;
    let expected = [0, 5, 15, 35, 75, 155, 315, 635, 1275, 2275, 3275, 4275];
    assert_eq!(*attempts.borrow(), expected);
    next(accept).await;
    assert_eq!(attempts.borrow()[12..15], [4275, 4280, 4290]);
}

#[tokio::test]
async fn the_end_of_a_stream_waits_for_the_client_but_not_for_ever() {
    for client_ends in [true, false] {
        let (near, mut far) = tokio::net::UnixStream::pair().unwrap();
        let mut near = Watched::new(Stream::Unix(near), Arc::new(Activity::new(false)));
        let client = async {
            assert_eq!(far.read(&mut [0; 8]).await.unwrap(), 0, "the end of what we send is out");
            far.write_all(b"what was on its way").await.unwrap();
            if client_ends {
                far.shutdown().await.unwrap();
            }
        };
        let begun = tokio::time::Instant::now();
        let (ended, ()) = tokio::join!(near.shutdown(), client);
        ended.unwrap();
        assert_eq!(begun.elapsed() >= SECOND, !client_ends, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn what_a_client_that_is_gone_had_sent_is_not_read() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut far = tokio::net::TcpStream::connect(socket.local_addr().unwrap()).await.unwrap();
    let near = Stream::Tcp(socket.accept().await.unwrap().0);
    let mut near = Watched::new(near, Arc::new(Activity::new(false)));
    near.write_all(b"an answer that is not read resets the connection").await.unwrap();
    far.write_all(&vec![7; 100_000]).await.unwrap();
    let client = async {
        far.readable().await.unwrap();
        drop(far);
    };
    let (ended, ()) = tokio::join!(near.shutdown(), client);
    ended.unwrap();
    assert!(near.read(&mut [0; 8]).await.unwrap() > 0, "it is still there");
}

#[test]
fn without_limits_nothing_ends_a_connection() {
    let old =
        Snapshot { age: Duration::MAX, idle: Some(Duration::MAX), head: Some(Duration::MAX), ..NOTHING };
    assert!(matches!(Limits::default().judge(old, false), Verdict::Fine(_)));
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
