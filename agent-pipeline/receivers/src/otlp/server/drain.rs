//! The end of a connection that must go while its client may still be using it.
//!
//! A client may be sending its next request at this very moment, and a closed socket would fail it. So it is told first:
//!
//! | | HTTP/1 | HTTP/2 |
//! |---|---|---|
//! | told | with its next answer, which says `Connection: close`; hyper closes then | at once, by GOAWAY; see [`super::hold`] |
//! | asks for nothing | closed after [`QUIET`], cut [`LAST_LOOKS`] later | closed when it has acknowledged, cut after [`QUIET`] |
//!
//! An HTTP/1 client that asks at least every [`QUIET`] never meets a closed connection; one that asks less often meets one
//! only if it sends in the very moment of the close, as at any idle timeout. All of it fits the half of a grace period
//! of 10 seconds that receivers have.

use std::pin::Pin;
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
/// How many looks the end of an HTTP/1 connection may take: a second.
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
        let mut drain = Self { connection, activity, told: false };
        // What has not said yet that it is HTTP/2 may become an HTTP/1 connection, which hyper would close here.
        if activity.is_http2() {
            drain.tell();
        }
        drain
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
        let (mut quiet, mut reads) = (0, 0);
        loop {
            tokio::select! {
                biased;
                _ = self.connection.as_mut() => return,
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
            let is_http2 = self.activity.is_http2();
            if !self.told && (is_http2 || quiet >= QUIET_LOOKS) {
                self.tell();
                quiet = 0;
            } else if self.told && quiet >= if is_http2 { QUIET_LOOKS } else { LAST_LOOKS } {
                return;
            }
        }
    }

    /// GOAWAY; the end of an HTTP/1 connection without a request.
    fn tell(&mut self) {
        self.connection.as_mut().graceful_shutdown();
        self.told = true;
    }
}
