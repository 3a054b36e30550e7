//! The end of a connection that must go while its client may still be using it.
//!
//! A client may be sending its next request at this very moment, and a closed socket would fail it. So the client is told
//! while it waits for an answer, when it is not about to send: in HTTP/1 the answer says `Connection: close`, in HTTP/2 a
//! GOAWAY goes before it. Only a client that asks for nothing for [`QUIET`] is told, or closed, without that:
//!
//! | | HTTP/1 | HTTP/2 |
//! |---|---|---|
//! | told with | the next answer, after which hyper closes | GOAWAY that refuses nothing, then, once the client has acknowledged a ping, GOAWAY with the last stream |
//! | asks for nothing | end of stream | likewise |
//!
//! The GOAWAY waits for a request because a client may acknowledge the ping before it has written a request that it had begun
//! by then. That request is refused; gRPC asks clients to send it again elsewhere, and some do not.
//!
//! [`QUIET`] and [`LAST`] together fit the half of a grace period of 10 seconds that receivers have.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use agent_component::Life;
use hyper_util::server::graceful::GracefulConnection;
use tokio::time::{Instant, sleep};

use super::activity::Activity;

/// How long a client is given to ask for something. Longer than the second after which the SDKs' log processors send,
/// shorter than half of the usual grace period by enough for [`LAST`].
pub(super) const QUIET: Duration = Duration::from_secs(3);
/// How long a client that was told is given to go, once nothing of it waits for the pipeline.
const LAST: Duration = Duration::from_secs(1);
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
    /// The client is told with its next answer, or when it stays quiet.
    pub(super) fn with_next_answer(connection: Pin<&'a mut C>, activity: &'a Activity) -> Self {
        activity.close();
        Self { connection, activity, told: false }
    }

    /// The client is told now: it has been quiet for long enough, or has had its time.
    pub(super) fn at_once(connection: Pin<&'a mut C>, activity: &'a Activity) -> Self {
        let mut drain = Self::with_next_answer(connection, activity);
        drain.tell();
        drain
    }

    /// Runs the connection to its end, or to that of `at_most`. What waits for the pipeline is waited for.
    pub(super) async fn run(mut self, at_most: Option<Duration>, life: &Life) {
        let begun = Instant::now();
        let (mut quiet_since, mut reads) = (begun, 0);
        loop {
            tokio::select! {
                biased;
                () = life.abort.cancelled() => return,
                () = std::future::poll_fn(|cx| self.poll(cx)) => return,
                () = sleep(TICK) => {}
            }
            let seen = self.activity.snapshot();
            let comes = seen.waits && seen.reads != reads && begun.elapsed() < SLOW_BODY;
            reads = seen.reads;
            if seen.works || comes {
                quiet_since = Instant::now();
            }
            if at_most.is_some_and(|most| begun.elapsed() >= most) {
                return;
            }
            if !self.told && quiet_since.elapsed() >= QUIET {
                self.tell();
                quiet_since = Instant::now();
            } else if self.told && quiet_since.elapsed() >= LAST {
                return;
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let ended = self.connection.as_mut().poll(cx).map(drop);
        if ended.is_pending() && !self.told && self.activity.is_http2() && self.activity.is_asked() {
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
