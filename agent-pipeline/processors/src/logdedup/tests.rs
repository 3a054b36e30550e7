//! `logdedup` under a paused clock.

use std::sync::Mutex;
use std::time::Duration;

use agent_component::{Accepted, Delivered, Receipt};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::*;
use crate::testing::{check_sections, context, decode};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("logdedup");
}

#[test]
fn times_are_written_as_go_does() {
    let time: Timestamp = "2024-10-04T19:21:47.9Z".parse().unwrap();
    let text = |name: &str| Zone::load(name).map(|zone| zone.text(time));
    assert_eq!(text("UTC").unwrap(), "2024-10-04T19:21:47Z");
    assert_eq!(text("").unwrap(), "2024-10-04T19:21:47Z");
    assert_eq!(text("America/New_York").unwrap(), "2024-10-04T15:21:47-04:00");
    assert_eq!(text("Asia/Kolkata").unwrap(), "2024-10-05T00:51:47+05:30");
    assert_eq!(text("Africa/Abidjan").unwrap(), "2024-10-04T19:21:47Z");
    assert_eq!(text("Nowhere").unwrap_err(), "unknown time zone Nowhere");
    assert_eq!(text("../UTC").unwrap_err(), "time: invalid location name");
    text("Local").unwrap();
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

/// Body, names of attributes and count of a record.
type Row = (String, Vec<String>, Option<i64>);

struct Running {
    processor: Arc<LogDedup>,
    wire: Arc<Wire>,
    life: Life,
    tasks: JoinSet<Result<(), RunError>>,
}

impl Running {
    fn start(yaml: &str) -> Self {
        let wire = Arc::new(Wire::default());
        let next = Next::new(wire.clone());
        let processor = Arc::new(LogDedup::build(&decode(yaml).unwrap(), &context("logs"), next).unwrap());
        let life = Life::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&processor).run(life.clone()));
        Self { processor, wire, life, tasks }
    }

    /// Sends records of one scope under a resource with this attribute.
    async fn send(&self, resource: i64, records: &[Value]) -> Delivered {
        let json = json!({"resourceLogs": [{"schemaUrl": "u", "resource": {"attributes": [{"key": "r", "value": {"intValue": resource}}]},
                          "scopeLogs": [{"scope": {"name": "s"}, "logRecords": records}]}]});
        let batch = Batch::from_json(Signal::Logs, json.to_string().as_bytes()).unwrap();
        let (receipt, delivered) = Receipt::new();
        self.processor.consume(Telemetry { receipt: Some(receipt), ..Telemetry::new(batch) }).await.unwrap();
        delivered
    }

    /// Body, attributes without the times, and count of what came out, by payload.
    fn out(&self) -> Vec<Vec<Row>> {
        let records = |data: Telemetry| {
            let mut out = Vec::new();
            for entry in data.batch.resources() {
                for record in entry.scopes().flat_map(|scope| scope.log_records()) {
                    let attributes = record.attributes();
                    let count = attributes.get("log_count").and_then(agent_otlp::AnyValue::as_int);
                    let rest = attributes.iter().map(|(key, _)| key.to_owned());
                    let rest = rest.filter(|key| key != "log_count" && !key.ends_with("_timestamp"));
                    out.push((crate::value::as_text(record.body()).into_owned(), rest.collect(), count));
                }
            }
            data.settle();
            out
        };
        self.wire.0.lock().unwrap().drain(..).map(records).collect()
    }

    async fn pass(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    async fn stop(&mut self) {
        self.life.stop.cancel();
        self.tasks.join_next().await.unwrap().unwrap().unwrap();
    }
}

fn record(body: &str, attributes: &[(&str, &str)]) -> Value {
    let attributes: Vec<_> =
        attributes.iter().map(|(key, text)| json!({"key": key, "value": {"stringValue": text}})).collect();
    json!({"timeUnixNano": "7", "body": {"stringValue": body}, "attributes": attributes})
}

fn row(body: &str, attributes: &[&str], count: Option<i64>) -> Row {
    (body.to_owned(), attributes.iter().map(|&key| key.to_owned()).collect(), count)
}

#[tokio::test(start_paused = true)]
async fn equal_records_leave_as_one_with_the_interval() {
    let running = Running::start("interval: 100ms");
    let (a, b) = (record("a", &[("k", "v"), ("l", "w")]), record("a", &[("l", "w"), ("k", "v")]));
    running.send(1, &[a.clone(), record("b", &[]), b]).await;
    running.send(1, std::slice::from_ref(&a)).await;
    running.send(2, &[a]).await;
    assert!(running.out().is_empty());
    running.pass(101).await;
    let expected = [row("a", &["k", "l"], Some(3)), row("b", &[], Some(1)), row("a", &["k", "l"], Some(1))];
    assert_eq!(running.out(), [expected]);
    running.pass(101).await;
    assert!(running.out().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_record_tells_when_the_first_and_last_were_seen() {
    let running = Running::start("{interval: 100ms, log_count_attribute: n}");
    let before = u64::try_from(Timestamp::now().as_nanosecond()).unwrap();
    running.send(1, &[json!({"severityNumber": 9, "severityText": "I", "traceId": "0102030405060708090a0b0c0d0e0f10"})]).await;
    running.pass(101).await;
    let data = running.wire.0.lock().unwrap().pop().unwrap();
    let entry = data.batch.resources().next().unwrap();
    assert_eq!((entry.schema_url(), entry.resource().attributes().len()), ("", 1));
    let record = entry.scopes().next().unwrap().log_records().next().unwrap();
    assert!(record.observed_time_unix_nano() >= before);
    assert!(record.time_unix_nano() >= record.observed_time_unix_nano());
    assert_eq!((record.severity_number(), record.severity_text(), record.trace_id().len()), (9, "I", 16));
    let keys: Vec<_> = record.attributes().iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["n", "first_observed_timestamp", "last_observed_timestamp"]);
    let first: Timestamp = record.attributes().get_str("first_observed_timestamp").unwrap().parse().unwrap();
    let seen = i64::try_from(record.observed_time_unix_nano() / 1_000_000_000).unwrap();
    assert_eq!(first.as_second(), seen);
}

#[tokio::test(start_paused = true)]
async fn excluded_fields_are_gone_and_do_not_count() {
    let running =
        Running::start(r"{interval: 100ms, exclude_fields: ['attributes.a\.b', body.x.y, body.z.y]}");
    let with = |id: &str, y: i64| {
        let inner = json!({"kvlistValue": {"values": [{"key": "y", "value": {"intValue": y}}]}});
        json!({"attributes": [{"key": "a.b", "value": {"stringValue": id}}, {"key": "k", "value": {"stringValue": "v"}}],
               "body": {"kvlistValue": {"values": [{"key": "x", "value": inner}]}}})
    };
    running.send(1, &[with("1", 1), with("2", 2)]).await;
    running.pass(101).await;
    assert_eq!(running.out(), [[row(r#"{"x":{}}"#, &["k"], Some(2))]]);
}

#[tokio::test(start_paused = true)]
async fn included_fields_alone_count() {
    let running = Running::start("{interval: 100ms, include_fields: [attributes.k, body.x]}");
    running
        .send(
            1,
            &[
                record("a", &[("k", "v"), ("id", "1")]),
                record("b", &[("k", "v"), ("id", "2")]),
                record("c", &[("k", "w")]),
                record("d", &[("id", "1")]),
                record("d", &[("id", "2")]),
            ],
        )
        .await;
    running.pass(101).await;
    let expected = [
        row("a", &["k", "id"], Some(2)),
        row("c", &["k"], Some(1)),
        row("d", &["id"], Some(1)),
        row("d", &["id"], Some(1)),
    ];
    assert_eq!(running.out(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn what_no_condition_holds_for_passes_at_once() {
    let yaml = r#"{interval: 100ms, conditions: ['attributes["k"] == "v"', 'Int(body) > 1', 'ParseJSON(body)["a"] == 1']}"#;
    let running = Running::start(yaml);
    running
        .send(
            1,
            &[record("x", &[("k", "v")]), record("{", &[]), record("2", &[]), record("x", &[("k", "v")])],
        )
        .await;
    assert_eq!(running.out(), [[row("{", &[], None)]]);
    running.pass(101).await;
    assert_eq!(running.out(), [[row("x", &["k"], Some(2)), row("2", &[], Some(1))]]);
}

#[test]
fn a_condition_that_cannot_be_read_is_refused() {
    let config = decode::<Config>("conditions: ['x y z']").unwrap();
    let next = Next::new(Arc::new(Wire::default()));
    let error = LogDedup::build(&config, &context("logs"), next).unwrap_err().to_string();
    assert!(error.contains("invalid condition: "), "{error}");
}

#[test]
fn new_records_beyond_the_limit_are_not_held() {
    let rules = Rules {
        excluded: vec![Field::parse("attributes").unwrap()],
        included: Vec::new(),
        count_attribute: "n".to_owned(),
        zone: Zone::load("UTC").unwrap(),
    };
    let json = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [record("a", &[]), record("b", &[("k", "v")]), record("a", &[])]}]}]});
    let mut batch = Batch::from_json(Signal::Logs, json.to_string().as_bytes()).unwrap();
    let mut tally = Tally::default();
    batch.edit_log_records(|ctx, record| {
        if tally.add(ctx, record, &rules, Timestamp::UNIX_EPOCH, 1) { Verdict::Drop } else { Verdict::Keep }
    });
    let left = batch
        .resources()
        .next()
        .unwrap()
        .scopes()
        .next()
        .unwrap()
        .log_records()
        .next()
        .unwrap()
        .attributes()
        .len();
    assert_eq!((batch.items(), left, tally.take(&rules, Timestamp::UNIX_EPOCH).items()), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn callers_wait_for_what_is_held_of_theirs() {
    let mut running = Running::start("interval: 1h");
    let delivered = running.send(1, &[record("a", &[])]).await;
    let wait = delivered.wait();
    tokio::pin!(wait);
    tokio::time::timeout(Duration::from_mins(30), &mut wait).await.unwrap_err();
    running.stop().await;
    assert_eq!(running.out(), [[row("a", &[], Some(1))]]);
    wait.await.unwrap();
    let batch = Batch::empty(Signal::Logs);
    assert!(!running.processor.consume(Telemetry::new(batch)).await.unwrap_err().is_permanent());
}

#[tokio::test(start_paused = true)]
async fn what_an_abort_leaves_behind_was_not_delivered() {
    let mut running = Running::start("interval: 1h");
    let delivered = running.send(1, &[record("a", &[])]).await;
    running.life.abort.cancel();
    running.stop().await;
    delivered.wait().await.unwrap_err();
}
