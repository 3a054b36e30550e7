//! `include` and `exclude` as the configuration writes them
//! (the Collector's `internal/filter/filterconfig`, v0.145.0).

use agent_config::AnyYaml;
use serde::Deserialize;

/// What a record must be like to match: every field must; a list of texts does when one of them does.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MatchConfig {
    /// `strict` (equal) or `regexp` (matches somewhere).
    pub match_type: String,
    /// Settings of the Collector's pattern cache. Accepted; there is no cache to set here.
    pub regexp: Option<RegexpConfig>,
    /// Spans: `service.name` of the resource.
    pub services: Vec<String>,
    /// Spans: names.
    pub span_names: Vec<String>,
    /// Spans: kinds, as `SPAN_KIND_SERVER`.
    pub span_kinds: Vec<String>,
    /// Log records: bodies, as text.
    pub log_bodies: Vec<String>,
    /// Log records: severity texts.
    pub log_severity_texts: Vec<String>,
    /// Log records: the least severity number.
    pub log_severity_number: Option<SeverityConfig>,
    /// Metrics: names. The only field that counts for metrics.
    pub metric_names: Vec<String>,
    /// Attributes of the record; all must match.
    pub attributes: Vec<AttributeConfig>,
    /// Attributes of the resource; all must match.
    pub resources: Vec<AttributeConfig>,
    /// Instrumentation scopes; all must match.
    pub libraries: Vec<LibraryConfig>,
}

/// Accepted for compatibility, without effect.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegexpConfig {
    /// Whether the Collector would cache results.
    pub cacheenabled: bool,
    /// How many results it would keep.
    pub cachemaxnumentries: u64,
}

/// A bound on severity numbers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeverityConfig {
    /// The least severity number that matches.
    pub min: i32,
    /// Whether records without a severity number match.
    pub match_undefined: bool,
}

/// An attribute to be there, with any value when none is given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttributeConfig {
    /// The key.
    pub key: String,
    /// The value, of the same type; for `regexp` a pattern.
    pub value: AnyYaml,
}

/// An instrumentation scope, of any version when none is given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LibraryConfig {
    /// The name.
    pub name: String,
    /// The version.
    pub version: Option<String>,
}
