//! A change to any part of an item is seen.

use agent_testkit::otlp_backend::{Message, Signal};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use super::*;

fn logs() -> ExportLogsServiceRequest {
    ExportLogsServiceRequest::decode(request(Signal::Logs, 3, 7..9)).unwrap()
}

#[test]
fn items_come_back_under_their_names() {
    let names = [Name { generator: 3, sequence: 7 }, Name { generator: 3, sequence: 8 }];
    let traces = ExportTraceServiceRequest::decode(request(Signal::Traces, 3, 7..9)).unwrap();
    let metrics = ExportMetricsServiceRequest::decode(request(Signal::Metrics, 3, 7..9)).unwrap();
    for message in [Message::Logs(logs()), Message::Traces(traces), Message::Metrics(metrics)] {
        let found = inspect(message);
        assert_eq!((found.intact.as_slice(), found.altered), (names.as_slice(), 0));
    }
}

#[test]
fn a_mark_on_the_resource_is_seen_and_allowed() {
    let mut request = logs();
    request.resource_logs[0].resource.as_mut().unwrap().attributes.push(text(MARK, "m1"));
    let found = inspect(Message::Logs(request));
    assert_eq!((found.intact.len(), found.altered, found.mark.as_deref()), (2, 0, Some("m1")));
}

#[test]
fn whatever_else_is_changed_makes_an_item_altered() {
    type Change = fn(&mut ExportLogsServiceRequest);
    let changes: [(u64, Change); 6] = [
        (1, |request| request.resource_logs[0].scope_logs[0].log_records[0].severity_number = 10),
        (1, |request| request.resource_logs[0].scope_logs[0].log_records[1].body = None),
        (1, |request| {
            request.resource_logs[0].scope_logs[0].log_records[0].attributes.insert(0, text("a", "b"));
        }),
        (1, |request| {
            request.resource_logs[0].scope_logs[0].log_records[0].attributes.pop();
        }),
        (2, |request| request.resource_logs[0].scope_logs[0].scope = None),
        (2, |request| {
            request.resource_logs[0].resource.as_mut().unwrap().attributes.push(text("a", "b"));
        }),
    ];
    for (altered, change) in changes {
        let mut request = logs();
        change(&mut request);
        assert_eq!(inspect(Message::Logs(request)).altered, altered);
    }
}
