//! How `KM_SHUTDOWN_TIMEOUT` is spent, from the signal to the exit.
//!
//! | part | at most |
//! |---|---|
//! | the lame duck period: who listens goes on accepting, and tells clients to go | a fifth, 2 s |
//! | the pipelines, with that: receivers, then what is held, then the queues | all but the end |
//! | the end: the last push of metrics, answers under way | a fifth, 1 s |
//!
//! When it is over the process ends with status 0, whatever is left: a queue on disk has everything it was given.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

/// A fifth, up to these. The first is about what the endpoints of a Kubernetes service need to reach all nodes.
const LAME_DUCK: Duration = Duration::from_secs(2);
const END: Duration = Duration::from_secs(1);
const SHARES: u32 = 5;

/// For how long new clients are still served.
pub(crate) fn of_lame_duck(timeout: Duration) -> Duration {
    (timeout / SHARES).min(LAME_DUCK)
}

/// What the pipelines have.
pub(crate) fn of_pipelines(timeout: Duration) -> Duration {
    timeout.saturating_sub((timeout / SHARES).min(END))
}

/// Waits for the stop and for the end of the time that it gives.
pub(crate) async fn spent(stop: CancellationToken, timeout: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(timeout).await;
    warn!("the time to stop is over, what has not ended by now is left");
}
