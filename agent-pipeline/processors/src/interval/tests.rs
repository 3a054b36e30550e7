//! `interval` under a paused clock.

use std::sync::Mutex;
use std::time::Duration;

use agent_component::{Accepted, Delivered, Receipt};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::*;
use crate::testing::{check_sections, context, decode};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("interval");
}

/// What comes after: keeps what it gets.
#[derive(Default)]
struct Wire(Mutex<Vec<Telemetry>>);

impl Consumer for Wire {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            self.0.lock().unwrap().push(data);
            Ok(Accepted::default())
        })
    }
}

struct Running {
    processor: Arc<Interval>,
    wire: Arc<Wire>,
    life: Life,
    tasks: JoinSet<Result<(), RunError>>,
}

impl Running {
    fn start(yaml: &str) -> Self {
        let wire = Arc::new(Wire::default());
        let next = Next::new(wire.clone());
        let processor = Arc::new(Interval::build(&decode(yaml).unwrap(), &context("metrics"), next).unwrap());
        let life = Life::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&processor).run(life.clone()));
        Self { processor, wire, life, tasks }
    }

    async fn send(&self, metrics: &[Value]) -> Delivered {
        let json = json!({"resourceMetrics": [{"resource": {"attributes": [{"key": "r", "value": {"intValue": 1}}]}, "schemaUrl": "u",
                          "scopeMetrics": [{"scope": {"name": "s"}, "metrics": metrics}]}]});
        let batch = Batch::from_json(Signal::Metrics, json.to_string().as_bytes()).unwrap();
        let (receipt, delivered) = Receipt::new();
        self.processor.consume(Telemetry { receipt: Some(receipt), ..Telemetry::new(batch) }).await.unwrap();
        delivered
    }

    async fn pass(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    /// Name, attribute and value of every point that came out, by payload.
    fn out(&self) -> Vec<Vec<String>> {
        let points = |data: Telemetry| {
            let mut points = Vec::new();
            for entry in data.batch.resources() {
                assert_eq!((entry.schema_url(), entry.resource().attributes().len()), ("u", 1));
                for metric in entry.scopes().flat_map(|scope| scope.metrics()) {
                    points.extend(metric.points().map(|point| {
                        let key = point.attributes().get_str("k").unwrap_or_default().to_owned();
                        format!("{}{key}={:?}", metric.name(), point.value())
                    }));
                }
            }
            data.settle();
            points
        };
        self.wire.0.lock().unwrap().drain(..).map(points).collect()
    }

    async fn stop(&mut self) {
        self.life.stop.cancel();
        self.tasks.join_next().await.unwrap().unwrap().unwrap();
    }
}

fn point(key: &str, time: u64, value: i64) -> Value {
    json!({"timeUnixNano": time.to_string(), "asInt": value.to_string(), "attributes": [{"key": "k", "value": {"stringValue": key}}]})
}

fn counter(points: &[Value]) -> Value {
    json!({"name": "c", "sum": {"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": points}})
}

#[tokio::test(start_paused = true)]
async fn the_newest_point_of_each_stream_leaves_with_the_interval() {
    let running = Running::start("interval: 100ms");
    running.send(&[counter(&[point("a", 1, 1), point("b", 5, 5)])]).await;
    running
        .send(&[
            counter(&[point("a", 3, 3), point("b", 4, 4)]),
            json!({"name": "g", "gauge": {"dataPoints": [point("a", 1, 9)]}}),
        ])
        .await;
    running.send(&[counter(&[point("a", 2, 2)])]).await;
    assert!(running.out().is_empty());
    running.pass(101).await;
    assert_eq!(running.out(), [["ca=Some(Int(3))", "cb=Some(Int(5))", "ga=Some(Int(9))"]]);
    running.pass(101).await;
    assert!(running.out().is_empty());
    running.send(&[counter(&[point("a", 1, 1)])]).await;
    running.pass(101).await;
    assert_eq!(running.out(), [["ca=Some(Int(1))"]]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_held_passes_at_once() {
    let running = Running::start("{interval: 1h, pass_through: {gauge: true, summary: true}}");
    let sum = |name: &str, temporality: u32, monotonic: bool| json!({"name": name, "sum": {"aggregationTemporality": temporality, "isMonotonic": monotonic, "dataPoints": [point("a", 1, 1)]}});
    let delta =
        json!({"name": "h", "histogram": {"aggregationTemporality": 1, "dataPoints": [{"count": 1}]}});
    let gauge = json!({"name": "g", "gauge": {"dataPoints": [point("a", 1, 9)]}});
    let summary = json!({"name": "s", "summary": {"dataPoints": [{"count": 1}]}});
    running.send(&[sum("d", 1, true), sum("u", 2, false), sum("c", 2, true), delta, gauge, summary]).await;
    let out = running.out();
    assert_eq!(out[0].len(), 5);
    assert!(!out[0].iter().any(|point| point.starts_with('c')));
}

#[tokio::test(start_paused = true)]
async fn callers_wait_for_what_is_held_of_theirs() {
    let mut running = Running::start("interval: 1h");
    let older = running.send(&[counter(&[point("a", 1, 1)])]).await;
    let newer = running.send(&[counter(&[point("a", 2, 2)])]).await;
    let wait = older.wait();
    tokio::pin!(wait);
    tokio::time::timeout(Duration::from_mins(30), &mut wait).await.unwrap_err();
    running.stop().await;
    assert_eq!(running.out(), [["ca=Some(Int(2))"]]);
    wait.await.unwrap();
    newer.wait().await.unwrap();
    let batch = Batch::empty(Signal::Metrics);
    assert!(!running.processor.consume(Telemetry::new(batch)).await.unwrap_err().is_permanent());
}

#[tokio::test(start_paused = true)]
async fn a_successor_gets_what_is_held() {
    let mut old = Running::start("interval: 1h");
    let mut new = Running::start("interval: 2h");
    old.send(&[counter(&[point("a", 1, 1)])]).await;
    new.send(&[counter(&[point("a", 2, 2)])]).await;
    old.processor.hand_over(Next::new(new.processor.clone()));
    old.stop().await;
    new.stop().await;
    assert_eq!((old.out(), new.out()), (vec![], vec![vec!["ca=Some(Int(2))".to_owned()]]));
}

#[tokio::test(start_paused = true)]
async fn what_an_abort_leaves_behind_was_not_delivered() {
    let mut running = Running::start("interval: 1h");
    let delivered = running.send(&[counter(&[point("a", 1, 1)])]).await;
    running.life.abort.cancel();
    running.stop().await;
    delivered.wait().await.unwrap_err();
}
