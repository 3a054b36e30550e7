//! The layouts of all verbosities, and where they are written.

use std::time::Duration;

use agent_otlp::{AnyValue, Batch, Signal};

use super::sampling::Sampling;
use super::values::{number, plain, time, typed};
use super::*;
use crate::testing::{Logged, block, context, good, json, problems};
use crate::wrapper::Sender;

fn traces() -> Batch {
    json(
        Signal::Traces,
        r#"{"resourceSpans":[{"schemaUrl":"https://s/1","resource":{"attributes":[
            {"key":"service.name","value":{"stringValue":"shop"}},{"key":"n","value":{"intValue":"3"}}]},
          "scopeSpans":[{"scope":{"name":"lib","version":"1.0","attributes":[{"key":"a","value":{"boolValue":true}}]},
            "spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"GET /",
              "kind":2,"startTimeUnixNano":"1581452772000000321","endTimeUnixNano":"1581452773000000000",
              "attributes":[{"key":"k","value":{"doubleValue":1.5}}],
              "events":[{"name":"e","timeUnixNano":"1581452772000000123","attributes":[{"key":"x","value":{"stringValue":"y"}}]}],
              "links":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}],
              "status":{"code":2,"message":"bad"}}]}]}]}"#,
    )
}

fn metrics() -> Batch {
    json(
        Signal::Metrics,
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
          {"name":"requests","unit":"1","sum":{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[
            {"asInt":"7","attributes":[{"key":"a","value":{"stringValue":"b"}},{"key":"c","value":{"stringValue":"d"}}]}]}},
          {"name":"latency","histogram":{"aggregationTemporality":1,"dataPoints":[
            {"count":"2","sum":3,"min":1,"max":2,"explicitBounds":[1.5],"bucketCounts":["1","1"]}]}},
          {"name":"q","summary":{"dataPoints":[{"count":"2","sum":3,"quantileValues":[{"quantile":0.5,"value":1.5}]}]}}
        ]}]}]}"#,
    )
}

fn logs() -> Batch {
    json(
        Signal::Logs,
        r#"{"resourceLogs":[{"scopeLogs":[{"scope":{"name":"lib"},"logRecords":[
          {"timeUnixNano":"1581452773000000789","severityNumber":9,"severityText":"Info","body":{"stringValue":"hello"},
           "attributes":[{"key":"app","value":{"stringValue":"server"}}]}]}]}]}"#,
    )
}

#[test]
fn normal_is_a_line_for_each_resource_scope_and_item() {
    assert_eq!(
        normal::write(&traces()),
        "ResourceTraces #0 [https://s/1] service.name=shop n=3\n\
         ScopeTraces #0 lib@1.0 a=true\n\
         GET / 0102030405060708090a0b0c0d0e0f10 0102030405060708 k=1.5\n"
    );
    assert_eq!(
        normal::write(&metrics()),
        "ResourceMetrics #0\n\
         ScopeMetrics #0\n\
         requests{a=b,c=d} 7\n\
         latency{} count=2 sum=3 min=1 max=2 le1.5=1 1\n\
         q{} count=2 sum=3 q0.5=1.5\n"
    );
    assert_eq!(normal::write(&logs()), "ResourceLog #0\nScopeLog #0 lib\nhello app=server\n");
}

#[test]
fn detailed_shows_every_field_of_spans() {
    let expected = "\
ResourceSpans #0
Resource SchemaURL: https://s/1
Resource attributes:
     -> service.name: Str(shop)
     -> n: Int(3)
ScopeSpans #0
ScopeSpans SchemaURL: 
InstrumentationScope lib 1.0
InstrumentationScope attributes:
     -> a: Bool(true)
Span #0
    Trace ID       : 0102030405060708090a0b0c0d0e0f10
    Parent ID      : 
    ID             : 0102030405060708
    Name           : GET /
    Kind           : Server
    Start time     : 2020-02-11 20:26:12.000000321 +0000 UTC
    End time       : 2020-02-11 20:26:13 +0000 UTC
    Status code    : Error
    Status message : bad
Attributes:
     -> k: Double(1.5)
Events:
SpanEvent #0
     -> Name: e
     -> Timestamp: 2020-02-11 20:26:12.000000123 +0000 UTC
     -> DroppedAttributesCount: 0
     -> Attributes::
          -> x: Str(y)
Links:
SpanLink #0
     -> Trace ID: 0102030405060708090a0b0c0d0e0f10
     -> ID: 0102030405060708
     -> TraceState: 
     -> DroppedAttributesCount: 0
";
    assert_eq!(detailed::write(&traces()), expected);
}

#[test]
fn detailed_shows_every_field_of_log_records() {
    let expected = "\
ResourceLog #0
Resource SchemaURL: 
ScopeLogs #0
ScopeLogs SchemaURL: 
InstrumentationScope lib 
LogRecord #0
ObservedTimestamp: 1970-01-01 00:00:00 +0000 UTC
Timestamp: 2020-02-11 20:26:13.000000789 +0000 UTC
SeverityText: Info
SeverityNumber: Info(9)
Body: Str(hello)
Attributes:
     -> app: Str(server)
Trace ID: 
Span ID: 
Flags: 0
";
    assert_eq!(detailed::write(&logs()), expected);
}

#[test]
fn detailed_shows_every_kind_of_point() {
    let text = detailed::write(&metrics());
    for expected in [
        "     -> DataType: Sum\n     -> IsMonotonic: true\n     -> AggregationTemporality: Cumulative\nNumberDataPoints #0\n",
        "Data point attributes:\n     -> a: Str(b)\n     -> c: Str(d)\nStartTimestamp: 1970-01-01 00:00:00 +0000 UTC\n",
        "Value: 7\n",
        "Count: 2\nSum: 3.000000\nMin: 1.000000\nMax: 2.000000\nExplicitBounds #0: 1.500000\nBuckets #0, Count: 1\nBuckets #1, Count: 1\n",
        "SummaryDataPoints #0\n",
        "QuantileValue #0: Quantile 0.500000, Value 1.500000\n",
    ] {
        assert!(text.contains(expected), "{expected}\n--- is not in ---\n{text}");
    }
    let exponential = json(
        Signal::Metrics,
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"e","exponentialHistogram":{"dataPoints":[
          {"count":"4","sum":1,"scale":0,"zeroCount":"1","positive":{"offset":0,"bucketCounts":["1","1"]},
           "negative":{"offset":0,"bucketCounts":["1"]}}]}}]}]}]}"#,
    );
    let text = detailed::write(&exponential);
    let buckets = "Bucket [-2.000000, -1.000000), Count: 1\nBucket [0, 0], Count: 1\n\
                   Bucket (1.000000, 2.000000], Count: 1\nBucket (2.000000, 4.000000], Count: 1\n";
    assert!(text.contains(buckets), "{text}");
}

#[test]
fn values_are_written_as_go_writes_them() {
    assert_eq!(number(0.5), "0.5");
    assert_eq!(number(3.0), "3");
    assert_eq!(number(1e21), "1e+21");
    assert_eq!(number(1.5e-7), "1.5e-07");
    assert_eq!(number(-2e300), "-2e+300");
    assert_eq!(number(f64::NEG_INFINITY), "-Inf");
    assert_eq!(time(0), "1970-01-01 00:00:00 +0000 UTC");
    assert_eq!(time(u64::MAX), "2554-07-21 23:34:33.709551615 +0000 UTC");
    let list = AnyValue::Array(vec![AnyValue::Int(1), AnyValue::String("a".into()), AnyValue::Empty]);
    assert_eq!(typed(&list), "Slice([1,\"a\",null])");
    assert_eq!(plain(&AnyValue::KvList(vec![("k".into(), AnyValue::Bool(false))])), "{\"k\":false}");
    assert_eq!(typed(&AnyValue::Bytes(vec![1, 2].into())), "Bytes(AQI=)");
}

#[tokio::test(start_paused = true)]
async fn the_first_of_each_second_are_shown_then_every_so_many() {
    let sampling = Sampling::new(2, 3);
    let shown = |n| (0..n).map(|_| u8::from(sampling.admit(Signal::Logs))).collect::<Vec<_>>();
    assert_eq!(shown(9), [1, 1, 0, 0, 1, 0, 0, 1, 0]);
    assert!(sampling.admit(Signal::Traces), "signals are counted apart");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(shown(3), [1, 1, 0]);
    let none = Sampling::new(1, 0);
    assert!(none.admit(Signal::Logs) && !none.admit(Signal::Logs));
}

#[test]
fn the_defaults_are_the_collectors() {
    let config: Config = good("");
    assert_eq!(
        (config.verbosity, config.sampling_initial, config.sampling_thereafter),
        (Verbosity::Basic, 2, 1)
    );
    assert!(config.use_internal_logger && config.sending_queue.is_none());
    let config: Config = good("{verbosity: detailed, sending_queue: {num_consumers: 2}}");
    assert!(config.sending_queue.is_some_and(|queue| queue.enabled));
    assert_eq!(problems::<Config>("{sampling_initial: -1}"), ["sampling_initial: must not be negative"]);
    assert_eq!(problems::<Config>("{verbosty: basic}"), ["verbosty: unknown key, did you mean verbosity?"]);
}

fn sender(yaml: &str) -> DebugSender {
    DebugSender::new(&good(yaml), context("debug/x").id)
}

#[tokio::test]
async fn the_agents_log_gets_the_counts_under_the_collectors_names() {
    let logged = Logged::start();
    for batch in [traces(), metrics(), logs()] {
        sender("").send(&batch).await.unwrap();
    }
    assert_eq!(
        logged.take(),
        [
            "INFO Traces component=debug/x resource spans=1 spans=1",
            "INFO Metrics component=debug/x resource metrics=1 metrics=3 data points=3",
            "INFO Logs component=debug/x resource logs=1 log records=1",
        ]
    );
    sender("{verbosity: normal}").send(&logs()).await.unwrap();
    let block = &logged.take()[1];
    assert!(block.starts_with("INFO ResourceLog #0\nScopeLog #0 lib\nhello app=server\n"), "{block}");
}

#[test]
fn standard_output_gets_time_level_and_fields_between_tabs() {
    let text = DebugSender::lines(&traces(), Some("block\n"));
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let [counts, block, empty] = lines.as_slice() else { panic!("{text}") };
    assert_eq!(counts[1..], ["info", "Traces", "{\"resource spans\": 1, \"spans\": 1}"]);
    assert_eq!(block[1..], ["info", "block"]);
    assert_eq!(*empty, [""]);
    assert!(counts[0].ends_with('Z') && counts[0].len() == "2026-01-31T08:30:00.000Z".len());
}

#[test]
fn every_key_of_the_collector_is_read() {
    let config: Config = block(include_str!("testdata/good.yaml"));
    assert_eq!((config.verbosity, config.sampling_thereafter), (Verbosity::Detailed, 200));
    assert_eq!(config.sending_queue.map(|queue| queue.queue_size), Some(10));
}
