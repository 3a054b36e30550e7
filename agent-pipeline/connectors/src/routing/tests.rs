//! `routing`: what goes where, what is told of bad sections, and what travels back.

mod random;

use std::sync::Arc;

use agent_component::{ClientInfo, Receipt};

use super::request::RequestCondition;
use super::*;
use crate::testing::{Pipeline, batch, build, issues, issues_with};

const LOGS: &str = r#"{"resourceLogs":[
 {"resource":{"attributes":[{"key":"env","value":{"stringValue":"prod"}},{"key":"tenant","value":{"stringValue":"t"}}]},
  "scopeLogs":[{"logRecords":[{"severityNumber":1},{"severityNumber":2}]},{"logRecords":[{"severityNumber":3}]}]},
 {"resource":{"attributes":[{"key":"env","value":{"stringValue":"test"}}]},
  "scopeLogs":[{"logRecords":[{"severityNumber":4},{"severityNumber":5}]}]}]}"#;

/// The pipelines `logs/a`, `logs/b`, ... and a connector in front of them.
struct Table {
    pipelines: Vec<Arc<Pipeline>>,
    routing: Arc<dyn Holder>,
}

impl Table {
    fn new(yaml: &str) -> Self {
        let pipelines = (0..3).map(|_| Arc::new(Pipeline::default())).collect();
        Self::with(yaml, pipelines)
    }

    fn with(yaml: &str, pipelines: Vec<Arc<Pipeline>>) -> Self {
        let named: Vec<_> =
            ["logs/a", "logs/b", "logs/c"].into_iter().zip(pipelines.iter().cloned()).collect();
        let routing = build("routing", yaml, (Signal::Logs, Signal::Logs), &named);
        Self { pipelines, routing }
    }

    /// The severities that each pipeline got.
    fn got(&self) -> Vec<Vec<i32>> {
        self.pipelines.iter().map(|pipeline| severities(pipeline)).collect()
    }
}

fn severities(pipeline: &Pipeline) -> Vec<i32> {
    let got = pipeline.got.lock().unwrap();
    assert!(got.len() <= 1, "a pipeline is called once for a batch");
    let mut all = Vec::new();
    for data in got.iter() {
        for resource in data.batch.resources() {
            for scope in resource.scopes() {
                all.extend(scope.log_records().map(|record| record.severity_number()));
            }
        }
    }
    all
}

fn data() -> Telemetry {
    Telemetry::new(batch(Signal::Logs, LOGS))
}

async fn routed(yaml: &str) -> Vec<Vec<i32>> {
    let table = Table::new(yaml);
    table.routing.consume(data()).await.unwrap();
    table.got()
}

#[tokio::test]
async fn the_first_route_that_matches_takes_the_data() {
    let yaml = r#"
default_pipelines: [logs/c]
table:
  - {condition: 'attributes["env"] == "prod"', pipelines: [logs/a]}
  - {statement: 'route() where resource.attributes["env"] != nil', pipelines: [logs/b]}
"#;
    assert_eq!(routed(yaml).await, [vec![1, 2, 3], vec![4, 5], vec![]]);
}

#[tokio::test]
async fn records_are_parted_and_the_rest_goes_to_the_default_or_is_dropped() {
    let yaml = r"
default_pipelines: [logs/c]
table:
  - {context: log, condition: 'severity_number == 2 or log.severity_number == 5', pipelines: [logs/a]}
  - {context: log, condition: 'severity_number < 3', pipelines: [logs/b, logs/a]}
";
    assert_eq!(routed(yaml).await, [vec![2, 5, 1], vec![1], vec![3, 4]]);
    let without = yaml.replace("default_pipelines: [logs/c]", "");
    assert_eq!(routed(&without).await, [vec![2, 5, 1], vec![1], vec![]]);
}

#[tokio::test]
async fn a_copy_leaves_the_data_for_the_routes_behind() {
    let yaml = r#"
default_pipelines: [logs/c]
table:
  - {action: copy, condition: 'attributes["env"] == "prod"', pipelines: [logs/a]}
  - {action: copy, context: log, condition: 'severity_number > 2', pipelines: [logs/b]}
  - {action: move, context: log, condition: 'severity_number == 3', pipelines: [logs/a]}
"#;
    assert_eq!(routed(yaml).await, [vec![1, 2, 3, 3], vec![3, 4, 5], vec![1, 2, 4, 5]]);
}

#[tokio::test]
async fn a_statement_may_delete_keys_of_what_it_routes() {
    let yaml = r#"
default_pipelines: [logs/b]
table: [{statement: 'delete_key(attributes, "tenant") where attributes["tenant"] == "t"', pipelines: [logs/a]}]
"#;
    let table = Table::new(yaml);
    table.routing.consume(data()).await.unwrap();
    assert_eq!(table.got(), [vec![1, 2, 3], vec![4, 5], vec![]]);
    assert!(!table.pipelines[0].texts()[0].contains("tenant"));
}

#[tokio::test]
async fn requests_are_routed_by_their_metadata() {
    let yaml = r#"
default_pipelines: [logs/c]
table:
  - {context: request, condition: 'request["X-Tenant"] == "acme"', pipelines: [logs/a]}
  - {context: request, condition: 'request["x-tenant"] != "ecorp"', pipelines: [logs/b]}
"#;
    for (tenants, expected) in [(&["ecorp", "acme"][..], 0), (&["other"], 1), (&["ecorp"], 2), (&[], 2)] {
        let table = Table::new(yaml);
        let metadata = tenants.iter().map(|tenant| ("x-tenant".to_owned(), (*tenant).to_owned())).collect();
        let client = Some(Arc::new(ClientInfo { metadata, ..ClientInfo::default() }));
        table.routing.consume(Telemetry { client, ..data() }).await.unwrap();
        for (place, got) in table.got().into_iter().enumerate() {
            assert_eq!(!got.is_empty(), place == expected, "{tenants:?} {place}");
        }
        assert!(table.pipelines[expected].got.lock().unwrap()[0].client.is_some());
    }
}

#[tokio::test]
async fn a_failing_condition_refuses_or_does_not_hold() {
    let yaml = r#"
default_pipelines: [logs/c]
table: [{context: log, condition: 'Substring(body, 0, 1) == "x"', pipelines: [logs/a]}]
"#;
    let table = Table::new(yaml);
    let refusal = table.routing.consume(data()).await.unwrap_err();
    assert!(refusal.to_string().starts_with("failed to eval condition: Substring"), "{refusal}");
    assert!(table.got().iter().all(Vec::is_empty));
    for mode in ["ignore", "silent"] {
        let got = routed(&format!("error_mode: {mode}{yaml}")).await;
        assert_eq!(got, [vec![], vec![], vec![1, 2, 3, 4, 5]]);
    }
}

#[tokio::test]
async fn a_batch_that_matches_as_a_whole_keeps_its_bytes() {
    let table =
        Table::new("table: [{context: log, condition: 'severity_number > 0', pipelines: [logs/a, logs/b]}]");
    let data = data();
    let before = data.batch.to_bytes();
    table.routing.consume(data).await.unwrap();
    for pipeline in table.pipelines.iter().take(2) {
        let got = pipeline.got.lock().unwrap();
        assert_eq!(got[0].batch.to_bytes().as_ptr(), before.as_ptr());
    }
}

const HALVES: &str = r"
table:
  - {context: log, condition: 'severity_number < 3', pipelines: [logs/a]}
  - {context: log, condition: 'severity_number > 2', pipelines: [logs/b]}
";

#[tokio::test]
async fn answers_are_joined() {
    let answer = |rejected| Accepted { rejected, message: format!("m{rejected}") };
    let pipelines =
        [1, 2, 0].map(|rejected| Arc::new(Pipeline { answer: answer(rejected), ..Pipeline::default() }));
    let table = Table::with(HALVES, pipelines.to_vec());
    let joined = table.routing.consume(data()).await.unwrap();
    assert_eq!(joined, Accepted { rejected: 3, message: "m1; m2".to_owned() });
    let refusal = Some(ConsumeError::permanent("no"));
    let refusing = Arc::new(Pipeline { refusal, ..Pipeline::default() });
    let table = Table::with(HALVES, vec![refusing, Arc::default(), Arc::default()]);
    assert!(table.routing.consume(data()).await.unwrap_err().is_permanent());
    assert_eq!(
        table.got(),
        [vec![1, 2], vec![3, 4, 5], vec![]],
        "a refusal does not keep the others from theirs"
    );
}

#[tokio::test]
async fn data_is_delivered_when_every_part_is() {
    let table = Table::new(HALVES);
    let (receipt, delivered) = Receipt::new();
    table.routing.consume(Telemetry { receipt: Some(receipt), ..data() }).await.unwrap();
    let parts: Vec<Telemetry> = table
        .pipelines
        .iter()
        .flat_map(|pipeline| std::mem::take(&mut *pipeline.got.lock().unwrap()))
        .collect();
    assert_eq!(parts.len(), 2);
    parts.into_iter().for_each(Telemetry::settle);
    delivered.wait().await.unwrap();
    let nowhere = Table::new("table: [{condition: 'false', pipelines: [logs/a]}]");
    let (receipt, delivered) = Receipt::new();
    nowhere.routing.consume(Telemetry { receipt: Some(receipt), ..data() }).await.unwrap();
    delivered.wait().await.unwrap();
}

#[tokio::test]
async fn data_points_and_spans_are_parted_too() {
    let metrics = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"asInt":"1"},{"asInt":"2"}]}},
        {"name":"n","gauge":{"dataPoints":[{"asInt":"3"}]}}]}]}]}"#;
    let spans = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[
        {"traceId":"5c1e7a90d3f84b26a1907be4f2000001","spanId":"3fa9c07e51200001","name":"a"},
        {"traceId":"5c1e7a90d3f84b26a1907be4f2000001","spanId":"3fa9c07e51200002","name":"b"}]}]}]}"#;
    for (signal, json, context, condition, expected) in [
        (Signal::Metrics, metrics, "datapoint", "value_int != 2", [2, 1]),
        (Signal::Metrics, metrics, "metric", "metric.name == \"n\"", [1, 2]),
        (Signal::Traces, spans, "span", "name == \"b\"", [1, 1]),
    ] {
        let [a, b] = [Arc::new(Pipeline::default()), Arc::new(Pipeline::default())];
        let yaml = format!(
            "default_pipelines: [{signal}/b]\ntable: [{{context: {context}, condition: '{condition}', pipelines: [{signal}/a]}}]"
        );
        let (first, second) = (format!("{signal}/a"), format!("{signal}/b"));
        let named = [(first.as_str(), a.clone()), (second.as_str(), b.clone())];
        let routing = build("routing", &yaml, (signal, signal), &named);
        routing.consume(Telemetry::new(batch(signal, json))).await.unwrap();
        assert_eq!(
            [a, b].map(|pipeline| pipeline.got.lock().unwrap()[0].batch.items()),
            expected,
            "{context}"
        );
    }
}

#[test]
fn bad_sections_are_told_with_their_place() {
    assert_eq!(
        issues("routing", "table: []"),
        "connectors::routing::table: invalid routing table: the routing table is empty (line 1, column 8)"
    );
    let yaml = r#"
table:
  - {pipelines: [logs/a]}
  - {condition: 'true', statement: 'route()', pipelines: [logs/a]}
  - {condition: 'true'}
  - {context: request, statement: 'route()', pipelines: [logs/a]}
  - {context: request, condition: 'request["x"] > "y"', pipelines: [logs/a]}
  - {context: scope, condition: 'true', pipelines: [logs/a]}
  - {context: log, condition: 'bodi == 1', pipelines: [logs/a]}
  - {statement: 'set(attributes["a"], 1)', pipelines: [logs/a]}
  - {condition: 'true', action: drop, pipelines: [logs/a]}
"#;
    let told = issues("routing", yaml);
    for expected in [
        "connectors::routing::table[0]: invalid route: no condition or statement provided (line 3",
        "connectors::routing::table[1]: invalid route: both condition and statement provided (line 4",
        "connectors::routing::table[2]: invalid route: no pipelines defined (line 5",
        "connectors::routing::table[3]::statement: \"request\" context requires a 'condition' (line 6",
        "connectors::routing::table[4]::condition: condition does not contain a valid comparator (line 7",
        "connectors::routing::table[5]::context: invalid context: scope, valid are resource, span, ",
        "connectors::routing::table[6]::condition: unable to parse OTTL condition \"bodi == 1\": 1:1:",
        "connectors::routing::table[7]::statement: unable to parse OTTL statement",
        "connectors::routing::table[8]::action: invalid action: drop, valid are move, copy (line 11",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
}

#[test]
fn keys_that_the_collector_removed_are_unknown() {
    let told = issues("routing", "match_once: true\ntable: [{condition: 'true', pipelines: [logs/a]}]");
    assert!(told.starts_with("connectors::routing::match_once: unknown key"), "{told}");
    let told = issues("routing", "table: [{condition: 'true', pipelines: [log/a]}]");
    assert!(told.contains("unknown pipeline signal: \"log\""), "{told}");
}

#[test]
fn pipelines_that_do_not_receive_from_it_are_told() {
    let yaml = "
default_pipelines: [logs/a, logs/x]
table:
  - {context: span, condition: 'true', pipelines: [logs/a, traces]}
  - {context: span, statement: 'route() where true', pipelines: [logs/a]}
";
    let told = issues_with("routing", yaml, (Signal::Logs, Signal::Logs), &["logs/a".parse().unwrap()]);
    for expected in [
        "connectors::routing::default_pipelines[1]: pipeline not found: \"logs/x\" is no logs pipeline",
        "connectors::routing::table[0]::pipelines[1]: pipeline not found: \"traces\" is no logs pipeline",
        "connectors::routing::table[0]::context: logs have no span context, so this route never matches",
        "connectors::routing::table[1]: a route before this one asks the same, so this one is ignored",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
}

#[test]
fn conditions_on_requests_are_one_comparison() {
    for wrong in [
        "",
        "request[\"a\"] = \"b\"",
        "request[\"a\"] == \"b\" != \"c\"",
        "request['a'] == \"b\"",
        "attributes[\"a\"] == \"b\"",
        "request[\"a\"] == b",
        "request[\"a\"] == \"",
    ] {
        assert!(RequestCondition::parse(wrong).is_err(), "{wrong}");
    }
    assert!(RequestCondition::parse(" request[\"a b\"]!=\"\" ").is_ok());
}
