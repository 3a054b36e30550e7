//! Installing the log for the process, and what may be changed while it runs.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Duration;

use tracing::Level;

use crate::sampling::Sampling;
use crate::subscriber::{Core, JsonLog};

/// A reader that takes nothing for so long will not make the agent wait longer.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);

/// The log could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// There is no thread for the writer.
    #[error("starting the log thread")]
    Thread(#[source] io::Error),
    /// Another subscriber is installed.
    #[error("the process has a log already")]
    Installed,
}

/// Installs the log of the process: events of `level` and above, to standard output.
///
/// `TRACE` is taken as `DEBUG`. The last clone of the handle flushes when it is dropped; a process that ends
/// through `std::process::exit` calls [`LogHandle::flush`] before.
///
/// # Errors
/// Another subscriber is installed, or the operating system gives no thread.
pub fn init(level: Level) -> Result<LogHandle, LogError> {
    let (log, handle) = JsonLog::new(level, stdout()).map_err(LogError::Thread)?;
    tracing::subscriber::set_global_default(log).map_err(|_| LogError::Installed)?;
    Ok(handle)
}

/// Standard output without the standard library's buffer, which would keep half a line after an error.
fn stdout() -> Box<dyn Write + Send> {
    match io::stdout().as_fd().try_clone_to_owned() {
        Ok(descriptor) => Box::new(File::from(descriptor)),
        Err(_) => Box::new(io::stdout()),
    }
}

/// Changes a running log. Clones are the same log.
#[derive(Clone)]
pub struct LogHandle {
    core: Arc<Core>,
    _last: Arc<FlushOnDrop>,
}

struct FlushOnDrop(Arc<Core>);

impl LogHandle {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { _last: Arc::new(FlushOnDrop(Arc::clone(&core))), core }
    }

    /// The level now.
    pub fn level(&self) -> Level {
        self.core.level()
    }

    /// Writes events of `level` and above from now on (`service::telemetry::logs::level`).
    pub fn set_level(&self, level: Level) {
        self.core.set_level(level);
    }

    /// Goes back to the level that the log was made with.
    pub fn reset_level(&self) {
        self.core.set_level(self.core.base);
    }

    /// Limits repeating events (`service::telemetry::logs::sampling`); `None` writes them all.
    pub fn set_sampling(&self, sampling: Option<Sampling>) {
        self.core.summarize(&self.core.sampler.set(sampling));
    }

    /// Sums up what was suppressed and waits until all lines are written, at most 2 s. Says whether they are.
    ///
    /// Blocks the thread: for the end of the process.
    pub fn flush(&self) -> bool {
        flush(&self.core)
    }
}

impl Drop for FlushOnDrop {
    fn drop(&mut self) {
        flush(&self.0);
    }
}

fn flush(core: &Core) -> bool {
    core.summarize(&core.sampler.drain());
    core.output.flush(FLUSH_LIMIT)
}

impl std::fmt::Debug for LogHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogHandle").field("level", &self.level()).finish_non_exhaustive()
    }
}
