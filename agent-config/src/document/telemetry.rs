//! `service::telemetry`: how the agent reports on itself. Keys and defaults are the Collector's (0.145).

use indexmap::IndexMap;
use serde::Deserialize;

use super::levels::{LogLevelName, MetricsLevel};
use super::readers::{MetricReader, PrometheusExporter, PullExporter, PullReader};
use crate::decode::Section;
use crate::issues::{ConfigPath, Issues};
use crate::validate::{Validate, Validator};
use crate::values::{AnyYaml, GoDuration};
use crate::yaml::Entry;

/// The agent's own logs, metrics and traces, and the resource they carry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceTelemetry {
    /// Attributes of the agent as a resource; a null value removes one that would be set.
    pub resource: IndexMap<String, AnyYaml>,
    /// Its logs.
    pub logs: LogsTelemetry,
    /// Its metrics.
    pub metrics: MetricsTelemetry,
    /// Its traces.
    pub traces: TracesTelemetry,
}

/// `service::telemetry::logs`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogsTelemetry {
    /// The least severe level that is written: `info`.
    pub level: LogLevelName,
    /// `console` (the default) or `json`.
    pub encoding: LogEncoding,
    /// Accepted; there is no development mode.
    pub development: bool,
    /// Leaves the place in the code away: false.
    pub disable_caller: bool,
    /// Leaves stack traces away: false.
    pub disable_stacktrace: bool,
    /// Thins out repeated lines; on with its defaults.
    pub sampling: LogSampling,
    /// Where lines go: `stderr`.
    pub output_paths: Vec<String>,
    /// Where errors of logging itself go: `stderr`.
    pub error_output_paths: Vec<String>,
    /// Fields of every line.
    pub initial_fields: IndexMap<String, AnyYaml>,
    /// OTLP export of the agent's own logs, as written.
    pub processors: Vec<AnyYaml>,
    /// Leaves the resource out of each line: false.
    pub disable_zap_resource: bool,
}

impl Default for LogsTelemetry {
    fn default() -> Self {
        Self {
            level: LogLevelName::Info,
            encoding: LogEncoding::Console,
            development: false,
            disable_caller: false,
            disable_stacktrace: false,
            sampling: LogSampling::default(),
            output_paths: vec!["stderr".to_owned()],
            error_output_paths: vec!["stderr".to_owned()],
            initial_fields: IndexMap::new(),
            processors: Vec::new(),
            disable_zap_resource: false,
        }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogEncoding {
    /// For people.
    #[default]
    Console,
    /// For machines.
    Json,
}

/// Of lines with the same message and level, `initial` are written each `tick`, then each `thereafter`-th.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSampling {
    /// On: true.
    pub enabled: bool,
    /// 10 s.
    pub tick: GoDuration,
    /// 10 lines.
    pub initial: u64,
    /// Each 100th line.
    pub thereafter: u64,
}

impl Default for LogSampling {
    fn default() -> Self {
        Self { enabled: true, tick: GoDuration::from_secs(10), initial: 10, thereafter: 100 }
    }
}

/// `service::telemetry::metrics`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsTelemetry {
    /// How much is measured: `normal`.
    pub level: MetricsLevel,
    /// Where metrics go; `None` means Prometheus on localhost:8888.
    pub readers: Option<Vec<MetricReader>>,
    /// Changes of what is measured, as written; only for level `detailed`.
    pub views: Vec<AnyYaml>,
}

impl MetricsTelemetry {
    /// The readers, which are the Collector's one when none are given.
    pub fn readers_or_default(&self) -> Vec<MetricReader> {
        self.readers.clone().unwrap_or_else(|| {
            let exporter = PullExporter { prometheus: Some(PrometheusExporter::of_the_collector()) };
            let pull = Some(PullReader { exporter, ..PullReader::default() });
            vec![MetricReader { pull, periodic: None }]
        })
    }
}

/// `service::telemetry::traces`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TracesTelemetry {
    /// `none` turns tracing off; any other level is the default.
    pub level: MetricsLevel,
    /// How trace context travels: `tracecontext` and `b3`.
    pub propagators: Vec<String>,
    /// Export of the agent's own spans, as written.
    pub processors: Vec<AnyYaml>,
    /// Choice of spans, as written.
    pub sampler: AnyYaml,
}

impl Default for TracesTelemetry {
    fn default() -> Self {
        Self {
            level: MetricsLevel::Normal,
            propagators: Vec::new(),
            processors: Vec::new(),
            sampler: AnyYaml::Null,
        }
    }
}

impl Validate for ServiceTelemetry {
    fn validate(&self, at: &mut Validator<'_>) {
        let no_readers = self.metrics.readers.as_ref().is_some_and(Vec::is_empty);
        if no_readers && self.metrics.level != MetricsLevel::None {
            let message = "collector telemetry metrics reader should exist when metric level is not none";
            at.error("metrics::readers", message);
        }
        if !self.metrics.views.is_empty() && self.metrics.level != MetricsLevel::Detailed {
            at.error("metrics::views", "views can only be set when the metrics level is detailed");
        } else if !self.metrics.views.is_empty() {
            at.warning("metrics::views", "views are accepted and not applied");
        }
        for (key, value) in &self.resource {
            if matches!(value, AnyYaml::List(_) | AnyYaml::Map(_)) {
                at.field("resource")
                    .warning(key, "is left out: only single values are resource attributes here");
            }
        }
        let known = ["tracecontext", "b3"];
        for (index, name) in self.traces.propagators.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let message = format!("unsupported trace propagator {name:?}");
                at.field("traces").field("propagators").index(index).error("", message);
            }
        }
        if let Some(readers) = &self.metrics.readers {
            let mut metrics = at.field("metrics");
            let mut list = metrics.field("readers");
            for (index, reader) in readers.iter().enumerate() {
                reader.validate(&mut list.index(index));
                let place = reader.listens_on();
                if place.is_some() && readers.iter().take(index).any(|other| other.listens_on() == place) {
                    list.index(index).error("pull::exporter::prometheus", "another reader listens there");
                }
            }
        }
    }
}

pub(super) fn read(entry: Option<&Entry>, path: ConfigPath, issues: &mut Issues) -> ServiceTelemetry {
    let Some(entry) = entry else { return ServiceTelemetry::default() };
    let section = Section::new(path, entry.value.clone(), entry.key_position);
    section.decode_valid(issues).unwrap_or_default()
}
