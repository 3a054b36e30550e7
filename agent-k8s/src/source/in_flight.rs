//! Work that outlives the future that waits for it.
//!
//! A `select!` that ticks every few seconds drops what it waited for at each tick. Without this a read of an API server
//! that does not answer would begin anew each time, and never come to its timeout.

use std::pin::Pin;

/// At most one piece of work, kept until somebody has waited for its end.
pub(super) struct InFlight<T>(Option<Pin<Box<dyn Future<Output = T> + Send>>>);

impl<T> Default for InFlight<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> InFlight<T> {
    /// Whether work was begun whose end nobody has seen.
    pub(super) fn is_begun(&self) -> bool {
        self.0.is_some()
    }

    /// Gives up the work that was begun.
    pub(super) fn abandon(&mut self) {
        self.0 = None;
    }

    /// Goes on with the work that was begun, or begins `work`, and waits for its end.
    pub(super) async fn finish<F>(&mut self, work: impl FnOnce() -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
    {
        let result = self.0.get_or_insert_with(|| Box::pin(work())).as_mut().await;
        self.0 = None;
        result
    }
}

impl<T> std::fmt::Debug for InFlight<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("InFlight").field(&self.is_begun()).finish()
    }
}
