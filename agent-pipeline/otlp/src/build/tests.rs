//! What is built is what the reference codec reads.

use bytes::Bytes;

use crate::{Batch, BatchBuilder, MetricKind, NumberValue, Signal};

fn document(batch: &Batch) -> String {
    let again = Batch::from_protobuf(batch.signal(), batch.to_bytes()).unwrap();
    assert_eq!(again.items(), batch.items());
    let mut out = Vec::new();
    again.write_json(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn records_stand_in_their_scope_and_resource() {
    let host = String::from("h1");
    let mut builder = BatchBuilder::new(Signal::Logs);
    builder
        .resource(|resource| {
            resource.attributes_mut().upsert("host.name", host.as_str());
            resource.set_schema_url("r");
        })
        .scope(|scope| {
            scope.set_name("s");
            scope.set_schema_url("u");
        })
        .log_record(|record| record.set_body("one"))
        .log_record(|record| record.set_severity_number(9))
        .scope(|_| {})
        .log_record(|_| {})
        .span(|span| span.set_name("not a log record"))
        .resource(|_| {})
        .log_record(|_| {});
    assert_eq!(builder.items(), 4);
    assert_eq!(
        document(&builder.build()),
        concat!(
            r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"h1"}}]},"scopeLogs":["#,
            r#"{"scope":{"name":"s"},"logRecords":[{"body":{"stringValue":"one"}},{"severityNumber":9,"body":{}}],"schemaUrl":"u"},"#,
            r#"{"scope":{},"logRecords":[{"body":{}}]}],"schemaUrl":"r"},"#,
            r#"{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"body":{}}]}]}]}"#
        )
    );
}

#[test]
fn points_stand_in_their_metric() {
    let mut builder = BatchBuilder::new(Signal::Metrics);
    builder
        .point(|_| {})
        .metric(MetricKind::Sum, |metric| {
            metric.set_name("m");
            metric.set_unit("By");
            metric.set_is_monotonic(true);
            metric.set_aggregation_temporality(2);
        })
        .point(|point| point.set_value(NumberValue::Int(1)))
        .point(|point| {
            point.set_value(NumberValue::Double(2.0));
            point.attributes_mut().upsert("k", true);
        })
        .metric(MetricKind::Histogram, |metric| metric.set_name("h"))
        .point(|point| point.set_bucket_counts(&[1]))
        .metric(MetricKind::Gauge, |_| {});
    assert_eq!(
        document(&builder.build()),
        concat!(
            r#"{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"scope":{},"metrics":["#,
            r#"{"name":"m","unit":"By","sum":{"dataPoints":[{"asInt":"1"},"#,
            r#"{"attributes":[{"key":"k","value":{"boolValue":true}}],"asDouble":2.0}],"aggregationTemporality":2,"isMonotonic":true}},"#,
            r#"{"name":"h","histogram":{"dataPoints":[{"bucketCounts":["1"]}]}},{"gauge":{}}]}]}]}"#
        )
    );
}

#[test]
fn nothing_built_is_an_empty_batch() {
    let batch = BatchBuilder::new(Signal::Traces).build();
    assert_eq!((batch.items(), batch.to_bytes()), (0, Bytes::new()));
    let mut builder = BatchBuilder::new(Signal::Traces);
    builder.span(|span| span.set_trace_id([1; 16]));
    assert_eq!(builder.build().items(), 1);
}

#[test]
fn levels_of_another_batch_are_copied_whole() {
    let mut builder = BatchBuilder::new(Signal::Traces);
    builder.resource(|resource| {
        resource.attributes_mut().upsert("a", "b");
        resource.set_schema_url("one");
    });
    builder.scope(|scope| {
        scope.set_name("s");
        scope.set_schema_url("two");
    });
    builder.span(|span| span.set_name("work"));
    let original = builder.build();
    let mut copy = BatchBuilder::new(Signal::Traces);
    for entry in original.resources() {
        copy.resource(|resource| *resource = entry.resource());
        for scope in entry.scopes() {
            copy.scope(|out| *out = scope.scope());
            for span in scope.spans() {
                copy.span(|out| *out = span);
            }
        }
    }
    assert_eq!(copy.build().to_bytes(), original.to_bytes());
}
