//! SIGINT and SIGTERM: the first asks to stop in order, the second ends the process at once. SIGHUP: reads the
//! configuration again. SIGXFSZ is no end: a write that would make a file larger than the process may make it fails.

use std::io;
use std::sync::Arc;

use agent_telemetry::LogHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

/// SIGXFSZ on x86, ARM and the other architectures with their numbers (signal(7)).
const FILE_TOO_LARGE: i32 = 25;
/// Exit status of a process that was told twice.
const TOLD_TWICE: i32 = 1;

/// Cancels `stop` at the first signal that asks to end, tells `asked` of each SIGHUP. Call within a runtime; watches until
/// the process ends.
///
/// # Errors
/// The operating system gives no signal handler.
pub(crate) fn watch(stop: CancellationToken, asked: Arc<Notify>, logs: LogHandle) -> io::Result<()> {
    // A handler stays for the life of the process, and then the write is told instead.
    drop(signal(SignalKind::from_raw(FILE_TOO_LARGE))?);
    let mut hangup = signal(SignalKind::hangup())?;
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let tasks = TaskTracker::new();
    tasks.spawn(async move {
        while hangup.recv().await.is_some() {
            info!("Received signal hangup, reading the configuration again");
            asked.notify_one();
        }
    });
    // Neither is joined: it waits for a signal that may never come, and ends with the runtime.
    tasks.spawn(async move {
        let name = next(&mut interrupt, &mut terminate).await;
        warn!("Received signal {name}, initiating shutdown...");
        stop.cancel();
        next(&mut interrupt, &mut terminate).await;
        logs.flush();
        // Nothing may stand between the second signal and the end, not even a runtime that waits for its threads.
        std::process::exit(TOLD_TWICE);
    });
    Ok(())
}

/// The name that Go's `os.Signal` prints, which is what the documented log line shows.
async fn next(interrupt: &mut Signal, terminate: &mut Signal) -> &'static str {
    tokio::select! {
        _ = interrupt.recv() => "interrupt",
        _ = terminate.recv() => "terminated",
    }
}
