//! What the processors of the chain are configured to do, written in Rust.

use anyhow::Result;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{
    HistogramDataPoint, Metric, NumberDataPoint, metric::Data, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use regex::Regex;

use super::attributes::{get, insert_text, integer, remove, text, upsert, upsert_text};
use super::{Structs, decode};
use crate::scenario::Signal;

/// The edits, with their patterns compiled.
pub(in super::super) struct Edits {
    user: Regex,
    digits: Regex,
    cluster: Regex,
}

impl Edits {
    pub(in super::super) fn new() -> Result<Self> {
        Ok(Self {
            user: Regex::new("user [0-9]+")?,
            digits: Regex::new("[0-9]+")?,
            cluster: Regex::new("[.]svc[.]cluster[.]local$")?,
        })
    }

    /// The request with everything done to it.
    pub(in super::super) fn edit(&self, signal: Signal, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut structs = decode(signal, bytes)?;
        match &mut structs {
            Structs::Traces(request) => {
                for group in &mut request.resource_spans {
                    let service = edit_resource(group.resource.as_mut());
                    for scope in &mut group.scope_spans {
                        scope.spans.retain_mut(|span| self.span(span, service.as_ref()));
                    }
                }
            }
            Structs::Logs(request) => {
                for group in &mut request.resource_logs {
                    let service = edit_resource(group.resource.as_mut());
                    for scope in &mut group.scope_logs {
                        scope.log_records.retain_mut(|record| self.record(record, service.as_ref()));
                    }
                }
            }
            Structs::Metrics(request) => {
                for group in &mut request.resource_metrics {
                    let service = edit_resource(group.resource.as_mut());
                    for scope in &mut group.scope_metrics {
                        scope.metrics.retain_mut(|metric| self.metric(metric, service.as_ref()));
                    }
                }
            }
        }
        Ok(structs.encode())
    }

    fn span(&self, span: &mut Span, service: Option<&Value>) -> bool {
        edit_attributes(&mut span.attributes, service);
        if span.kind == SpanKind::Server as i32
            && let Some(route) = text(&span.attributes, "http.route")
        {
            route.clone_into(&mut span.name);
        }
        if let Some(query) = text(&span.attributes, "db.query.text") {
            let query = self.digits.replace_all(query, "?").into_owned();
            upsert(&mut span.attributes, "db.query.text", Value::StringValue(query));
        }
        if integer(&span.attributes, "http.response.status_code").is_some_and(|code| code >= 500) {
            span.status.get_or_insert_default().code = 2;
        }
        remove(&mut span.attributes, "user_agent.original");
        text(&span.attributes, "http.route") != Some("/healthz")
    }

    fn record(&self, record: &mut LogRecord, service: Option<&Value>) -> bool {
        edit_attributes(&mut record.attributes, service);
        if record.severity_text == "WARN" {
            "WARNING".clone_into(&mut record.severity_text);
        }
        if let Some(Value::StringValue(body)) = record.body.as_mut().and_then(|body| body.value.as_mut()) {
            *body = self.user.replace_all(body, "user ***").into_owned();
        }
        let file = text(&record.attributes, "code.file.path").unwrap_or("<nil>");
        let code = match integer(&record.attributes, "code.line.number") {
            Some(line) => format!("{file}:{line}"),
            None => format!("{file}:<nil>"),
        };
        upsert(&mut record.attributes, "code", Value::StringValue(code));
        remove(&mut record.attributes, "code.function.name");
        record.severity_number >= 9
    }

    fn metric(&self, metric: &mut Metric, service: Option<&Value>) -> bool {
        let scaled = metric.unit == "1";
        match &mut metric.data {
            Some(Data::Gauge(gauge)) => self.numbers(&mut gauge.data_points, scaled, service),
            Some(Data::Sum(sum)) => self.numbers(&mut sum.data_points, scaled, service),
            Some(Data::Histogram(histogram)) => {
                let keep = |point: &mut HistogramDataPoint| self.point(&mut point.attributes, service);
                histogram.data_points.retain_mut(keep);
                !histogram.data_points.is_empty()
            }
            _ => true,
        }
    }

    fn numbers(&self, points: &mut Vec<NumberDataPoint>, scaled: bool, service: Option<&Value>) -> bool {
        points.retain_mut(|point| {
            if let (true, Some(number_data_point::Value::AsDouble(value))) = (scaled, &mut point.value) {
                *value *= 100.0;
            }
            self.point(&mut point.attributes, service)
        });
        !points.is_empty()
    }

    fn point(&self, attributes: &mut Vec<KeyValue>, service: Option<&Value>) -> bool {
        edit_attributes(attributes, service);
        if integer(attributes, "http.response.status_code").is_some_and(|code| code >= 500) {
            upsert(attributes, "failed", Value::BoolValue(true));
        }
        if let Some(address) = text(attributes, "server.address") {
            let address = self.cluster.replace_all(address, "").into_owned();
            upsert(attributes, "server.address", Value::StringValue(address));
        }
        remove(attributes, "network.peer.address");
        text(attributes, "http.route") != Some("/healthz")
    }
}

/// Edits a resource; what its service is called.
fn edit_resource(resource: Option<&mut Resource>) -> Option<Value> {
    let attributes = &mut resource?.attributes;
    upsert_text(attributes, "k8s.cluster.name", "production-eu");
    insert_text(attributes, "deployment.environment.name", "production");
    upsert_text(attributes, "service.namespace", "store");
    remove(attributes, "process.pid");
    remove(attributes, "host.arch");
    get(attributes, "service.name").cloned()
}

/// What every record gets.
fn edit_attributes(attributes: &mut Vec<KeyValue>, service: Option<&Value>) {
    insert_text(attributes, "tier", "backend");
    remove(attributes, "url.scheme");
    remove(attributes, "thread.id");
    if let Some(service) = service {
        upsert(attributes, "service", service.clone());
    }
}
