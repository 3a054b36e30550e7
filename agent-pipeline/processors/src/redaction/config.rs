//! Settings of `redaction` (the Collector's `redactionprocessor`, v0.145.0).

use agent_config::{Validate, Validator};
use agent_ottl::pattern;
use serde::Deserialize;

use super::mask::Mask;

/// The `redaction` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Keep every key; `allowed_keys` then says nothing. Default `false`.
    pub allow_all_keys: bool,
    /// The keys that are kept. Default: none, so that everything is removed unless `allow_all_keys` is set.
    pub allowed_keys: Vec<String>,
    /// Keys that are never looked at. Default: none.
    pub ignored_keys: Vec<String>,
    /// Patterns of such keys. Default: none.
    pub ignored_key_patterns: Vec<String>,
    /// Patterns of keys whose whole value is masked. Default: none.
    pub blocked_key_patterns: Vec<String>,
    /// Patterns of what is masked in values. Default: none.
    pub blocked_values: Vec<String>,
    /// Patterns of values that stay, even where `blocked_values` or `blocked_key_patterns` match. Default: none.
    pub allowed_values: Vec<String>,
    /// Look at the text of values of every type. Default `false`: only strings have one.
    pub redact_all_types: bool,
    /// `md5`, `sha1` or `sha3` puts the hash of a match in its place. Default: empty, which puts `****` there.
    pub hash_function: String,
    /// `debug` (keys and counts), `info` (counts); anything else, the default, leaves no trace.
    pub summary: String,
    /// Not here yet: may only be off.
    pub url_sanitizer: UrlSanitizerConfig,
    /// Not here yet: may only be off.
    pub db_sanitizer: DbSanitizerConfig,
}

/// Replacing what varies in URLs.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UrlSanitizerConfig {
    /// Default `false`, the only value accepted.
    pub enabled: bool,
    /// Attributes that hold URLs.
    pub attributes: Vec<String>,
    /// Whether names of spans are treated too. Default `true`.
    pub sanitize_span_name: bool,
}

impl Default for UrlSanitizerConfig {
    fn default() -> Self {
        Self { enabled: false, attributes: Vec::new(), sanitize_span_name: true }
    }
}

/// Replacing literals in database queries, by kind of database.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the names of the databases say it all")]
pub struct DbSanitizerConfig {
    pub sql: DatabaseConfig,
    pub redis: DatabaseConfig,
    pub valkey: DatabaseConfig,
    pub memcached: DatabaseConfig,
    pub mongo: DatabaseConfig,
    pub opensearch: DatabaseConfig,
    pub es: DatabaseConfig,
    /// Whether names of spans are treated too. Default `true`.
    pub sanitize_span_name: bool,
    /// Whether attributes without a `db.system` beside them are treated too. Default `false`.
    pub allow_fallback_without_system: bool,
}

impl Default for DbSanitizerConfig {
    fn default() -> Self {
        Self {
            sql: DatabaseConfig::default(),
            redis: DatabaseConfig::default(),
            valkey: DatabaseConfig::default(),
            memcached: DatabaseConfig::default(),
            mongo: DatabaseConfig::default(),
            opensearch: DatabaseConfig::default(),
            es: DatabaseConfig::default(),
            sanitize_span_name: true,
            allow_fallback_without_system: false,
        }
    }
}

/// One kind of database.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// Default `false`, the only value accepted.
    pub enabled: bool,
    /// Attributes that hold queries.
    pub attributes: Vec<String>,
}

impl Config {
    /// The lists of patterns, with what the Collector calls them in its errors.
    pub(super) fn patterns(&self) -> [(&'static str, &'static str, &[String]); 4] {
        [
            ("ignored_key_patterns", "ignore keys list", &self.ignored_key_patterns),
            ("blocked_values", "block list", &self.blocked_values),
            ("blocked_key_patterns", "block keys list", &self.blocked_key_patterns),
            ("allowed_values", "allow list", &self.allowed_values),
        ]
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        for (field, list, patterns) in self.patterns() {
            let mut at = at.field(field);
            for (index, text) in patterns.iter().enumerate() {
                if let Err(error) = pattern::compile(text) {
                    let problem = format!(
                        "failed to process {list}: error compiling regex in list: error parsing regexp: {error}: `{text}`"
                    );
                    at.index(index).error("", problem);
                }
            }
        }
        if Mask::parse(&self.hash_function).is_none() {
            let given = self.hash_function.to_lowercase();
            let problem = format!("unknown HashFunction {given}, allowed functions are sha1, sha3 and md5");
            at.error("hash_function", problem);
        }
        if self.url_sanitizer.enabled {
            at.error(
                "url_sanitizer::enabled",
                "sanitizing URLs is not supported; mask them with blocked_values",
            );
        }
        let DbSanitizerConfig { sql, redis, valkey, memcached, mongo, opensearch, es, .. } =
            &self.db_sanitizer;
        for (name, database) in [
            ("sql", sql),
            ("redis", redis),
            ("valkey", valkey),
            ("memcached", memcached),
            ("mongo", mongo),
            ("opensearch", opensearch),
            ("es", es),
        ] {
            if database.enabled {
                let problem =
                    "sanitizing database queries is not supported; mask them with blocked_key_patterns";
                at.error(&format!("db_sanitizer::{name}::enabled"), problem);
            }
        }
    }
}
