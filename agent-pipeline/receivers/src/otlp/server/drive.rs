//! Runs one hyper connection: within its limits, until it ends, is drained, or is cut off.
//!
//! One timer a connection, set to the nearest limit and set anew when it fires; requests never touch it.

use std::pin::pin;
use std::time::Duration;

use agent_component::Life;
use hyper_util::server::graceful::GracefulConnection;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::activity::{Activity, Snapshot};
use super::drain::Drain;

/// A client in the middle of a body must send something within this.
const STALLED_AFTER: Duration = Duration::from_mins(1);
/// How often that is looked at, whatever the limits.
const SELDOM: Duration = Duration::from_secs(20);
/// Without a request, while all places are taken: what a silent client holds is given to one that waits.
const CROWDED_IDLE: Duration = Duration::from_secs(20);

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
    /// Judges a connection that is not being drained; `crowded` when others wait for its place.
    pub(super) fn judge(&self, seen: Snapshot, crowded: bool) -> Verdict {
        let idle = if crowded {
            Some(self.idle.map_or(CROWDED_IDLE, |idle| idle.min(CROWDED_IDLE)))
        } else {
            self.idle
        };
        let left = |limit: Option<Duration>, spent: Option<Duration>| match (limit, spent) {
            (Some(limit), Some(spent)) => limit.saturating_sub(spent),
            // Not running: it cannot be over before the whole limit has passed.
            (Some(limit), None) => limit,
            (None, _) => SELDOM,
        };
        let cut = left(self.head, seen.head).min(left(self.blocked, seen.blocked));
        let drain = left(idle, seen.idle).min(left(self.age, Some(seen.age)));
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

/// Runs a connection to its end. Errors are the client's and end with it. `room` is what it has its place from.
pub(in crate::otlp) async fn drive(
    connection: impl GracefulConnection,
    activity: &Activity,
    limits: Limits,
    room: &Semaphore,
    life: &Life,
) {
    let crowded = || room.available_permits() == 0;
    let mut connection = pin!(connection);
    let mut timer = pin!(sleep_until(next(limits.judge(activity.snapshot(), crowded()))));
    let mut progress = Progress::new();
    loop {
        tokio::select! {
            // The tokens first: an answer that is ready together with `stop` should say that the connection ends.
            biased;
            () = life.abort.cancelled() => return,
            () = life.stop.cancelled() => {
                return Drain::of_any(connection, activity).run(None, life).await;
            }
            _ = connection.as_mut() => return,
            () = timer.as_mut() => {
                let seen = activity.snapshot();
                match limits.judge(seen, crowded()) {
                    Verdict::Drain => {
                        return Drain::of_idle(connection, activity).run(limits.age_grace, life).await;
                    }
                    Verdict::Fine(_) if progress.has_stalled(seen) => return,
                    verdict @ Verdict::Fine(_) => timer.as_mut().reset(next(verdict)),
                    Verdict::Cut => return,
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
