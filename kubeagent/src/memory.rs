//! The memory lines of the process: drawn from its limit, watched for readiness and for the log. A `memory_limiter` draws
//! its own in their place, which are watched all the same.

use std::hint::black_box;
use std::thread::Builder;
use std::time::Duration;

use agent_component::{Memory, Pressure, limit_of_container};
use agent_config::ByteSize;
use agent_health::Health;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Percent of the limit. Over the soft line receivers refuse data, with a delay; over the hard one the agent is
/// not ready. What lies above is for data that is already inside and grows while it is compressed and sent.
const SOFT: u64 = 75;
const HARD: u64 = 85;

/// How often memory is looked at, unless a `memory_limiter` wants it more often.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// However often one wants it.
const LOOK_AT_MOST: Duration = Duration::from_millis(5);

/// How often the allocator gives back what it keeps, where there is no hurry.
const TIDY_EVERY: Duration = Duration::from_secs(10);

/// Draws the lines and keeps readiness up to those that hold until `over`. The limit is the smaller one of the container's
/// and the one that was `set`; without any, only a `memory_limiter` draws lines.
pub(crate) async fn watch(memory: Memory, set: Option<ByteSize>, health: Health, over: CancellationToken) {
    let set = set.map(ByteSize::as_bytes);
    if let Some(limit) = limit_of_container().into_iter().chain(set).min() {
        let line = |percent| limit / 100 * percent;
        memory.set_lines(line(SOFT), line(HARD));
    }
    let (mut before, mut tidied) = (Pressure::None, Instant::now());
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
        if now != Pressure::None || tidied.elapsed() >= TIDY_EVERY {
            give_back();
            tidied = Instant::now();
        }
        before = now;
    }
}

/// Makes the allocator give back what it keeps for the next time: it looks for that when pages change hands, which they
/// hardly do while everything is refused or nothing comes, and when a thread ends. Without this, a process whose data has
/// gone may stay over the line, and go on refusing, until some thread happens to end; and what a burst took would stay.
fn give_back() {
    // A thread that never allocated would have nothing to tidy up.
    let ended = Builder::new().name("give-back".to_owned()).spawn(|| drop(black_box(Box::new(0_u64))));
    if let Ok(thread) = ended {
        let _it_does_not_panic = thread.join();
    }
}

fn pause(memory: &Memory) -> Duration {
    memory.look_every().map_or(LOOK_EVERY, |wanted| wanted.clamp(LOOK_AT_MOST, LOOK_EVERY))
}
