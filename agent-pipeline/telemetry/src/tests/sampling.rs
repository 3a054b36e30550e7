//! Repeating events are limited and nothing is hidden.

use std::io::{self, Write};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tracing::Level;

use super::{Fixture, Still};
use crate::{JsonLog, Sampling};

fn lose(component: &str, items: u64) {
    tracing::warn!(component, items, reason = "full", "data dropped");
}

#[test]
fn the_first_ten_and_every_hundredth_after_are_written() {
    let fixture = Fixture::new(Level::INFO);
    let text = fixture.text(|| (0..310).for_each(|_| lose("otlp/a", 2)));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 10 + 3 + 1);
    let summary = concat!(
        r#"{"level":"warn","ts":"2024-03-15T10:30:45.123Z","msg":"data dropped","component":"otlp/a","#,
        r#""suppressed":297,"items":594}"#
    );
    assert_eq!(lines[13], summary);
    let written: u64 = fixture.capture.lines().iter().map(|line| line["items"].as_u64().unwrap()).sum();
    assert_eq!(written, 620, "no dropped item is missing from the sum of all lines");
}

#[test]
fn components_messages_and_call_sites_are_counted_apart() {
    let fixture = Fixture::new(Level::INFO);
    let text = fixture.text(|| {
        for _ in 0..10 {
            lose("otlp/a", 1);
            lose("otlp/b", 1);
            tracing::warn!(component = "otlp/a", "data dropped");
            tracing::warn!(component = "otlp/a", "{}", "other");
        }
    });
    assert_eq!(text.lines().count(), 40);
    assert!(!text.contains("suppressed"));
}

#[test]
fn a_new_interval_begins_anew_and_sums_up_the_last() {
    let fixture = Fixture::new(Level::INFO);
    fixture.handle.set_sampling(Some(Sampling { initial: 1, thereafter: 0, tick: Duration::from_secs(10) }));
    let text = fixture.text(|| {
        for _ in 0..5 {
            lose("x", 1);
        }
        fixture.clock.advance(Duration::from_millis(9_999));
        lose("x", 1);
        fixture.clock.advance(Duration::from_millis(1));
        lose("x", 1);
    });
    let kinds: Vec<bool> = text.lines().map(|line| line.contains("suppressed\":5,\"items\":5")).collect();
    assert_eq!(kinds, [false, true, false]);
}

#[test]
fn the_log_thread_sums_up_what_no_later_event_would() {
    struct Lines(mpsc::Sender<String>);
    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(String::from_utf8(bytes.to_vec()).unwrap()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (sender, lines) = mpsc::channel();
    let clock = Arc::new(Still::default());
    let writer = Box::new(Lines(sender));
    let (log, _handle) = JsonLog::with_clock(Level::INFO, writer, Arc::<Still>::clone(&clock)).unwrap();
    let dispatch = tracing::Dispatch::new(log);
    tracing::dispatcher::with_default(&dispatch, || (0..13).for_each(|_| lose("otlp/a", 5)));
    clock.advance(Duration::from_secs(10));
    // The sender lives as long as the log, so that only a line can end the wait.
    let found = lines.iter().find(|chunk| chunk.contains("suppressed")).unwrap();
    assert!(found.contains(r#""component":"otlp/a","suppressed":3,"items":15}"#), "{found}");
    assert!(found.contains("10:30:55.123Z"), "{found}");
}

#[test]
fn sampling_can_be_switched_off() {
    let fixture = Fixture::new(Level::INFO);
    fixture.handle.set_sampling(None);
    assert_eq!(fixture.text(|| (0..500).for_each(|_| lose("x", 1))).lines().count(), 500);
}

#[test]
fn switching_sampling_off_says_what_was_held_back() {
    let fixture = Fixture::new(Level::INFO);
    let text = fixture.text(|| {
        (0..12).for_each(|_| lose("x", 1));
        fixture.handle.set_sampling(None);
    });
    assert!(text.lines().last().unwrap().contains("\"suppressed\":2,\"items\":2"));
}

#[test]
fn messages_without_end_do_not_fill_the_memory_nor_the_log() {
    let fixture = Fixture::new(Level::INFO);
    let text = fixture.text(|| (0..2_000).for_each(|n| tracing::warn!("request {n} failed")));
    let lines = text.lines().count();
    assert!((512..600).contains(&lines), "{lines} lines");
    let held: u64 = fixture.capture.lines().iter().filter_map(|line| line["suppressed"].as_u64()).sum();
    let written = fixture.capture.lines().iter().filter(|line| line["suppressed"].is_null()).count() as u64;
    assert_eq!(written + held, 2_000);
}

#[test]
fn a_long_message_is_cut_in_a_summary_and_stays_json() {
    let fixture = Fixture::new(Level::INFO);
    fixture.handle.set_sampling(Some(Sampling { initial: 0, thereafter: 0, ..Sampling::default() }));
    fixture.text(|| {
        for length in 1_000..1_030 {
            tracing::info!("{}\\\\\u{1}{}", "x".repeat(length), "y".repeat(99));
        }
    });
    let lines = fixture.capture.lines();
    assert_eq!(lines.len(), 30);
    assert!(lines.iter().all(|line| line["suppressed"] == 1 && line["msg"].as_str().unwrap().len() <= 1_024));
}
