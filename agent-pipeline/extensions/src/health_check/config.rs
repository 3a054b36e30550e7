//! Settings of `health_check` (the Collector's `healthcheckextension`, v0.145.0).
//!
//! The section may hold every field of the Collector's HTTP server. Those that the agent's health server does not
//! honour are told apart: an error where leaving them out would weaken or change what a client sees, a warning where
//! they only tune the Collector's server.

use agent_config::{AnyYaml, GoDuration, Validate, Validator};
use serde::Deserialize;

/// The `health_check` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen, `host:port`. Default `localhost:13133`.
    pub endpoint: String,
    /// The path that answers, with all below it. Default `/`.
    pub path: String,
    /// Bodies to answer with instead of the JSON document.
    pub response_body: Option<ResponseBody>,
    /// Accepted; the Collector gave up this check and so it has no effect.
    pub check_collector_pipeline: PipelineCheck,
    /// Not served: an error.
    pub tls: AnyYaml,
    /// Not served: an error.
    pub auth: AnyYaml,
    /// Not served: an error.
    pub cors: AnyYaml,
    /// Not served: an error.
    pub middlewares: AnyYaml,
    /// Not served: an error.
    pub response_headers: AnyYaml,
    /// Without effect.
    pub compression_algorithms: AnyYaml,
    /// Without effect.
    pub idle_timeout: AnyYaml,
    /// Without effect.
    pub include_metadata: AnyYaml,
    /// Without effect.
    pub keep_alives_enabled: AnyYaml,
    /// Without effect.
    pub max_request_body_size: AnyYaml,
    /// Without effect.
    pub read_header_timeout: AnyYaml,
    /// Without effect.
    pub read_timeout: AnyYaml,
    /// Without effect.
    pub write_timeout: AnyYaml,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            endpoint: "localhost:13133".to_owned(),
            path: "/".to_owned(),
            response_body: None,
            check_collector_pipeline: PipelineCheck::default(),
            tls: AnyYaml::Null,
            auth: AnyYaml::Null,
            cors: AnyYaml::Null,
            middlewares: AnyYaml::Null,
            response_headers: AnyYaml::Null,
            compression_algorithms: AnyYaml::Null,
            idle_timeout: AnyYaml::Null,
            include_metadata: AnyYaml::Null,
            keep_alives_enabled: AnyYaml::Null,
            max_request_body_size: AnyYaml::Null,
            read_header_timeout: AnyYaml::Null,
            read_timeout: AnyYaml::Null,
            write_timeout: AnyYaml::Null,
        }
    }
}

/// Bodies of the answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResponseBody {
    /// While ready. Default: empty.
    pub healthy: String,
    /// While not ready. Default: empty.
    pub unhealthy: String,
}

/// A check that the Collector no longer makes.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PipelineCheck {
    /// Default false.
    pub enabled: bool,
    /// Default `5m`.
    pub interval: GoDuration,
    /// Default 5.
    pub exporter_failure_threshold: i64,
}

impl Default for PipelineCheck {
    fn default() -> Self {
        Self { enabled: false, interval: GoDuration::from_secs(300), exporter_failure_threshold: 5 }
    }
}

impl Config {
    fn not_served(&self) -> [(&'static str, &AnyYaml); 5] {
        [
            ("tls", &self.tls),
            ("auth", &self.auth),
            ("cors", &self.cors),
            ("middlewares", &self.middlewares),
            ("response_headers", &self.response_headers),
        ]
    }

    fn without_effect(&self) -> [(&'static str, &AnyYaml); 8] {
        [
            ("compression_algorithms", &self.compression_algorithms),
            ("idle_timeout", &self.idle_timeout),
            ("include_metadata", &self.include_metadata),
            ("keep_alives_enabled", &self.keep_alives_enabled),
            ("max_request_body_size", &self.max_request_body_size),
            ("read_header_timeout", &self.read_header_timeout),
            ("read_timeout", &self.read_timeout),
            ("write_timeout", &self.write_timeout),
        ]
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.endpoint.is_empty() {
            at.error("endpoint", "bad config: endpoint must be specified");
        }
        if !self.path.starts_with('/') {
            at.error("path", "bad config: path must start with /");
        }
        let check = &self.check_collector_pipeline;
        if check.enabled {
            if check.exporter_failure_threshold <= 0 {
                let text = "bad config: exporter_failure_threshold expects a positive number";
                at.error("check_collector_pipeline::exporter_failure_threshold", text);
            }
            let text =
                "the check has no effect, as in the Collector; the answers follow the state of the pipelines";
            at.warning("check_collector_pipeline", text);
        }
        for (field, _) in self.not_served().into_iter().filter(|(_, value)| !is_nothing(value)) {
            at.error(field, "not supported: the health server answers plain HTTP with fixed headers");
        }
        for (field, _) in self.without_effect().into_iter().filter(|(_, value)| !is_nothing(value)) {
            at.warning(field, "has no effect on the health server");
        }
    }
}

/// Absent, or present and empty, which asks for nothing.
fn is_nothing(value: &AnyYaml) -> bool {
    match value {
        AnyYaml::Null => true,
        AnyYaml::List(items) => items.is_empty(),
        AnyYaml::Map(entries) => entries.is_empty(),
        _ => false,
    }
}
