//! How `KM_SHUTDOWN_TIMEOUT` is spent, from the signal to the exit.
//!
//! | part | at most |
//! |---|---|
//! | the lame duck period, in a pod: who listens goes on accepting, and tells clients to go | a fifth, 2 s |
//! | the pipelines, with that: receivers, then what is held, then the queues | all but the end |
//! | the end: the last push of metrics, answers under way | a fifth, 1 s |
//!
//! When it is over the process ends with status 0, whatever is left: a queue on disk has everything it was given.

use std::process::ExitCode;
use std::time::Duration;

use agent_config::Environment;
use agent_telemetry::LogHandle;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// A fifth, up to these. The first is about what the endpoints of a Kubernetes service need to reach all nodes.
const LAME_DUCK: Duration = Duration::from_secs(2);
const END: Duration = Duration::from_secs(1);
const SHARES: u32 = 5;

/// Set by Kubernetes in each pod.
const IN_A_POD: &str = "KUBERNETES_SERVICE_HOST";

/// For how long new clients are still served. No Service leads to a process that is not in a pod.
pub(crate) fn of_lame_duck(timeout: Duration, environment: &dyn Environment) -> Duration {
    match environment.get(IN_A_POD) {
        Some(_) => (timeout / SHARES).min(LAME_DUCK),
        None => Duration::ZERO,
    }
}

/// What the pipelines have.
pub(crate) fn of_pipelines(timeout: Duration) -> Duration {
    timeout.saturating_sub((timeout / SHARES).min(END))
}

/// Lives, but after `stop` no longer than `timeout`.
pub(crate) async fn within(
    stop: CancellationToken,
    timeout: Duration,
    living: impl Future<Output = ExitCode>,
) -> ExitCode {
    let spent = async {
        stop.cancelled().await;
        tokio::time::sleep(timeout).await;
    };
    tokio::select! {
        status = living => status,
        () = spent => {
            warn!("the time to stop is over, what has not ended by now is left");
            ExitCode::SUCCESS
        }
    }
}

/// Runs to the end, and to the last line of the log. A thread that still waits for the world then, as for a name to resolve,
/// is not waited for.
pub(crate) fn block_on(
    runtime: Runtime,
    living: impl Future<Output = ExitCode>,
    logs: &LogHandle,
) -> ExitCode {
    let status = runtime.block_on(living);
    runtime.shutdown_background();
    // Tasks hold the log too, and are dropped later or never.
    logs.flush();
    status
}
