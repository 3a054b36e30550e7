//! A value built from files, built again when they change.
//!
//! Looked at from outside, a file changed when its length or modification time did (links followed, so that the swap
//! of a mounted Secret counts). That is asked at most once per second, on the caller's time: a `stat` of three files.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::TlsError;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

type Build<T> = Box<dyn Fn() -> Result<T, TlsError> + Send + Sync>;

/// What a file looks like; `None` when it cannot be seen.
type Stamp = Option<(u64, SystemTime)>;

pub(super) struct Reloading<T> {
    build: Build<T>,
    files: Vec<String>,
    interval: Duration,
    state: Mutex<State<T>>,
}

struct State<T> {
    current: Arc<T>,
    stamps: Vec<Stamp>,
    looked: Instant,
    built: Instant,
}

impl<T> Reloading<T> {
    /// Builds the first value. `interval` 0 means that only a changed look rebuilds.
    pub(super) fn new(files: Vec<String>, interval: Duration, build: Build<T>) -> Result<Self, TlsError> {
        // The look is taken before the content: a change in between is seen the next time.
        let stamps = look(&files);
        let current = Arc::new(build()?);
        let now = Instant::now();
        let state = Mutex::new(State { current, stamps, looked: now, built: now });
        Ok(Self { build, files, interval, state })
    }

    /// The value of the files as they are, or of the last good ones.
    pub(super) fn current(&self) -> Arc<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if self.files.is_empty() || now.duration_since(state.looked) < LOOK_EVERY {
            return Arc::clone(&state.current);
        }
        state.looked = now;
        let stamps = look(&self.files);
        let due = !self.interval.is_zero() && now.duration_since(state.built) >= self.interval;
        if due || stamps != state.stamps {
            state.stamps = stamps;
            state.built = now;
            match (self.build)() {
                Ok(fresh) => {
                    tracing::info!(files = ?self.files, "certificate files read again");
                    state.current = Arc::new(fresh);
                }
                Err(error) => {
                    tracing::warn!(key = error.key(), %error, "certificate files cannot be used, keeping the last good ones");
                }
            }
        }
        Arc::clone(&state.current)
    }
}

fn look(files: &[String]) -> Vec<Stamp> {
    files
        .iter()
        .map(|file| {
            let meta = fs::metadata(file).ok()?;
            Some((meta.len(), meta.modified().ok()?))
        })
        .collect()
}
