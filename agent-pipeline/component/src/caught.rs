//! A panic as a value: what was running ends, and nothing beside it.
//!
//! Wherever one component calls into another, and wherever a component runs, a defect is caught. The rest goes on: what
//! components share is behind locks and atomics that hold after any of its steps.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Bytes of a panic's message that are kept.
const MOST: usize = 200;

/// A panic that was caught. Its text may quote data: it is for the log, never for a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it panicked: {message}")]
pub struct Panic {
    message: String,
}

impl Panic {
    /// What [`catch_unwind`] gives.
    pub fn of(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("without a message");
        Self { message: text.get(..text.floor_char_boundary(MOST)).unwrap_or_default().to_owned() }
    }
}

/// Makes a call.
///
/// # Errors
/// It panicked.
pub fn caught_call<T>(call: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| Panic::of(&*payload))
}

/// Runs work to its end.
///
/// # Errors
/// It panicked, in whichever step.
pub async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Panic> {
    let mut work = pin!(work);
    std::future::poll_fn(|cx| match caught_call(|| work.as_mut().poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}
