//! Log records of an application that writes sentences with values in them.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use prost::Message as _;

use super::words::{LOGGERS, METHODS, ROUTES, SERVICES, SEVERITIES, pick};
use super::{id, integer, resource, scope, text, time};
use crate::scenario::ITEMS_PER_REQUEST;

/// One encoded request.
pub(super) fn request(random: &mut fastrand::Rng) -> Vec<u8> {
    let log_records = (0..ITEMS_PER_REQUEST).map(|_| record(random)).collect();
    let scope_logs =
        vec![ScopeLogs { scope: Some(scope("logback-appender")), log_records, ..ScopeLogs::default() }];
    let resource_logs =
        vec![ResourceLogs { resource: Some(resource(random)), scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec()
}

fn record(random: &mut fastrand::Rng) -> LogRecord {
    let (severity_number, severity_text) = pick(random, &SEVERITIES);
    let time = time(random);
    LogRecord {
        time_unix_nano: time,
        observed_time_unix_nano: time + random.u64(..5_000_000),
        severity_number,
        severity_text: severity_text.to_owned(),
        body: Some(AnyValue { value: Some(Value::StringValue(sentence(random))) }),
        attributes: vec![
            text("log.logger.name", pick(random, &LOGGERS)),
            text("thread.name", format!("http-nio-8080-exec-{}", random.u8(1..200))),
            integer("thread.id", random.i64(20..400)),
            text("code.function.name", "processOrder"),
            text("code.file.path", "com/shop/order/OrderService.java"),
            integer("code.line.number", random.i64(20..900)),
            text("http.route", pick(random, &ROUTES)),
            text("enduser.id", format!("user-{:07}", random.u32(..9_999_999))),
        ],
        trace_id: id(random, 16),
        span_id: id(random, 8),
        ..LogRecord::default()
    }
}

fn sentence(random: &mut fastrand::Rng) -> String {
    let order = random.u32(1_000_000..99_999_999);
    let took = random.u32(1..2_000);
    match random.u8(..4) {
        0 => format!(
            "{} {} finished with status 200 in {took} ms, {} bytes written to the client, request id {:032x}",
            pick(random, &METHODS),
            pick(random, &ROUTES),
            random.u32(200..90_000),
            random.u128(..)
        ),
        1 => format!(
            "order {order} of user {:07} was placed: {} items, total {}.{:02} EUR, reservation {:016x} is held for 15 minutes",
            random.u32(..9_999_999),
            random.u8(1..20),
            random.u16(5..900),
            random.u8(..100),
            random.u64(..)
        ),
        2 => format!(
            "calling {} for order {order} took {took} ms, which is above the limit of 500 ms; trying again, attempt {} of 5, backoff {} ms",
            pick(random, &SERVICES),
            random.u8(1..5),
            random.u16(10..3_000)
        ),
        _ => format!(
            "connection pool state of {}: total {}, active {}, idle {}, waiting {}; the oldest connection is {took} s old",
            pick(random, &SERVICES),
            random.u8(10..60),
            random.u8(..60),
            random.u8(..60),
            random.u8(..20)
        ),
    }
}
