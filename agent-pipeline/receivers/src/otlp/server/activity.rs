//! What a connection is doing, in a few atomics: written by its reads, writes and requests, read by its timer.
//!
//! The numbers are hints for time limits measured in seconds. They are written without ordering between them; a
//! timer that sees a mix of old and new values decides a little later, never wrongly for good.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::Instant;

/// How an HTTP/2 connection begins (RFC 9113, 3.4); no HTTP/1 request begins so.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// What was read is no such beginning.
const NO_PREFACE: usize = usize::MAX;

/// A moment that has not come.
const NEVER: u64 = u64::MAX;

/// What one connection is doing.
#[derive(Debug)]
pub(in crate::otlp) struct Activity {
    born: Instant,
    /// Whether it came when the server was about to end.
    is_late: bool,
    /// Requests between their head and their answer.
    requests: AtomicUsize,
    /// The most there were at once.
    most_requests: AtomicUsize,
    /// Those of them whose body is here, so that they wait for the pipeline.
    handed_on: AtomicUsize,
    /// When the last request ended, in milliseconds after `born`; at first 0.
    idle_since: AtomicU64,
    /// When the first byte of a request's head came.
    head_since: AtomicU64,
    /// Since when the client has not taken what we write.
    blocked_since: AtomicU64,
    /// How often something was read.
    reads: AtomicU64,
    /// How much of [`PREFACE`] was read, or [`NO_PREFACE`].
    preface: AtomicUsize,
    /// Whether the connection is to end.
    closing: AtomicBool,
}

/// What a connection's timer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// How old the connection is.
    pub(super) age: Duration,
    /// How long it has had no request.
    pub(super) idle: Option<Duration>,
    /// How long it has been at the head of a request, not known of HTTP/2.
    pub(super) head: Option<Duration>,
    /// How long it has not taken what we write.
    pub(super) blocked: Option<Duration>,
    /// Whether a request waits for the pipeline.
    pub(super) works: bool,
    /// Whether a request waits for its body.
    pub(super) waits: bool,
    /// How often something was read.
    pub(super) reads: u64,
}

/// A request that has begun; it ends when this is dropped.
#[derive(Debug)]
pub(in crate::otlp) struct Running {
    activity: Arc<Activity>,
    handed_on: bool,
}

impl Activity {
    pub(super) fn new(is_late: bool) -> Self {
        Self {
            born: Instant::now(),
            is_late,
            requests: AtomicUsize::new(0),
            most_requests: AtomicUsize::new(0),
            handed_on: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
            head_since: AtomicU64::new(NEVER),
            blocked_since: AtomicU64::new(NEVER),
            reads: AtomicU64::new(0),
            preface: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }

    pub(super) fn read(&self, bytes: &[u8]) {
        self.reads.fetch_add(1, Relaxed);
        let seen = self.preface.load(Relaxed);
        if let Some(rest) = PREFACE.get(seen..).filter(|rest| !rest.is_empty()) {
            let len = rest.len().min(bytes.len());
            let goes_on = rest.get(..len) == bytes.get(..len);
            self.preface.store(if goes_on { seen + len } else { NO_PREFACE }, Relaxed);
        }
        if self.is_http2() {
            self.head_since.store(NEVER, Relaxed);
        } else if self.requests.load(Relaxed) == 0 && self.head_since.load(Relaxed) == NEVER {
            self.head_since.store(self.now(), Relaxed);
        }
    }

    /// Whether the connection has begun as HTTP/2 does.
    pub(super) fn is_http2(&self) -> bool {
        self.preface.load(Relaxed) == PREFACE.len()
    }

    /// Whether it has not. HTTP/2 is still possible while neither is true.
    pub(super) fn is_http1(&self) -> bool {
        self.preface.load(Relaxed) == NO_PREFACE
    }

    /// The connection ends: the next answer says so in HTTP/1, and in HTTP/2 what is on its way is let past.
    pub(super) fn close(&self) {
        self.closing.store(true, Relaxed);
    }

    /// Whether as many requests are running as ever were at once.
    pub(super) fn is_busiest(&self) -> bool {
        let requests = self.requests.load(Relaxed);
        requests > 0 && requests >= self.most_requests.load(Relaxed)
    }

    /// Whether it came when the server was about to end.
    pub(super) fn is_late(&self) -> bool {
        self.is_late
    }

    /// Whether the connection is to end.
    pub(in crate::otlp) fn is_closing(&self) -> bool {
        self.closing.load(Relaxed)
    }

    pub(super) fn wrote(&self, ready: bool) {
        let blocked = self.blocked_since.load(Relaxed) != NEVER;
        if ready && blocked {
            self.blocked_since.store(NEVER, Relaxed);
        } else if !ready && !blocked {
            self.blocked_since.store(self.now(), Relaxed);
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let now = self.now();
        let since =
            |moment: u64| (moment != NEVER).then(|| Duration::from_millis(now.saturating_sub(moment)));
        let (requests, handed_on) = (self.requests.load(Relaxed), self.handed_on.load(Relaxed));
        let busy = requests > 0;
        let head = since(self.head_since.load(Relaxed)).filter(|_| !busy);
        Snapshot {
            age: Duration::from_millis(now),
            idle: since(self.idle_since.load(Relaxed)).filter(|_| !busy && head.is_none()),
            head,
            blocked: since(self.blocked_since.load(Relaxed)),
            works: handed_on > 0,
            waits: requests > handed_on,
            reads: self.reads.load(Relaxed),
        }
    }
}

impl Running {
    /// A request's head is here. Called on the connection's own task: the request's may have to wait for its turn.
    pub(in crate::otlp) fn begin(activity: &Arc<Activity>) -> Self {
        let before = activity.requests.fetch_add(1, Relaxed);
        activity.most_requests.fetch_max(before + 1, Relaxed);
        activity.head_since.store(NEVER, Relaxed);
        Self { activity: Arc::clone(activity), handed_on: false }
    }

    /// Its body is here too; from now on it waits for the pipeline.
    pub(in crate::otlp) fn hand_on(&mut self) {
        if !self.handed_on {
            self.handed_on = true;
            self.activity.handed_on.fetch_add(1, Relaxed);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.activity.idle_since.store(self.activity.now(), Relaxed);
        if self.handed_on {
            self.activity.handed_on.fetch_sub(1, Relaxed);
        }
        self.activity.requests.fetch_sub(1, Relaxed);
    }
}
