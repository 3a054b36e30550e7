//! The memory lines of the process: drawn from the container's limit, watched for readiness and for the log. A
//! `memory_limiter` draws its own in their place, which are watched all the same.

use std::time::Duration;

use agent_component::{Memory, Pressure, limit_of_container};
use agent_health::Health;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Percent of the container's limit. Over the soft line receivers refuse data, with a delay; over the hard one the agent is
/// not ready. What lies above is for data that is already inside and grows while it is compressed and sent.
const SOFT: u64 = 75;
const HARD: u64 = 85;

/// How often memory is looked at, unless a `memory_limiter` wants it more often.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// However often one wants it.
const LOOK_AT_MOST: Duration = Duration::from_millis(5);

/// Draws the lines and keeps readiness up to those that hold until `over`. Without a limit of the container only a
/// `memory_limiter` draws lines.
pub(crate) async fn watch(memory: Memory, health: Health, over: CancellationToken) {
    if let Some(limit) = limit_of_container() {
        let line = |percent| limit / 100 * percent;
        memory.set_lines(line(SOFT), line(HARD));
    }
    let mut before = Pressure::None;
    while over.run_until_cancelled(sleep(pause(&memory))).await.is_some() {
        let lines = memory.lines();
        let now = lines.map_or(Pressure::None, |_| memory.pressure());
        health.set_overloaded(now == Pressure::Hard);
        let (used, limit, refused_from) =
            (memory.used(), lines.map(|lines| lines.hard), lines.map(|lines| lines.soft));
        match (before, now) {
            (Pressure::None, Pressure::Soft | Pressure::Hard) => {
                warn!(used, refused_from, limit, "memory use is high, new data is refused with a delay");
            }
            (Pressure::Soft | Pressure::Hard, Pressure::None) => {
                info!(used, refused_from, limit, "memory use is back to normal, new data is taken");
            }
            _ => {}
        }
        before = now;
    }
}

fn pause(memory: &Memory) -> Duration {
    memory.look_every().map_or(LOOK_EVERY, |wanted| wanted.clamp(LOOK_AT_MOST, LOOK_EVERY))
}
