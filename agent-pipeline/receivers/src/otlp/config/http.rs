//! The `protocols::http` section.

use agent_config::{GoDuration, Headers, Validate, Validator};
use agent_net::compression::Codec;
use agent_net::tls::TlsServerSettings;
use http::{HeaderName, HeaderValue};
use serde::Deserialize;

use super::common::{validate_endpoint, validate_extensions};
use super::{HttpAuth, Middleware};

/// What `max_request_body_size` of zero or less means.
const DEFAULT_BODY_LIMIT: usize = 20 << 20;

/// OTLP/HTTP.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// `host:port`, or a path with `transport: unix`. Default `localhost:4318`.
    pub endpoint: String,
    /// `tcp`, `tcp4`, `tcp6` or `unix`. Default `tcp`.
    pub transport: String,
    /// TLS; absent means plain text.
    pub tls: Option<TlsServerSettings>,
    /// Cross-origin requests; absent or without origins they are not allowed.
    pub cors: Option<Cors>,
    /// Not available yet.
    pub auth: Option<HttpAuth>,
    /// Largest body in bytes, as sent and when decompressed. Default 0, which means 20 MiB.
    pub max_request_body_size: i64,
    /// Keep the request's headers beside the data. Default false.
    pub include_metadata: bool,
    /// Headers of every answer.
    pub response_headers: Headers,
    /// Content encodings to accept, `""` being none. Default: every one there is.
    pub compression_algorithms: Option<Vec<String>>,
    /// Time for a whole request body. Default 0, no limit but that it must not stall.
    pub read_timeout: GoDuration,
    /// Time for the head of a request. Default 0, which means `read_timeout`, or else a minute.
    pub read_header_timeout: GoDuration,
    /// Time for handling and answering. Default 0, no limit.
    pub write_timeout: GoDuration,
    /// Time a connection may lie idle. Default 0, which means `read_timeout`, or else no limit.
    pub idle_timeout: GoDuration,
    /// Not available yet.
    pub middlewares: Vec<Middleware>,
    /// Whether a connection may carry several requests. Default true.
    pub keep_alives_enabled: bool,
    /// Default `/v1/traces`; a leading `/` is added where missing.
    pub traces_url_path: String,
    /// Default `/v1/metrics`.
    pub metrics_url_path: String,
    /// Default `/v1/logs`.
    pub logs_url_path: String,
}

/// The `cors` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// Origins, each with at most one `*`; `*` alone is all.
    pub allowed_origins: Vec<String>,
    /// Headers beside those that are always fine; `*` is all.
    pub allowed_headers: Vec<String>,
    /// Seconds a browser may remember the answer. Default 0, its own choice.
    pub max_age: i64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            endpoint: "localhost:4318".to_owned(),
            transport: "tcp".to_owned(),
            tls: None,
            cors: None,
            auth: None,
            max_request_body_size: 0,
            include_metadata: false,
            response_headers: Headers::default(),
            compression_algorithms: None,
            read_timeout: GoDuration::ZERO,
            read_header_timeout: GoDuration::ZERO,
            write_timeout: GoDuration::ZERO,
            idle_timeout: GoDuration::ZERO,
            middlewares: Vec::new(),
            keep_alives_enabled: true,
            traces_url_path: "/v1/traces".to_owned(),
            metrics_url_path: "/v1/metrics".to_owned(),
            logs_url_path: "/v1/logs".to_owned(),
        }
    }
}

impl HttpConfig {
    /// The largest body in bytes.
    pub(in crate::otlp) fn body_limit(&self) -> usize {
        match usize::try_from(self.max_request_body_size) {
            Ok(0) | Err(_) => DEFAULT_BODY_LIMIT,
            Ok(limit) => limit,
        }
    }
}

/// The path that requests must have: absolute, and without a query.
pub(in crate::otlp) fn route(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

impl Validate for HttpConfig {
    fn validate(&self, at: &mut Validator<'_>) {
        validate_endpoint(&self.endpoint, &self.transport, at);
        if let Some(tls) = &self.tls {
            at.nested("tls", tls);
        }
        for (index, name) in self.compression_algorithms.iter().flatten().enumerate() {
            if name == "none" || Codec::from_name(name).is_none() {
                let known: Vec<&str> = Codec::ALL.into_iter().map(Codec::name).collect();
                let text = format!(
                    "unknown compression algorithm {name:?}, expected \"\" or one of {}",
                    known.join(", ")
                );
                at.field("compression_algorithms").index(index).error("", text);
            }
        }
        for (name, value) in self.response_headers.iter() {
            if HeaderName::try_from(name).is_err() {
                at.error("response_headers", format!("{name:?} is no header name"));
            } else if HeaderValue::try_from(value.expose()).is_err() {
                at.error("response_headers", format!("the value of {name:?} cannot be sent in a header"));
            }
        }
        let paths = [
            ("traces_url_path", &self.traces_url_path),
            ("metrics_url_path", &self.metrics_url_path),
            ("logs_url_path", &self.logs_url_path),
        ];
        for (key, path) in paths {
            if http::uri::PathAndQuery::try_from(route(path)).is_err() {
                at.error(key, "invalid HTTP URL path set for signal");
            }
        }
        if let Some(cors) = &self.cors
            && cors.allowed_origins.is_empty()
            && !cors.allowed_headers.is_empty()
        {
            at.warning("cors", "allowed headers without allowed origins have no effect");
        }
        let authenticator = self.auth.as_ref().map(|auth| auth.authenticator.as_str());
        validate_extensions(authenticator, &self.middlewares, at);
    }
}
