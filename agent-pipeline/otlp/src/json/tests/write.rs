//! What a document looks like.

use bytes::Bytes;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
    NumberDataPoint, ResourceMetrics, ScopeMetrics, Summary, SummaryDataPoint, metric::Data,
    number_data_point::Value, summary_data_point::ValueAtQuantile,
};
use prost::Message as _;

use crate::testing::Metrics;
use crate::{Batch, Signal};

fn written(signal: Signal, bytes: Vec<u8>) -> String {
    let mut out = Vec::new();
    Batch::from_protobuf(signal, Bytes::from(bytes)).unwrap().write_json(&mut out);
    String::from_utf8(out).unwrap()
}

fn metric(data: Data) -> String {
    let metric = Metric { data: Some(data), ..Default::default() };
    let scope = ScopeMetrics { metrics: vec![metric], ..Default::default() };
    let entry = ResourceMetrics { scope_metrics: vec![scope], ..Default::default() };
    let text = written(Signal::Metrics, Metrics { resource_metrics: vec![entry] }.encode_to_vec());
    let start = r#"{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"scope":{},"metrics":["#;
    text.strip_prefix(start).and_then(|text| text.strip_suffix("]}]}]}")).expect(&text).to_owned()
}

#[test]
fn optional_numbers_are_written_even_when_zero_and_others_are_not() {
    let point = HistogramDataPoint {
        sum: Some(0.0),
        min: Some(0.0),
        bucket_counts: vec![0, 5],
        ..Default::default()
    };
    assert_eq!(
        metric(Data::Histogram(Histogram { data_points: vec![point], aggregation_temporality: 0 })),
        r#"{"histogram":{"dataPoints":[{"sum":0.0,"bucketCounts":["0","5"],"min":0.0}]}}"#
    );
    let point = NumberDataPoint { value: Some(Value::AsInt(0)), ..Default::default() };
    assert_eq!(
        metric(Data::Gauge(Gauge { data_points: vec![point] })),
        r#"{"gauge":{"dataPoints":[{"asInt":"0"}]}}"#
    );
    assert_eq!(metric(Data::Gauge(Gauge::default())), r#"{"gauge":{}}"#);
}

#[test]
fn buckets_are_always_written_and_summaries_are_plain() {
    let point = ExponentialHistogramDataPoint { scale: -3, ..Default::default() };
    assert_eq!(
        metric(Data::ExponentialHistogram(ExponentialHistogram {
            data_points: vec![point],
            aggregation_temporality: 2
        })),
        r#"{"exponentialHistogram":{"dataPoints":[{"scale":-3,"positive":{},"negative":{}}],"aggregationTemporality":2}}"#
    );
    let quantile = ValueAtQuantile { quantile: 0.0, value: f64::NAN };
    let point = SummaryDataPoint { quantile_values: vec![quantile], ..Default::default() };
    assert_eq!(
        metric(Data::Summary(Summary { data_points: vec![point] })),
        r#"{"summary":{"dataPoints":[{"quantileValues":[{"value":"NaN"}]}]}}"#
    );
}

#[test]
fn strings_are_escaped_as_json_demands() {
    // A log record whose severity text is all of ASCII below the space, the quote, the backslash and a bit more.
    let text: String = (0u8..0x20).map(char::from).chain("\"\\/é\u{2028}".chars()).collect();
    let mut record = vec![0x1A, u8::try_from(text.len()).unwrap()];
    record.extend_from_slice(text.as_bytes());
    let len = u8::try_from(record.len()).unwrap();
    let json = written(Signal::Logs, [&[0x0A, len + 4, 0x12, len + 2, 0x12, len][..], &record].concat());
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(parsed["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["severityText"], text);
    assert!(json.contains(r"\u0000\u0001") && json.contains(r"\t\n") && json.contains(r"\u001f"));
}

#[test]
fn what_the_wire_says_twice_is_written_once() {
    // status{code 1}, status{message "m"}, kind 1, kind 2 in a span.
    let span = [0x7A, 2, 0x18, 1, 0x7A, 3, 0x12, 1, b'm', 0x30, 1, 0x30, 2];
    let json = written(Signal::Traces, [&[0x0A, 17, 0x12, 15, 0x12, 13][..], &span].concat());
    assert!(json.contains(r#"{"kind":2,"status":{"message":"m","code":1}}"#), "{json}");
    // gauge{point} sum{} sum{monotonic}: the gauge is gone, the sums are one.
    let metric = [0x2A, 2, 0x0A, 0, 0x3A, 0, 0x3A, 2, 0x18, 1];
    let json = written(Signal::Metrics, [&[0x0A, 14, 0x12, 12, 0x12, 10][..], &metric].concat());
    assert!(json.contains(r#"[{"sum":{"isMonotonic":true}}]"#), "{json}");
    // A body with the lists [1], then a string, then the lists [2] and [3]: what came before the string is gone.
    let list = |number| [0x2A, 4, 0x0A, 2, 0x18, number];
    let body = [&list(1)[..], &[0x0A, 1, b'x'], &list(2), &list(3)].concat();
    let json = written(Signal::Logs, [&[0x0A, 27, 0x12, 25, 0x12, 23, 0x2A, 21][..], &body].concat());
    assert!(
        json.contains(r#""body":{"arrayValue":{"values":[{"intValue":"2"},{"intValue":"3"}]}}"#),
        "{json}"
    );
    // Packed and unpacked elements of one list.
    let point = [0x31, 1, 0, 0, 0, 0, 0, 0, 0, 0x32, 8, 2, 0, 0, 0, 0, 0, 0, 0];
    let metric = [&[0x4A, 21, 0x0A, 19][..], &point].concat();
    let json = written(Signal::Metrics, [&[0x0A, 27, 0x12, 25, 0x12, 23][..], &metric].concat());
    assert!(json.contains(r#""bucketCounts":["1","2"]"#), "{json}");
}

#[test]
fn a_head_that_an_edit_wrote_is_part_of_the_document() {
    let mut batch =
        Batch::from_protobuf(Signal::Logs, Bytes::from_static(&[0x0A, 0x04, 0x12, 0x02, 0x12, 0x00]))
            .unwrap();
    batch.edit_resources(|resource| {
        resource.attributes_mut().upsert("k", 1i64);
        resource.set_schema_url("u");
    });
    let mut out = Vec::new();
    batch.write_json(&mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"k","value":{"intValue":"1"}}]},"scopeLogs":[{"scope":{},"logRecords":[{"body":{}}]}],"schemaUrl":"u"}]}"#
    );
}
