//! Spans.

use std::ops::Range;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use super::{Found, resource, scope, seal, text, time};

/// Spans with these numbers.
pub(super) fn request(generator: usize, sequences: Range<u64>) -> Bytes {
    let spans = sequences.map(|sequence| seal(span(sequence), generator, sequence)).collect();
    let scope_spans = vec![ScopeSpans { scope: Some(scope()), spans, ..ScopeSpans::default() }];
    let resource_spans =
        vec![ResourceSpans { resource: Some(resource()), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec().into()
}

fn span(sequence: u64) -> Span {
    Span {
        trace_id: (u128::from(sequence) + 1).to_be_bytes().to_vec(),
        span_id: (sequence + 1).to_be_bytes().to_vec(),
        name: format!("GET /orders/{}", sequence % 977),
        kind: 2,
        start_time_unix_nano: time(sequence),
        end_time_unix_nano: time(sequence) + 5_000_000,
        attributes: vec![text("http.request.method", "GET"), text("url.path", "/orders")],
        ..Span::default()
    }
}

/// Enters every span of a request.
pub(super) fn inspect(request: ExportTraceServiceRequest, found: &mut Found) {
    for entry in request.resource_spans {
        for scope in entry.scope_spans {
            let intact = found.holder(entry.resource.clone(), scope.scope.as_ref());
            scope.spans.into_iter().for_each(|span| found.enter(span, intact));
        }
    }
}
