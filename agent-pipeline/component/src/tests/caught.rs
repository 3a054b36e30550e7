//! A panic behind an edge ends the call that met it, wherever it happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agent_otlp::{Batch, Signal};

use crate::{BoxFuture, ConsumeError, ConsumeResult, Consumer, Next, Panic, Telemetry, caught, caught_call};

/// Panics before it gives a future, or in it after a wait.
struct Broken {
    at_once: bool,
    told: AtomicUsize,
}

impl Consumer for Broken {
    fn consume(&self, _: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        assert!(!self.at_once, "at once");
        Box::pin(async {
            tokio::task::yield_now().await;
            panic!("later")
        })
    }

    fn panicked(&self, _: &Panic) -> ConsumeError {
        self.told.fetch_add(1, Ordering::Relaxed);
        ConsumeError::retryable("told")
    }
}

#[tokio::test]
async fn the_caller_gets_what_the_consumer_says_of_it() {
    for at_once in [true, false] {
        let consumer = Arc::new(Broken { at_once, told: AtomicUsize::new(0) });
        let next = Next::new(consumer.clone());
        for calls in 1..=2 {
            let error = next.consume(Telemetry::new(Batch::empty(Signal::Logs))).await.unwrap_err();
            assert_eq!((error.is_permanent(), error.message.as_str()), (false, "told"));
            assert_eq!(consumer.told.load(Ordering::Relaxed), calls);
        }
    }
}

#[tokio::test]
async fn messages_are_kept_and_cut() {
    let long = "ä".repeat(1000);
    let panic = caught(async { panic!("{long}") }).await.unwrap_err();
    assert_eq!(panic.to_string(), format!("it panicked: {}", "ä".repeat(100)));
    let plain = caught_call(|| panic!("plain")).unwrap_err();
    assert_eq!(plain.to_string(), "it panicked: plain");
    let number = caught_call(|| std::panic::panic_any(7)).unwrap_err();
    assert_eq!(number.to_string(), "it panicked: without a message");
    assert_eq!(caught(async { 7 }).await, Ok(7));
}
