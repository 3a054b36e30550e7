//! `service::telemetry::metrics::readers`: where the agent's own metrics go.
//!
//! The keys are those of the OpenTelemetry configuration schema as the Collector embeds it; intervals there are bare
//! milliseconds.

use serde::Deserialize;

use crate::validate::{Validate, Validator};
use crate::values::{AnyYaml, Headers};

/// One way out for metrics: exactly one of the two.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricReader {
    /// Metrics are fetched from the agent.
    pub pull: Option<PullReader>,
    /// The agent sends metrics.
    pub periodic: Option<PeriodicReader>,
}

/// A reader that others fetch from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PullReader {
    /// What serves the metrics.
    pub exporter: PullExporter,
    /// Accepted as written.
    pub cardinality_limits: AnyYaml,
    /// Accepted as written.
    pub producers: AnyYaml,
}

/// What serves metrics to others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PullExporter {
    /// A Prometheus endpoint.
    pub prometheus: Option<PrometheusExporter>,
}

/// A Prometheus endpoint. The names of series follow the three `without_*` switches.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrometheusExporter {
    /// `localhost`.
    pub host: String,
    /// 8888.
    pub port: u16,
    /// Leaves `otel_scope_*` labels away: false.
    pub without_scope_info: bool,
    /// Leaves units out of names: false.
    pub without_units: bool,
    /// Leaves `_total` out of names: false.
    pub without_type_suffix: bool,
    /// Resource attributes that become labels of every series.
    pub with_resource_constant_labels: Option<LabelSelection>,
    /// How names are translated, as written.
    pub translation_strategy: Option<String>,
}

impl Default for PrometheusExporter {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 8888,
            without_scope_info: false,
            without_units: false,
            without_type_suffix: false,
            with_resource_constant_labels: None,
            translation_strategy: None,
        }
    }
}

/// A choice of names; `*` stands for any text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabelSelection {
    /// Names taken; none given means all.
    pub included: Vec<String>,
    /// Names not taken.
    pub excluded: Vec<String>,
}

/// A reader that sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeriodicReader {
    /// Milliseconds between two exports: 60000.
    pub interval: u64,
    /// Milliseconds for one export: 30000.
    pub timeout: u64,
    /// Where metrics are sent.
    pub exporter: PeriodicExporter,
    /// Accepted as written.
    pub cardinality_limits: AnyYaml,
    /// Accepted as written.
    pub producers: AnyYaml,
}

impl Default for PeriodicReader {
    fn default() -> Self {
        Self {
            interval: 60_000,
            timeout: 30_000,
            exporter: PeriodicExporter::default(),
            cardinality_limits: AnyYaml::Null,
            producers: AnyYaml::Null,
        }
    }
}

/// Where metrics are sent: exactly one of the two.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeriodicExporter {
    /// An OTLP backend.
    pub otlp: Option<OtlpExporter>,
    /// Standard output.
    pub console: Option<ConsoleExporter>,
}

/// Standard output; no settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsoleExporter {}

/// An OTLP backend for the agent's own metrics.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OtlpExporter {
    /// `grpc`, `grpc/protobuf` or `http/protobuf`.
    pub protocol: Option<String>,
    /// URL of the backend.
    pub endpoint: Option<String>,
    /// Headers of each request.
    pub headers: Headers,
    /// Headers as `name=value,name=value`.
    pub headers_list: Option<crate::values::Secret>,
    /// `gzip` or `none`.
    pub compression: Option<String>,
    /// Milliseconds for one request.
    pub timeout: Option<u64>,
    /// Whether gRPC goes without TLS.
    pub insecure: Option<bool>,
    /// File with the certificate authority.
    pub certificate: Option<String>,
    /// File with the client certificate.
    pub client_certificate: Option<String>,
    /// File with the client key.
    pub client_key: Option<String>,
    /// `cumulative`, `delta` or `lowmemory`.
    pub temporality_preference: Option<String>,
    /// `explicit_bucket_histogram` or `base2_exponential_bucket_histogram`.
    pub default_histogram_aggregation: Option<String>,
}

impl Validate for MetricReader {
    fn validate(&self, at: &mut Validator<'_>) {
        match (&self.pull, &self.periodic) {
            (None, None) => at.error("", "must have one of `pull` and `periodic`"),
            (Some(_), Some(_)) => at.error("", "must have only one of `pull` and `periodic`"),
            (Some(pull), None) => {
                if pull.exporter.prometheus.is_none() {
                    at.error("pull::exporter", "must have `prometheus`");
                }
            }
            (None, Some(periodic)) => {
                if periodic.exporter.otlp.is_some() == periodic.exporter.console.is_some() {
                    at.error("periodic::exporter", "must have one of `otlp` and `console`");
                }
                if periodic.interval == 0 {
                    at.error("periodic::interval", "must be above 0");
                }
            }
        }
    }
}
