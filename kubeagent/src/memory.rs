//! The memory lines of the process: drawn from the container's limit, watched for readiness and for the log.

use std::time::Duration;

use agent_component::{Memory, Pressure, limit_of_container};
use agent_health::Health;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Percent of the container's limit. Over the soft line receivers refuse data, with a delay; over the hard one the agent is
/// not ready. What lies above is for data that is already inside and grows while it is compressed and sent.
const SOFT: u64 = 75;
const HARD: u64 = 85;

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Draws the lines and keeps readiness up to them until `over`. Without a limit there are no lines.
pub(crate) async fn watch(memory: Memory, health: Health, over: CancellationToken) {
    let Some(limit) = limit_of_container() else { return };
    let line = |percent| limit / 100 * percent;
    memory.set_lines(line(SOFT), line(HARD));
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = Pressure::None;
    while over.run_until_cancelled(ticks.tick()).await.is_some() {
        let now = memory.pressure();
        health.set_overloaded(now == Pressure::Hard);
        match (before, now) {
            (Pressure::None, Pressure::Soft | Pressure::Hard) => {
                warn!(used = memory.used(), limit, "memory use is high, new data is refused with a delay");
            }
            (Pressure::Soft | Pressure::Hard, Pressure::None) => {
                info!(used = memory.used(), limit, "memory use is back to normal, new data is taken");
            }
            _ => {}
        }
        before = now;
    }
}
