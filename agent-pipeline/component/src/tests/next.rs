//! An edge can be switched between two calls, and the old end can be waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agent_otlp::{Batch, Signal};
use tokio::sync::Semaphore;

use crate::{Accepted, BoxFuture, ConsumeResult, Consumer, Next, Telemetry};

/// Counts calls; each waits for a permit.
struct Gate {
    calls: AtomicUsize,
    open: Semaphore,
}

impl Gate {
    fn new(permits: usize) -> Arc<Self> {
        Arc::new(Self { calls: AtomicUsize::new(0), open: Semaphore::new(permits) })
    }
}

impl Consumer for Gate {
    fn consume(&self, _: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async {
            self.calls.fetch_add(1, Ordering::SeqCst);
            let _permit = self.open.acquire().await;
            Ok(Accepted::default())
        })
    }
}

fn data() -> Telemetry {
    Telemetry::new(Batch::empty(Signal::Logs))
}

#[tokio::test]
async fn later_calls_go_to_the_new_consumer_and_clones_share_the_edge() {
    let (old, new) = (Gate::new(1), Gate::new(1));
    let next = Next::new(old.clone());
    let clone = next.clone();
    next.consume(data()).await.unwrap();
    next.switch(Some(new.clone())).wait().await;
    clone.consume(data()).await.unwrap();
    assert_eq!((old.calls.load(Ordering::SeqCst), new.calls.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn retired_waits_for_the_calls_in_flight() {
    let (old, new) = (Gate::new(0), Gate::new(1));
    let next = Next::new(old.clone());
    let caller = {
        let next = next.clone();
        async move { next.consume(data()).await }
    };
    let mut calls = tokio::task::JoinSet::new();
    calls.spawn(caller);
    while old.calls.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let mut retired = next.switch(Some(new));
    let early = tokio::time::timeout(std::time::Duration::from_secs(1), retired.wait()).await;
    assert!(early.is_err(), "a call is still in the old consumer");
    old.open.add_permits(1);
    calls.join_next().await.unwrap().unwrap().unwrap();
    retired.wait().await;
}

#[tokio::test]
async fn an_edge_that_leads_nowhere_refuses_for_now() {
    let next = Next::unconnected();
    assert!(!next.is_connected());
    assert!(!next.consume(data()).await.unwrap_err().is_permanent());
    next.switch(Some(Gate::new(1)));
    assert!(next.is_connected());
    next.consume(data()).await.unwrap();
    next.switch(None);
    assert!(next.consume(data()).await.is_err());
}
