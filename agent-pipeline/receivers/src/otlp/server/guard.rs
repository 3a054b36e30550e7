//! A panic while a request is worked on ends that request and nothing else.
//!
//! It is a defect in the agent wherever it happens, so it is told loudly; but the other requests of the connection,
//! and the client's next one, have nothing to do with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::Poll;

/// Panics since the process began.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// Runs a request's work to its end; `None` when it panicked.
pub(in crate::otlp) async fn guarded<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    std::future::poll_fn(|cx| {
        // What the work shares with others is behind locks and atomics that hold after any of its steps.
        let step = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        step.map_or_else(
            |_| {
                note(PANICS.fetch_add(1, Relaxed) + 1);
                Poll::Ready(None)
            },
            |poll| poll.map(Some),
        )
    })
    .await
}

/// Tells of a panic, more rarely the more there are: a client may send what provokes it as often as it likes.
fn note(panics: u64) {
    if panics.is_power_of_two() {
        tracing::error!(
            panics,
            "panic while working on a request, which was answered with an internal error"
        );
    }
}
