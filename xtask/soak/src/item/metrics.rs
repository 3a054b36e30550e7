//! Data points of one gauge.

use std::ops::Range;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
};
use prost::Message as _;

use super::{Found, resource, scope, seal, text, time};

/// Points with these numbers.
pub(super) fn request(generator: usize, sequences: Range<u64>) -> Bytes {
    let data_points = sequences.map(|sequence| seal(point(sequence), generator, sequence)).collect();
    let metrics = vec![metric(data_points)];
    let scope_metrics = vec![ScopeMetrics { scope: Some(scope()), metrics, ..ScopeMetrics::default() }];
    let resource_metrics =
        vec![ResourceMetrics { resource: Some(resource()), scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec().into()
}

fn metric(data_points: Vec<NumberDataPoint>) -> Metric {
    Metric {
        name: "soak.level".to_owned(),
        unit: "1".to_owned(),
        data: Some(Data::Gauge(Gauge { data_points })),
        ..Metric::default()
    }
}

fn point(sequence: u64) -> NumberDataPoint {
    NumberDataPoint {
        time_unix_nano: time(sequence),
        value: Some(Value::AsInt(i64::try_from(sequence % 4099).unwrap_or_default())),
        attributes: vec![text("queue.name", "orders")],
        ..NumberDataPoint::default()
    }
}

/// Enters every point of a request.
pub(super) fn inspect(request: ExportMetricsServiceRequest, found: &mut Found) {
    for entry in request.resource_metrics {
        for scope in entry.scope_metrics {
            let held = found.holder(entry.resource.clone(), scope.scope.as_ref());
            for mut metric in scope.metrics {
                let Some(Data::Gauge(gauge)) = metric.data.take() else {
                    found.altered += 1;
                    continue;
                };
                metric.data = Some(Data::Gauge(Gauge::default()));
                let intact = held && metric == self::metric(Vec::new());
                gauge.data_points.into_iter().for_each(|point| found.enter(point, intact));
            }
        }
    }
}
