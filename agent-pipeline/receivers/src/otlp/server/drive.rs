//! Runs one hyper connection: within its limits, until it ends, is drained, or is cut off.
//!
//! One timer a connection, set to the nearest limit and set anew when it fires; requests never touch it.

use std::pin::pin;
use std::time::Duration;

use agent_component::Life;
use hyper_util::server::graceful::GracefulConnection;
use tokio::time::{Instant, sleep_until};

use super::activity::{Activity, Snapshot};

/// A client in the middle of a body must send something within this.
const STALLED_AFTER: Duration = Duration::from_mins(1);
/// How often that is looked at, whatever the limits.
const SELDOM: Duration = Duration::from_secs(20);
/// How long a connection that is being drained may go without a request that waits for the pipeline. Enough for the
/// last answer to leave; too short for a client that trickles a body or never answers to hold up the end.
const DRAINED_AFTER: Duration = Duration::from_secs(1);
/// How often a connection that is being drained is looked at.
const DRAIN_TICK: Duration = Duration::from_millis(250);

/// What a connection may take of time. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::otlp) struct Limits {
    /// For the head of a request, from its first byte.
    pub(in crate::otlp) head: Option<Duration>,
    /// Without a request.
    pub(in crate::otlp) idle: Option<Duration>,
    /// Without taking what we write.
    pub(in crate::otlp) blocked: Option<Duration>,
    /// In all, before it is drained.
    pub(in crate::otlp) age: Option<Duration>,
    /// From then on until it is cut off.
    pub(in crate::otlp) age_grace: Option<Duration>,
}

/// What is to be done with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Look again after this.
    Fine(Duration),
    /// Take no new requests, end after those there are.
    Drain,
    /// End now.
    Cut,
}

impl Limits {
    /// Judges a connection that is not being drained.
    pub(super) fn judge(&self, seen: Snapshot) -> Verdict {
        let left = |limit: Option<Duration>, spent: Option<Duration>| match (limit, spent) {
            (Some(limit), Some(spent)) => limit.saturating_sub(spent),
            // Not running: it cannot be over before the whole limit has passed.
            (Some(limit), None) => limit,
            (None, _) => SELDOM,
        };
        let cut = left(self.head, seen.head).min(left(self.blocked, seen.blocked));
        let drain = left(self.idle, seen.idle).min(left(self.age, Some(seen.age)));
        if cut.is_zero() {
            Verdict::Cut
        } else if drain.is_zero() {
            Verdict::Drain
        } else {
            Verdict::Fine(cut.min(drain))
        }
    }
}

/// Whether the client still sends what it began to send.
#[derive(Debug)]
pub(super) struct Progress {
    reads: u64,
    since: Instant,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { reads: 0, since: Instant::now() }
    }

    /// Takes a look; true when some body waits and nothing at all was read for too long.
    pub(super) fn has_stalled(&mut self, seen: Snapshot) -> bool {
        if !seen.waits || seen.reads != self.reads {
            *self = Self { reads: seen.reads, since: Instant::now() };
        }
        self.since.elapsed() >= STALLED_AFTER
    }
}

/// Runs a connection to its end. Errors are the client's and end with it.
pub(in crate::otlp) async fn drive(
    connection: impl GracefulConnection,
    activity: &Activity,
    limits: Limits,
    life: &Life,
) {
    let mut connection = pin!(connection);
    let mut timer = pin!(sleep_until(next(limits.judge(activity.snapshot()))));
    let mut progress = Progress::new();
    let draining_since = loop {
        tokio::select! {
            // The tokens first: an answer that is ready together with `stop` should say that the connection ends.
            biased;
            () = life.abort.cancelled() => return,
            () = life.stop.cancelled() => break None,
            _ = connection.as_mut() => return,
            () = timer.as_mut() => {
                let seen = activity.snapshot();
                match limits.judge(seen) {
                    Verdict::Drain => break Some(Instant::now()),
                    Verdict::Fine(_) if progress.has_stalled(seen) => return,
                    verdict @ Verdict::Fine(_) => timer.as_mut().reset(next(verdict)),
                    Verdict::Cut => return,
                }
            }
        }
    };
    connection.as_mut().graceful_shutdown();
    let mut quiet_since = Instant::now();
    loop {
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            () = life.abort.cancelled() => return,
            () = tokio::time::sleep(DRAIN_TICK) => {
                let seen = activity.snapshot();
                // A body still on its way counts only while there is time: the end does not wait for slow clients.
                if seen.works || (seen.waits && !life.stop.is_cancelled()) {
                    quiet_since = Instant::now();
                }
                let over = draining_since.zip(limits.age_grace).is_some_and(|(since, grace)| since.elapsed() >= grace);
                if over || quiet_since.elapsed() >= DRAINED_AFTER || progress.has_stalled(seen) {
                    return;
                }
            }
        }
    }
}

fn next(verdict: Verdict) -> Instant {
    let wait = match verdict {
        Verdict::Fine(wait) => wait,
        Verdict::Drain | Verdict::Cut => Duration::ZERO,
    };
    // A millisecond more: activity counts in whole ones.
    Instant::now() + wait + Duration::from_millis(1)
}
