//! `service::telemetry::metrics::readers`: where the agent's own metrics go.
//!
//! The keys are those of the OpenTelemetry configuration schema as the Collector embeds it; intervals there are bare
//! milliseconds.

use serde::Deserialize;

use crate::validate::{Validate, Validator};
use crate::values::{AnyYaml, Headers};

/// One way out for metrics: exactly one of the two.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricReader {
    /// Metrics are fetched from the agent.
    pub pull: Option<PullReader>,
    /// The agent sends metrics.
    pub periodic: Option<PeriodicReader>,
}

/// A reader that others fetch from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeriodicReader {
    /// Milliseconds between two exports: 60000.
    pub interval: u64,
    /// Milliseconds for one export: 30000, which 0 means too.
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
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
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
    /// Milliseconds for one request; 0 means no limit but the reader's.
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

impl MetricReader {
    /// Host and port of a Prometheus endpoint.
    pub(super) fn listens_on(&self) -> Option<(&str, u16)> {
        let prometheus = self.pull.as_ref()?.exporter.prometheus.as_ref()?;
        Some((&prometheus.host, prometheus.port))
    }
}

impl PrometheusExporter {
    /// What the Collector serves when no readers are given: names without suffixes, all of the resource as labels.
    pub fn of_the_collector() -> Self {
        Self {
            without_scope_info: true,
            without_units: true,
            without_type_suffix: true,
            with_resource_constant_labels: Some(LabelSelection::default()),
            ..Self::default()
        }
    }
}

impl Validate for MetricReader {
    fn validate(&self, at: &mut Validator<'_>) {
        match (&self.pull, &self.periodic) {
            (None, None) => at.error("", "must have one of `pull` and `periodic`"),
            (Some(_), Some(_)) => at.error("", "must have only one of `pull` and `periodic`"),
            (Some(pull), None) => pull.validate(&mut at.field("pull")),
            (None, Some(periodic)) => periodic.validate(&mut at.field("periodic")),
        }
    }
}

impl Validate for PullReader {
    fn validate(&self, at: &mut Validator<'_>) {
        not_applied(at, "cardinality_limits", &self.cardinality_limits);
        not_applied(at, "producers", &self.producers);
        let Some(prometheus) = &self.exporter.prometheus else {
            at.error("exporter", "must have `prometheus`");
            return;
        };
        let mut exporter = at.field("exporter");
        let mut at = exporter.field("prometheus");
        if prometheus.translation_strategy.is_some() {
            at.warning("translation_strategy", "is not applied; use the three `without_*` switches");
        }
        if let Some(LabelSelection { included, excluded }) = &prometheus.with_resource_constant_labels {
            for name in excluded.iter().filter(|name| included.contains(name)) {
                let message = format!("attribute cannot be in both include and exclude list: {name}");
                at.error("with_resource_constant_labels", message);
            }
        }
    }
}

impl Validate for PeriodicReader {
    fn validate(&self, at: &mut Validator<'_>) {
        not_applied(at, "cardinality_limits", &self.cardinality_limits);
        not_applied(at, "producers", &self.producers);
        if self.interval == 0 {
            at.error("interval", "must be above 0");
        }
        if self.exporter.otlp.is_some() == self.exporter.console.is_some() {
            at.error("exporter", "must have one of `otlp` and `console`");
        }
        if let Some(otlp) = &self.exporter.otlp {
            otlp.validate(&mut at.field("exporter").field("otlp"));
        }
    }
}

impl Validate for OtlpExporter {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.protocol.is_none() {
            at.error("protocol", "must be `http/protobuf` or `grpc/protobuf`");
        }
        one_of(at, "protocol", self.protocol.as_deref(), &["http/protobuf", "grpc/protobuf", "grpc"]);
        one_of(at, "compression", self.compression.as_deref(), &["gzip", "none"]);
        let temporalities = ["cumulative", "delta", "lowmemory"];
        one_of(at, "temporality_preference", self.temporality_preference.as_deref(), &temporalities);
        if let Some(endpoint) = &self.endpoint {
            let (scheme, rest) = endpoint.split_once("://").unwrap_or(("https", endpoint));
            let host = rest.split('/').next().unwrap_or_default();
            if !matches!(scheme, "http" | "https") || host.is_empty() || rest.contains(char::is_whitespace) {
                at.error("endpoint", "must be an http or https URL, or host:port");
            }
        }
        if self.client_certificate.is_some() != self.client_key.is_some() {
            at.error("", "`client_certificate` and `client_key` must be given together");
        }
        let explicit = "explicit_bucket_histogram";
        if self.default_histogram_aggregation.as_deref().is_some_and(|aggregation| aggregation != explicit) {
            at.warning("default_histogram_aggregation", "is not applied; histograms have explicit buckets");
        }
    }
}

fn one_of(at: &mut Validator<'_>, field: &str, value: Option<&str>, known: &[&str]) {
    if let Some(value) = value
        && !known.contains(&value)
    {
        at.error(field, format!("unsupported value {value:?}, expected one of {}", known.join(", ")));
    }
}

fn not_applied(at: &mut Validator<'_>, field: &str, value: &AnyYaml) {
    if !value.is_null() {
        at.warning(field, "is accepted and not applied");
    }
}
