//! What a watch makes of the bytes it gets, and how it spaces its attempts.

use std::time::Duration;

use kube::client::Body;
use kube::core::WatchEvent;

use super::super::config_map::ANSWER_LIMIT;
use super::super::watch::Events;
use crate::backoff::Failures;

fn events(bytes: impl Into<Vec<u8>>) -> Events {
    Events::of(Body::from(bytes.into()), Duration::from_secs(1))
}

#[tokio::test]
async fn events_are_lines_and_half_a_line_at_the_end_is_none() {
    let line = |kind: &str, version: u32| {
        format!(
            "{{\"type\":\"{kind}\",\"object\":{{\"metadata\":{{\"name\":\"x\",\"resourceVersion\":\"{version}\"}}}}}}\n"
        )
    };
    let text = format!("{}{}{{\"type\":\"ADD", line("ADDED", 1), line("DELETED", 2));
    let mut events = events(text);
    assert!(matches!(events.next().await, Ok(Some(WatchEvent::Added(_)))));
    assert!(matches!(events.next().await, Ok(Some(WatchEvent::Deleted(_)))));
    assert!(matches!(events.next().await, Ok(None)));
}

#[tokio::test]
async fn a_line_that_is_no_event_is_an_error() {
    for line in ["\n", "{}\n", "{\"type\":\"ODD\",\"object\":{}}\n", "<html>\n", "\u{0}\u{1}\n"] {
        assert!(events(line).next().await.is_err(), "{line:?}");
    }
}

#[tokio::test]
async fn a_line_without_end_is_not_gathered_for_ever() {
    let mut events = events(vec![b'x'; ANSWER_LIMIT + 1]);
    assert_eq!(events.next().await.err().as_deref(), Some("event too large"));
}

#[test]
fn attempts_are_spaced_wider_and_wider_with_an_upper_bound() {
    let mut failures = Failures::default();
    for milliseconds in [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
        let (longest, wait) = (Duration::from_millis(milliseconds), failures.next_wait());
        assert!(wait >= longest / 2 && wait <= longest, "{wait:?} for {longest:?}");
    }
    failures.clear();
    assert!(failures.next_wait() <= Duration::from_millis(500));
}
