//! A panic while a request or a connection is worked on ends that and nothing else.
//!
//! It is a defect in the agent wherever it happens, so it is told loudly; but the other requests of the connection,
//! and the client's next one, have nothing to do with it. What comes after the receiver has guards of its own
//! ([`Next`](agent_component::Next)).

use agent_component::{Panic, caught};
use agent_telemetry::metrics::Counter;

/// Runs work to its end; `None` when it panicked, which is counted.
pub(in crate::otlp) async fn guarded<T>(work: impl Future<Output = T>, panics: &Counter) -> Option<T> {
    caught(work).await.map_err(|panic| note(&panic, panics)).ok()
}

/// Tells of a panic, more rarely the more there are: a client may send what provokes it as often as it likes.
fn note(panic: &Panic, panics: &Counter) {
    panics.add(1);
    let panics = panics.get();
    if panics.is_power_of_two() {
        tracing::error!(panics, "a request was refused, or a connection ended, because of a defect: {panic}");
    }
}
