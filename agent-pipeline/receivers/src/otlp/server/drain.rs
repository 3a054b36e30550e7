//! The end of a connection that must go while its client may still be using it.
//!
//! A client may be sending its next request at this very moment, and a closed socket would fail it. So it is told first:
//!
//! | | HTTP/1 | HTTP/2 |
//! |---|---|---|
//! | told | with its next answer, which says `Connection: close`; hyper closes then | by GOAWAY, while it waits for answers; see [`super::hold`] |
//! | asks for nothing for [`QUIET`] | closed | told by GOAWAY, closed when it has acknowledged |
//! | does not go then | cut after [`LAST_LOOKS`] | likewise |
//!
//! The GOAWAY waits for a moment at which as many requests are running as ever were at once: then nobody behind that connection is
//! about to send. Some libraries (hyper, tonic) fail a request that they have not sent yet when a GOAWAY comes at that moment.
//!
//! A client that asks at least every [`QUIET`] never meets a closed connection; one that asks less often meets one only if
//! it sends in the very moment of the close, as at any idle timeout. So the time that a connection has been quiet for already
//! counts: one that was idle for [`QUIET`] when the end began is told at once. One that comes when the end has begun
//! has [`LATE_LOOKS`] for its first request. All of it fits the half of a grace period of 10 seconds that receivers have.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use agent_component::Life;
use hyper_util::server::graceful::GracefulConnection;
use tokio::time::{Instant, sleep};

use super::activity::Activity;

/// How long a client may show no sign of life: no request, no piece of a body. Longer than the second after which the
/// SDKs' log processors send, shorter than half of the usual grace period by enough for [`LAST_LOOKS`].
pub(super) const QUIET: Duration = TICK.saturating_mul(QUIET_LOOKS);
/// The same in looks. They are what is counted: where there is no CPU time, nobody shows signs of life, and there are few looks.
const QUIET_LOOKS: u32 = 12;
/// How many looks one has that came when the end had begun: a second.
const LATE_LOOKS: u32 = 4;
/// How many looks the end of a quiet connection may take: a second.
const LAST_LOOKS: u32 = 4;
/// How long a body that keeps coming is waited for; as long as one that stalls is at other times.
const SLOW_BODY: Duration = Duration::from_mins(1);
/// How often the connection is looked at.
const TICK: Duration = Duration::from_millis(250);

/// A connection on its way out.
pub(super) struct Drain<'a, C> {
    connection: Pin<&'a mut C>,
    activity: &'a Activity,
    told: bool,
}

impl<'a, C: GracefulConnection> Drain<'a, C> {
    /// The end of a connection that may be in use.
    pub(super) fn of_any(connection: Pin<&'a mut C>, activity: &'a Activity) -> Self {
        activity.close();
        Self { connection, activity, told: false }
    }

    /// The end of a connection that was quiet for long enough or has had its time.
    pub(super) fn of_idle(connection: Pin<&'a mut C>, activity: &'a Activity) -> Self {
        let mut drain = Self::of_any(connection, activity);
        drain.tell();
        drain
    }

    /// Runs the connection to its end, or to that of `at_most`. What waits for the pipeline is waited for.
    pub(super) async fn run(mut self, at_most: Option<Duration>, life: &Life) {
        let begun = Instant::now();
        let (mut looks, mut quiet, mut reads) = (self.looks_spent(), 0, 0);
        if !self.told && looks >= QUIET_LOOKS {
            self.tell();
            quiet = QUIET_LOOKS - LAST_LOOKS;
        }
        loop {
            tokio::select! {
                biased;
                () = std::future::poll_fn(|cx| self.poll(cx)) => return,
                () = life.abort.cancelled() => return,
                () = sleep(TICK) => {}
            }
            let seen = self.activity.snapshot();
            let comes = seen.waits && seen.reads != reads && begun.elapsed() < SLOW_BODY;
            reads = seen.reads;
            quiet = if seen.works || comes { 0 } else { quiet + 1 };
            if at_most.is_some_and(|most| begun.elapsed() >= most) {
                return;
            }
            looks += 1;
            if !self.told && looks >= QUIET_LOOKS {
                self.tell();
                quiet = QUIET_LOOKS - LAST_LOOKS;
            } else if self.told && quiet >= QUIET_LOOKS {
                return;
            }
        }
    }

    /// How much of its time the connection has had already, in looks.
    fn looks_spent(&self) -> u32 {
        if self.activity.is_late() {
            return QUIET_LOOKS - LATE_LOOKS;
        }
        let idle = self.activity.snapshot().idle.unwrap_or_default();
        u32::try_from(idle.as_millis() / TICK.as_millis()).unwrap_or(QUIET_LOOKS)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let ended = self.connection.as_mut().poll(cx).map(drop);
        if ended.is_pending() && !self.told && self.activity.is_http2() && self.activity.is_busiest() {
            self.tell();
            return self.connection.as_mut().poll(cx).map(drop);
        }
        ended
    }

    /// GOAWAY; the end of an HTTP/1 connection without a request.
    fn tell(&mut self) {
        self.connection.as_mut().graceful_shutdown();
        self.told = true;
    }
}
