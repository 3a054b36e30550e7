//! Under load, on several threads, over many replacements and a backend that fails: every item arrives once.

use std::collections::HashMap;

use super::*;
use crate::testing::json;

/// A backend that counts how often it took each span, and refuses now and then.
struct Ledger {
    taken: Mutex<HashMap<String, u32>>,
}

struct Account(Arc<Ledger>);

impl Sender for Account {
    async fn send(&self, batch: &Batch) -> SendResult {
        // On the wire for a moment, so that replacements meet attempts in flight.
        for _ in 0..fastrand::usize(..8) {
            tokio::task::yield_now().await;
        }
        match fastrand::u8(..10) {
            0..4 => return Err(ConsumeError::retryable("busy").into()),
            4 if batch.items() > 1 => {
                return Err(SendError::TooLarge(ConsumeError::permanent("too large")));
            }
            _ => {}
        }
        let mut text = Vec::new();
        batch.write_json(&mut text);
        let text = String::from_utf8(text).unwrap();
        let mut taken = self.0.taken.lock().unwrap();
        for name in text.split("\"name\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            *taken.entry(name.to_owned()).or_default() += 1;
        }
        Ok(Accepted::default())
    }
}

fn numbered(caller: usize, call: usize) -> Batch {
    let span = |index: usize| format!(r#"{{"name":"{caller}-{call}-{index}"}}"#);
    let spans: Vec<_> = (0..3).map(span).collect();
    let spans = spans.join(",");
    json(Signal::Traces, &format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#))
}

const CALLERS: usize = 4;
const CALLS: usize = 150;

/// Calls through `next` until all is accepted.
async fn produce(next: Next, caller: usize) {
    for call in 0..CALLS {
        while next.consume(Telemetry::new(numbered(caller, call))).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_item_arrives_once_whatever_is_replaced_by_what() {
    let ledger = Arc::new(Ledger { taken: Mutex::default() });
    let kinds = [
        "{num_consumers: 3, queue_size: 20}",
        "{num_consumers: 2, queue_size: 5, wait_for_result: true}",
        "{enabled: false}",
        "{num_consumers: 4, queue_size: 10, sizer: items, batch: {min_size: 9, max_size: 9}}",
        "{num_consumers: 1, queue_size: 2, block_on_overflow: true}",
    ];
    let context = context("otlp/x");
    let make = |kind: usize| {
        let retry = RetrySettings {
            initial_interval: GoDuration::from_millis(1),
            max_interval: GoDuration::from_millis(3),
            max_elapsed_time: Some(GoDuration::ZERO),
            ..RetrySettings::default()
        };
        let queue = Some(good(kinds[kind % kinds.len()]));
        let options = Options { timeout: Duration::ZERO, retry, queue };
        Arc::new(Exporter::new(&context, &[Signal::Traces], options, Account(Arc::clone(&ledger))))
    };
    let (mut running, mut callers) = (JoinSet::new(), JoinSet::new());
    let mut live = (make(0), Life::default());
    running.spawn(Arc::clone(&live.0).run(live.1.clone()));
    let edge = Next::new(Arc::clone(&live.0) as Arc<dyn Consumer>);
    for caller in 0..CALLERS {
        callers.spawn(produce(edge.clone(), caller));
    }
    let mut replacements = 0;
    while !callers.is_empty() {
        while callers.try_join_next().is_some() {}
        replacements += 1;
        let new = (make(replacements), Life::default());
        running.spawn(Arc::clone(&new.0).run(new.1.clone()));
        let old = std::mem::replace(&mut live, new);
        let consumer = Arc::clone(&live.0) as Arc<dyn Consumer>;
        old.0.hand_over(Next::new(Arc::clone(&consumer)));
        let mut retired = edge.switch(Some(consumer));
        running.spawn(async move {
            retired.wait().await;
            old.1.stop.cancel();
            Ok(())
        });
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // What is left may find its end only with the last one running: the first drains into the second, and so on.
    let all = CALLERS * CALLS * 3;
    let arrived = async {
        while ledger.taken.lock().unwrap().len() < all {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), arrived).await.expect("all arrive");
    live.1.stop.cancel();
    while let Some(ended) = running.join_next().await {
        ended.unwrap().unwrap();
    }
    let taken = ledger.taken.lock().unwrap();
    assert_eq!(taken.len(), all);
    assert!(taken.values().all(|times| *times == 1), "something was sent twice");
    assert!(replacements > 5, "{replacements} replacements");
}
