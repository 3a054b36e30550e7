//! Data points of an HTTP server: sums, gauges and histograms.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
    metric::Data,
};
use prost::Message as _;

use super::words::{METHODS, ROUTES, SERVICES, pick};
use super::{EPOCH, integer, resource, scope, text, time};
use crate::scenario::ITEMS_PER_REQUEST;

const CUMULATIVE: i32 = 2;
const POINTS_PER_METRIC: u64 = 10;
const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// One encoded request.
///
/// All points carry the instant at which the SDK collected them.
pub(super) fn request(random: &mut fastrand::Rng) -> Vec<u8> {
    let now = time(random);
    let metrics =
        (0..ITEMS_PER_REQUEST / POINTS_PER_METRIC).map(|index| metric(random, index, now)).collect();
    let scope_metrics = vec![ScopeMetrics {
        scope: Some(scope("io.opentelemetry.http")),
        metrics,
        ..ScopeMetrics::default()
    }];
    let resource_metrics = vec![ResourceMetrics {
        resource: Some(resource(random)),
        scope_metrics,
        ..ResourceMetrics::default()
    }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
}

fn metric(random: &mut fastrand::Rng, index: u64, now: u64) -> Metric {
    let named = |name: &str, unit: &str, description: &str, data| Metric {
        name: name.to_owned(),
        unit: unit.to_owned(),
        description: description.to_owned(),
        data: Some(data),
        ..Metric::default()
    };
    match index % 5 {
        0 => {
            let data_points = (0..POINTS_PER_METRIC).map(|_| histogram(random, now)).collect();
            let data = Data::Histogram(Histogram { data_points, aggregation_temporality: CUMULATIVE });
            named("http.server.request.duration", "s", "Duration of HTTP server requests.", data)
        }
        1 | 2 => {
            let data_points = (0..POINTS_PER_METRIC)
                .map(|_| {
                    let value = Value::AsInt(random.i64(0..9_000_000_000));
                    number(random, value, now)
                })
                .collect();
            let data =
                Data::Sum(Sum { data_points, aggregation_temporality: CUMULATIVE, is_monotonic: true });
            named(
                "http.server.response.body.bytes",
                "By",
                "Bytes of the response bodies of an HTTP server.",
                data,
            )
        }
        _ => {
            let data_points = (0..POINTS_PER_METRIC)
                .map(|_| {
                    let value = Value::AsDouble(random.f64() * 100.0);
                    number(random, value, now)
                })
                .collect();
            named(
                "http.server.utilization",
                "1",
                "Share of time in which requests were served.",
                Data::Gauge(Gauge { data_points }),
            )
        }
    }
}

fn number(random: &mut fastrand::Rng, value: Value, now: u64) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes(random),
        start_time_unix_nano: EPOCH,
        time_unix_nano: now,
        value: Some(value),
        ..NumberDataPoint::default()
    }
}

fn histogram(random: &mut fastrand::Rng, now: u64) -> HistogramDataPoint {
    let bucket_counts: Vec<u64> = (0..=BOUNDS.len()).map(|_| random.u64(..5_000)).collect();
    HistogramDataPoint {
        attributes: attributes(random),
        start_time_unix_nano: EPOCH,
        time_unix_nano: now,
        count: bucket_counts.iter().sum(),
        sum: Some(random.f64() * 4_000.0),
        bucket_counts,
        explicit_bounds: BOUNDS.to_vec(),
        min: Some(random.f64() / 1_000.0),
        max: Some(random.f64() * 12.0),
        ..HistogramDataPoint::default()
    }
}

fn attributes(random: &mut fastrand::Rng) -> Vec<KeyValue> {
    vec![
        text("http.request.method", pick(random, &METHODS)),
        text("http.route", pick(random, &ROUTES)),
        integer("http.response.status_code", pick(random, &[200, 200, 200, 404, 500])),
        text("network.protocol.version", "1.1"),
        text("server.address", format!("{}.shop.svc.cluster.local", pick(random, &SERVICES))),
        text("network.peer.address", format!("10.{}.{}.{}", random.u8(..), random.u8(..), random.u8(..))),
        text("url.scheme", "https"),
    ]
}
