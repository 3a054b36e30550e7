//! Requests as applications send them: 100 items each under a resource of twelve attributes.
//!
//! Values vary as they do in life (ids and numbers are random, names come from a few dozens), so that a compressor has
//! real work. About 370 bytes a span, 500 a log record, 330 a data point; a test holds the generator to it. A seed
//! makes the same requests on every run.

mod logs;
mod metrics;
#[cfg(test)]
mod tests;
mod traces;
mod words;

use bytes::Bytes;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::scenario::Signal;

/// Distinct requests that the load generator goes round in: more than fit in a compressor's window or in one batch.
pub(crate) const DISTINCT: usize = 48;

/// Start of the time that items carry, in Unix nanoseconds.
const EPOCH: u64 = 1_760_000_000_000_000_000;

/// Encoded export requests.
pub(crate) fn requests(signal: Signal, count: usize) -> Vec<Bytes> {
    let mut random = fastrand::Rng::with_seed(42);
    let mut make = || match signal {
        Signal::Traces => traces::request(&mut random),
        Signal::Logs => logs::request(&mut random),
        Signal::Metrics => metrics::request(&mut random),
    };
    (0..count).map(|_| Bytes::from(make())).collect()
}

fn resource(random: &mut fastrand::Rng) -> Resource {
    let service = words::pick(random, &words::SERVICES);
    let pod = format!("{service}-{:08x}-{:05x}", random.u32(..), random.u32(..0xf_ffff));
    let attributes = vec![
        text("service.name", service),
        text("service.namespace", "shop"),
        text("service.version", format!("1.{}.{}", random.u8(..20), random.u8(..30))),
        text("service.instance.id", format!("{:016x}", random.u64(..))),
        text("telemetry.sdk.name", "opentelemetry"),
        text("telemetry.sdk.language", "java"),
        text("telemetry.sdk.version", "1.44.1"),
        text("k8s.namespace.name", "shop-production"),
        text("k8s.pod.name", pod),
        text("k8s.node.name", format!("ip-10-0-{}-{}.internal", random.u8(..), random.u8(..))),
        text("host.arch", "amd64"),
        integer("process.pid", random.i64(2..40_000)),
    ];
    Resource { attributes, ..Resource::default() }
}

fn scope(name: &str) -> InstrumentationScope {
    InstrumentationScope {
        name: name.to_owned(),
        version: "2.10.0".to_owned(),
        ..InstrumentationScope::default()
    }
}

fn text(key: &str, value: impl Into<String>) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

fn integer(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn time(random: &mut fastrand::Rng) -> u64 {
    EPOCH + random.u64(..60_000_000_000)
}

fn id(random: &mut fastrand::Rng, length: usize) -> Vec<u8> {
    (0..length).map(|_| random.u8(..)).collect()
}
