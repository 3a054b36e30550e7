//! How many Events may be written: some at once, then few.

use std::time::Duration;

use tokio::time::Instant;

/// Writes that may follow each other at once.
pub(super) const AT_ONCE: u32 = 25;

/// After this a further write is allowed.
pub(super) const EVERY: Duration = Duration::from_secs(10);

/// Counted as the time until which writes have been spent, which is what makes it one number.
#[derive(Debug)]
pub(super) struct Allowance {
    spent_until: Instant,
}

impl Allowance {
    pub(super) fn new() -> Self {
        Self { spent_until: Instant::now() }
    }

    /// Waits until a write is allowed, and takes it.
    pub(super) async fn take(&mut self) {
        let spent = self.spent_until.max(Instant::now()) + EVERY;
        if let Some(allowed) = spent.checked_sub(EVERY * AT_ONCE) {
            tokio::time::sleep_until(allowed).await;
        }
        self.spent_until = spent;
    }
}
