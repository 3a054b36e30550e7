//! Spans of an HTTP server and its database calls.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;

use super::words::{METHODS, ROUTES, TABLES, pick};
use super::{id, integer, resource, scope, text, time};
use crate::scenario::ITEMS_PER_REQUEST;

/// One encoded request.
pub(super) fn request(random: &mut fastrand::Rng) -> Vec<u8> {
    let mut spans = Vec::new();
    let mut trace = id(random, 16);
    let mut parent = Vec::new();
    for index in 0..ITEMS_PER_REQUEST {
        if index % 5 == 0 {
            (trace, parent) = (id(random, 16), Vec::new());
        }
        let span = if parent.is_empty() { server(random) } else { database(random) };
        let span = Span { trace_id: trace.clone(), parent_span_id: parent.clone(), ..span };
        parent.clone_from(&span.span_id);
        spans.push(span);
    }
    let scope_spans = vec![ScopeSpans {
        scope: Some(scope("io.opentelemetry.instrumentation")),
        spans,
        ..ScopeSpans::default()
    }];
    let resource_spans =
        vec![ResourceSpans { resource: Some(resource(random)), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

fn server(random: &mut fastrand::Rng) -> Span {
    let (method, route) = (pick(random, &METHODS), pick(random, &ROUTES));
    let path = route.replace("{id}", &random.u32(100_000..9_999_999).to_string());
    let failed = random.u8(..) < 8;
    let code = if failed { 500 } else { 200 };
    let start = time(random);
    Span {
        span_id: id(random, 8),
        name: format!("{method} {route}"),
        kind: SpanKind::Server.into(),
        start_time_unix_nano: start,
        end_time_unix_nano: start + random.u64(1_000_000..900_000_000),
        attributes: vec![
            text("http.request.method", method),
            text("http.route", route),
            text("url.path", path),
            text("url.scheme", "https"),
            text("server.address", "shop.example.com"),
            integer("http.response.status_code", code),
            text("client.address", format!("10.{}.{}.{}", random.u8(..), random.u8(..), random.u8(..))),
            text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)"),
            integer("thread.id", random.i64(20..400)),
        ],
        status: failed.then(|| Status { message: "upstream timed out".to_owned(), code: 2 }),
        ..Span::default()
    }
}

fn database(random: &mut fastrand::Rng) -> Span {
    let table = pick(random, &TABLES);
    let start = time(random);
    let events = if random.u8(..) < 40 {
        vec![Event {
            time_unix_nano: start + 1_000,
            name: "connection acquired".to_owned(),
            attributes: vec![integer("db.client.connection.wait_us", random.i64(10..90_000))],
            ..Event::default()
        }]
    } else {
        Vec::new()
    };
    Span {
        span_id: id(random, 8),
        name: format!("SELECT {table}"),
        kind: SpanKind::Client.into(),
        start_time_unix_nano: start,
        end_time_unix_nano: start + random.u64(100_000..90_000_000),
        attributes: vec![
            text("db.system.name", "postgresql"),
            text("db.namespace", "shop"),
            text("db.collection.name", table),
            text(
                "db.query.text",
                format!("SELECT * FROM {table} WHERE id = {} LIMIT 50", random.u32(..9_999_999)),
            ),
            text("server.address", "postgres-primary.shop.svc.cluster.local"),
            integer("server.port", 5432),
            integer("db.response.returned_rows", random.i64(0..50)),
            integer("thread.id", random.i64(20..400)),
        ],
        events,
        ..Span::default()
    }
}
