//! Splitting: nothing lost, nothing moved, every part valid.

use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;

use super::{check, logs, traces};
use crate::testing::{self, Logs, Traces};
use crate::{Batch, Signal};

/// Every item with the resource and scope around it, in order, without schema urls.
fn items(batch: &Batch) -> Vec<String> {
    let mut items = Vec::new();
    for entry in batch.resources() {
        let resource = format!("{:?}", entry.resource().attributes().iter().collect::<Vec<_>>());
        for scope in entry.scopes() {
            let context = format!("{resource} {} {}", scope.scope().name(), scope.scope().version());
            items.extend(scope.spans().map(|span| format!("{context} {:?}", span.message.raw())));
            items.extend(scope.log_records().map(|record| format!("{context} {:?}", record.message.raw())));
            for metric in scope.metrics() {
                let about = format!(
                    "{context} {} {} {:?} {} {}",
                    metric.name(),
                    metric.unit(),
                    metric.kind(),
                    metric.aggregation_temporality(),
                    metric.is_monotonic()
                );
                items.extend(metric.points().map(|point| format!("{about} {:?}", point.message.raw())));
            }
        }
    }
    items
}

fn split_all(mut batch: Batch, size: usize) {
    let expected = items(&batch);
    let total = batch.items();
    let mut got = Vec::new();
    loop {
        let part = batch.split_front(size);
        check(&part);
        check(&batch);
        assert_eq!(part.items(), size.min(total - got.len()));
        got.extend(items(&part));
        if batch.is_empty() {
            break;
        }
    }
    assert_eq!(got, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spans_keep_their_order_and_context(message in testing::traces(), size in 1usize..8, edited in any::<bool>()) {
        let mut batch = traces(&message);
        if edited {
            batch.edit_resources(|resource| resource.attributes_mut().upsert("k", "v"));
        }
        split_all(batch, size);
    }

    #[test]
    fn log_records_keep_their_order_and_context(a in testing::logs(), b in testing::logs(), size in 1usize..8) {
        let mut batch = logs(&a);
        batch.append(logs(&b)).unwrap();
        split_all(batch, size);
    }

    #[test]
    fn points_keep_their_order_and_metric(message in testing::metrics(), size in 1usize..8) {
        split_all(Batch::from_protobuf(Signal::Metrics, Bytes::from(message.encode_to_vec())).unwrap(), size);
    }
}

fn one_entry(records: usize) -> Logs {
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
    let record = |time_unix_nano| LogRecord { time_unix_nano, ..Default::default() };
    let scope = ScopeLogs {
        log_records: (0..records as u64).map(record).collect(),
        schema_url: "scope".into(),
        ..Default::default()
    };
    Logs {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![scope],
            schema_url: "entry".into(),
            ..Default::default()
        }],
    }
}

#[test]
fn the_front_of_a_cut_loses_the_schema_urls_and_the_remainder_keeps_them() {
    let mut batch = logs(&one_entry(10));
    let front = Logs::decode(batch.split_front(4).to_bytes()).unwrap();
    let back = Logs::decode(batch.to_bytes()).unwrap();
    let urls = |message: &Logs| {
        let last = message.resource_logs.last().unwrap();
        [last.schema_url.clone(), last.scope_logs[0].schema_url.clone()]
    };
    assert_eq!(urls(&front), ["", ""]);
    assert_eq!(urls(&back), ["entry", "scope"]);
}

#[test]
fn a_schema_url_that_an_edit_set_stays_with_the_remainder() {
    let mut message = one_entry(3);
    message.resource_logs[0].schema_url.clear();
    let mut batch = logs(&message);
    batch.edit_resources(|resource| resource.set_schema_url("set"));
    let front = Logs::decode(batch.split_front(1).to_bytes()).unwrap();
    let back = Logs::decode(batch.to_bytes()).unwrap();
    let url = |message: &Logs| message.resource_logs.last().unwrap().schema_url.clone();
    assert_eq!((url(&front), url(&back)), (String::new(), "set".to_owned()));
}

#[test]
fn whole_entries_move_without_copying() {
    let message: Traces = Traces::default();
    assert!(traces(&message).split_front(5).is_empty());
    let bytes = Bytes::from([0x0A, 0x04, 0x12, 0x02, 0x12, 0x00].repeat(3));
    let mut batch = Batch::from_protobuf(Signal::Traces, bytes.clone()).unwrap();
    let front = batch.split_front(2);
    assert_eq!(front.segments().next().unwrap().as_ptr(), bytes.as_ptr());
    assert_eq!(batch.segments().next().unwrap().as_ptr(), bytes[12..].as_ptr());
    assert_eq!((front.items(), batch.items()), (2, 1));
}

#[test]
fn many_small_cuts_of_one_huge_entry_stay_cheap() {
    let mut batch = logs(&one_entry(20_000));
    let mut parts = 0;
    while !batch.is_empty() {
        assert_eq!(batch.split_front(1).items(), 1);
        parts += 1;
        // The remainder never becomes many small pieces.
        assert!(batch.segments().count() < 100);
    }
    assert_eq!(parts, 20_000);
}

#[test]
fn taking_nothing_takes_nothing() {
    let mut batch = logs(&one_entry(3));
    assert!(batch.split_front(0).is_empty());
    assert_eq!(batch.items(), 3);
}
