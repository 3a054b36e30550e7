//! Edits against the same edits made with the reference codec.

use bytes::Bytes;
use opentelemetry_proto::tonic::common::v1::{AnyValue as ProtoValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use proptest::prelude::*;
use prost::Message as _;

use super::{check, logs, traces};
use crate::testing::{self, Logs, Metrics, Traces, assert_same};
use crate::{Attributes, Batch, Signal, Verdict};

/// What the tests do to a list of attributes, in both worlds.
fn edit(attributes: &mut Attributes<'_>) {
    let first = attributes.iter().next().map(|(key, _)| key.to_owned());
    if let Some(key) = first {
        attributes.remove(&key);
    }
    attributes.upsert("added", "value");
    attributes.upsert("number", 7i64);
    attributes.upsert("number", 8i64);
}

fn edit_proto(attributes: &mut Vec<KeyValue>) {
    if let Some(key) = attributes.first().map(|a| a.key.clone()) {
        attributes.retain(|a| a.key != key);
    }
    for (key, value) in [("added", Value::StringValue("value".into())), ("number", Value::IntValue(8))] {
        let value = Some(ProtoValue { value: Some(value) });
        match attributes.iter_mut().find(|a| a.key == key) {
            Some(found) => *found = KeyValue { key: key.to_owned(), value, ..Default::default() },
            None => attributes.push(KeyValue { key: key.to_owned(), value, ..Default::default() }),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn editing_resources_is_what_the_reference_does(mut message in testing::traces()) {
        let mut batch = traces(&message);
        batch.edit_resources(|resource| edit(resource.attributes_mut()));
        check(&batch);
        for entry in &mut message.resource_spans {
            edit_proto(&mut entry.resource.get_or_insert_default().attributes);
        }
        assert_same(&format!("{:?}", Traces::decode(batch.to_bytes()).unwrap()), &format!("{message:?}"));
        // Once more on heads that an edit wrote.
        batch.edit_resources(|resource| {
            edit(resource.attributes_mut());
            resource.set_schema_url("https://example.test/1");
            resource.set_dropped_attributes_count(3);
        });
        check(&batch);
        for entry in &mut message.resource_spans {
            entry.schema_url = "https://example.test/1".into();
            let resource = entry.resource.get_or_insert_default();
            edit_proto(&mut resource.attributes);
            resource.dropped_attributes_count = 3;
        }
        assert_same(&format!("{:?}", Traces::decode(batch.to_bytes()).unwrap()), &format!("{message:?}"));
        // And what the last edit put into the head stays there.
        batch.edit_resources(|resource| resource.set_dropped_attributes_count(4));
        for entry in &mut message.resource_spans {
            entry.resource.get_or_insert_default().dropped_attributes_count = 4;
        }
        assert_same(&format!("{:?}", Traces::decode(batch.to_bytes()).unwrap()), &format!("{message:?}"));
    }

    #[test]
    fn editing_spans_is_what_the_reference_does(mut message in testing::traces(), every in 1usize..4) {
        let mut batch = traces(&message);
        let mut seen = 0;
        batch.edit_spans(|ctx, span| {
            seen += 1;
            if seen % 4 == every {
                return Verdict::Drop;
            }
            if seen % 3 == 0 {
                edit(span.attributes_mut());
                span.set_name("renamed");
                span.set_status_code(2);
                span.set_trace_state("");
                span.set_kind(-1);
                span.edit_events(|_, event| {
                    event.set_name("event");
                    Verdict::Keep
                });
                span.edit_links(|_| Verdict::Drop);
            }
            if seen % 5 == 0 {
                ctx.scope_mut().set_name("scope");
                ctx.scope_mut().set_schema_url("");
                ctx.resource_mut().attributes_mut().upsert("seen", true);
            }
            Verdict::Keep
        });
        check(&batch);
        let mut seen = 0;
        message.resource_spans.retain_mut(|entry| {
            let mut gone = false;
            let resource = &mut entry.resource;
            entry.scope_spans.retain_mut(|scope| {
                let before = scope.spans.len();
                let head = (&mut scope.scope, &mut scope.schema_url);
                scope.spans.retain_mut(|span| {
                    seen += 1;
                    if seen % 4 == every {
                        return false;
                    }
                    if seen % 3 == 0 {
                        edit_proto(&mut span.attributes);
                        span.name = "renamed".into();
                        if span.status.as_ref().map_or(0, |s| s.code) != 2 {
                            span.status.get_or_insert_default().code = 2;
                        }
                        span.trace_state.clear();
                        span.kind = -1;
                        span.events.iter_mut().for_each(|event| event.name = "event".into());
                        span.links.clear();
                    }
                    if seen % 5 == 0 {
                        head.0.get_or_insert_default().name = "scope".into();
                        head.1.clear();
                        let attributes = &mut resource.get_or_insert_default().attributes;
                        let value = Some(ProtoValue { value: Some(Value::BoolValue(true)) });
                        match attributes.iter_mut().find(|a| a.key == "seen") {
                            Some(found) => found.value = value,
                            None => attributes.push(KeyValue { key: "seen".into(), value, ..Default::default() }),
                        }
                    }
                    true
                });
                let empty = scope.spans.is_empty() && before > 0;
                gone |= empty;
                !empty
            });
            !(gone && entry.scope_spans.is_empty())
        });
        assert_same(&format!("{:?}", Traces::decode(batch.to_bytes()).unwrap()), &format!("{message:?}"));
    }

    #[test]
    fn editing_log_records_is_what_the_reference_does(mut message in testing::logs()) {
        let mut batch = logs(&message);
        batch.edit_log_records(|_, record| {
            if record.severity_number() > 12 {
                return Verdict::Drop;
            }
            edit(record.attributes_mut());
            record.set_body("body");
            record.set_severity_text("INFO");
            record.set_trace_id([7; 16]);
            record.set_span_id([0; 8]);
            record.set_observed_time_unix_nano(9);
            Verdict::Keep
        });
        check(&batch);
        message.resource_logs.retain_mut(|entry| {
            let before = entry.scope_logs.len();
            entry.scope_logs.retain_mut(|scope| {
                let before = scope.log_records.len();
                scope.log_records.retain_mut(|record| {
                    edit_proto(&mut record.attributes);
                    record.body = Some(ProtoValue { value: Some(Value::StringValue("body".into())) });
                    record.severity_text = "INFO".into();
                    record.trace_id = vec![7; 16];
                    record.span_id = Vec::new();
                    record.observed_time_unix_nano = 9;
                    record.severity_number <= 12
                });
                !(scope.log_records.is_empty() && before > 0)
            });
            !(entry.scope_logs.is_empty() && before > 0)
        });
        assert_same(&format!("{:?}", Logs::decode(batch.to_bytes()).unwrap()), &format!("{message:?}"));
    }

    #[test]
    fn editing_points_is_what_the_reference_does(mut message in testing::metrics()) {
        let mut batch =
            Batch::from_protobuf(Signal::Metrics, Bytes::from(message.encode_to_vec())).unwrap();
        let metrics: usize =
            message.resource_metrics.iter().flat_map(|r| &r.scope_metrics).map(|s| s.metrics.len()).sum();
        prop_assert_eq!(batch.metrics(), metrics);
        batch.edit_data_points(|_, metric, point| {
            edit(point.attributes_mut());
            metric.set_unit("s");
            point.set_time_unix_nano(5);
            point.set_flags(1);
            Verdict::Keep
        });
        batch.edit_metrics(|_, metric| {
            metric.set_is_monotonic(true);
            metric.set_aggregation_temporality(1);
            Verdict::Keep
        });
        check(&batch);
        macro_rules! points {
            ($metric:ident, $data:ident) => {
                for point in &mut $data.data_points {
                    $metric.unit = "s".into();
                    edit_proto(&mut point.attributes);
                    (point.time_unix_nano, point.flags) = (5, 1);
                }
            };
        }
        for metric in
            message.resource_metrics.iter_mut().flat_map(|r| &mut r.scope_metrics).flat_map(|s| &mut s.metrics)
        {
            match &mut metric.data {
                None => {}
                Some(Data::Gauge(data)) => points!(metric, data),
                Some(Data::Summary(data)) => points!(metric, data),
                Some(Data::Sum(data)) => {
                    points!(metric, data);
                    (data.aggregation_temporality, data.is_monotonic) = (1, true);
                }
                Some(Data::Histogram(data)) => {
                    points!(metric, data);
                    data.aggregation_temporality = 1;
                }
                Some(Data::ExponentialHistogram(data)) => {
                    points!(metric, data);
                    data.aggregation_temporality = 1;
                }
            }
        }
        assert_same(&format!("{:?}", Metrics::decode(batch.to_bytes()).unwrap()), &format!("{message:?}"));
    }

    #[test]
    fn dropping_all_points_leaves_only_what_had_none(message in testing::metrics()) {
        let mut batch =
            Batch::from_protobuf(Signal::Metrics, Bytes::from(message.encode_to_vec())).unwrap();
        batch.edit_data_points(|_, _, _| Verdict::Drop);
        check(&batch);
        prop_assert_eq!(batch.items(), 0);
    }

    #[test]
    fn looking_without_changing_keeps_the_bytes(message in testing::traces()) {
        let mut batch = traces(&message);
        batch.edit_resources(|resource| {
            let attributes: Vec<_> =
                resource.attributes().iter().map(|(key, value)| (key.to_owned(), value.clone().into_owned())).collect();
            // Equal to what the first attribute of that key holds already.
            if let Some((key, value)) = attributes.first() {
                resource.attributes_mut().upsert(key.clone(), value.clone());
            }
            let url = resource.schema_url().to_owned();
            resource.set_schema_url(url);
        });
        let before: Vec<_> = batch.segments().map(|s| s.as_ptr()).collect();
        batch.edit_spans(|ctx, span| {
            let name = span.name().to_owned();
            span.set_name(&name);
            let (code, text) = (span.status_code(), span.status_message().to_owned());
            span.set_status_code(code);
            span.set_status_message(&text);
            let _ = (span.attributes().len(), ctx.scope().name(), ctx.resource().attributes().len());
            Verdict::Keep
        });
        prop_assert_eq!(batch.segments().map(|s| s.as_ptr()).collect::<Vec<_>>(), before);
        prop_assert_eq!(batch.to_bytes(), Bytes::from(message.encode_to_vec()));
    }
}

/// A request with three entries of one empty span each, the middle one with a resource attribute `k`.
fn three_entries() -> Bytes {
    let entry = [0x0A, 0x04, 0x12, 0x02, 0x12, 0x00];
    let marked = [
        0x0A, 0x10, 0x0A, 0x0A, 0x0A, 0x08, 0x0A, 0x01, b'k', 0x12, 0x03, 0x0A, 0x01, b'v', 0x12, 0x02, 0x12,
        0x00,
    ];
    Bytes::from([&entry[..], &marked, &entry].concat())
}

#[test]
fn a_resource_edit_shares_the_records_and_the_entries_around() {
    let bytes = three_entries();
    let mut batch = Batch::from_protobuf(Signal::Traces, bytes.clone()).unwrap();
    batch.edit_resources(|resource| {
        resource.attributes_mut().update("k", "changed");
    });
    check(&batch);
    let segments: Vec<_> = batch.segments().collect();
    let within = |segment: &Bytes| bytes.as_ptr_range().contains(&segment.as_ptr());
    assert_eq!(segments.iter().map(|segment| within(segment)).collect::<Vec<_>>(), [true, false, true, true]);
    assert_eq!((batch.items(), batch.resource_count()), (3, 3));
}

#[test]
fn fields_nobody_knows_survive_an_edit() {
    // A log record with unknown field 100 (varint 1) before and after its body, in a scope with one, too.
    let record = [0xA0, 0x06, 0x01, 0x2A, 0x00, 0xA0, 0x06, 0x02];
    let scope = [&[0x12, 8][..], &record, &[0xA0, 0x06, 0x03]].concat();
    let request = [&[0x0A, 15, 0x12, 13][..], &scope].concat();
    let mut batch = Batch::from_protobuf(Signal::Logs, Bytes::from(request)).unwrap();
    batch.edit_log_records(|_, record| {
        record.set_event_name("e");
        Verdict::Keep
    });
    check(&batch);
    let bytes = batch.to_bytes();
    for value in 1..=3 {
        assert!(bytes.windows(3).any(|window| window == [0xA0, 0x06, value]));
    }
}

#[test]
fn a_resource_or_scope_met_twice_is_one() {
    let resource = |key: u8| [0x0A, 0x0A, 0x0A, 0x08, 0x0A, 0x01, key, 0x12, 0x03, 0x0A, 0x01, b'v'];
    let scope =
        [&[0x12, 0x0C][..], &[0x0A, 0x03, 0x0A, 0x01, b'a'], &[0x0A, 0x03, 0x12, 0x01, b'b'], &[0x12, 0x00]]
            .concat();
    let entry = [&resource(b'x')[..], &scope, &resource(b'y')].concat();
    let request = [&[0x0A, u8::try_from(entry.len()).unwrap()][..], &entry].concat();
    let mut batch = Batch::from_protobuf(Signal::Traces, Bytes::from(request)).unwrap();
    let mut seen = Vec::new();
    batch.edit_spans(|ctx, span| {
        seen = ctx.resource().attributes().iter().map(|(key, _)| key.to_owned()).collect();
        seen.extend([ctx.scope().name().to_owned(), ctx.scope().version().to_owned()]);
        span.set_name("n");
        Verdict::Keep
    });
    assert_eq!(seen, ["x", "y", "a", "b"]);
    check(&batch);
    let message = Traces::decode(batch.to_bytes()).unwrap();
    let entry = &message.resource_spans[0];
    assert_eq!(entry.resource.as_ref().unwrap().attributes.len(), 2);
    assert_eq!(entry.scope_spans[0].scope.as_ref().unwrap().version, "b");
}
