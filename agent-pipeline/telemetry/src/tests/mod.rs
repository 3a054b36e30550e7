//! What the log promises, against a writer in memory and a clock that stands still.

mod lines;
mod output;
mod sampling;
mod secrets;

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tracing::Level;

use crate::clock::Clock;
use crate::{JsonLog, LogHandle};

/// Bytes that were written.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<u8>>>);

impl Capture {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<serde_json::Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts at 2024-03-15T10:30:45.123987Z, in which the microseconds must not show.
#[derive(Default)]
struct Still(AtomicU64);

impl Still {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Still {
    fn wall(&self) -> Timestamp {
        let start: Timestamp = "2024-03-15T10:30:45.123987Z".parse().unwrap();
        start + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct Fixture {
    handle: LogHandle,
    capture: Capture,
    clock: Arc<Still>,
    dispatch: tracing::Dispatch,
}

impl Fixture {
    fn new(level: Level) -> Self {
        let (capture, clock) = (Capture::default(), Arc::new(Still::default()));
        let writer = Box::new(capture.clone());
        let (log, handle) = JsonLog::with_clock(level, writer, Arc::<Still>::clone(&clock)).unwrap();
        Self { handle, capture, clock, dispatch: tracing::Dispatch::new(log) }
    }

    /// What `work` logs, as it is in the writer afterwards.
    fn text(&self, work: impl FnOnce()) -> String {
        tracing::dispatcher::with_default(&self.dispatch, work);
        assert!(self.handle.flush());
        self.capture.text()
    }
}

/// The lines that `work` logs at debug.
fn logged(work: impl FnOnce()) -> String {
    Fixture::new(Level::DEBUG).text(work)
}
