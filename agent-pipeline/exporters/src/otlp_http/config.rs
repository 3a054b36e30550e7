//! The settings of `otlp_http`, keys and defaults as the Collector's exporter and `confighttp` client (v0.145.0).

use agent_config::{GoDuration, Headers, Validate, Validator};
use agent_net::compression::Codec;
use agent_net::tls::TlsClientSettings;
use agent_otlp::Signal;
use http::Uri;
use serde::Deserialize;

use crate::client::headers;
use crate::wrapper::{QueueSettings, RetrySettings};

/// The `otlp_http` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Base URL; `/v1/traces` and so on are added. Default none.
    pub endpoint: String,
    /// Whole URL for traces instead. Default none.
    pub traces_endpoint: String,
    /// Whole URL for metrics instead. Default none.
    pub metrics_endpoint: String,
    /// Whole URL for logs instead. Default none.
    pub logs_endpoint: String,
    /// Accepted; profiles are not relayed.
    pub profiles_endpoint: String,
    /// How the body is written. Default `proto`.
    pub encoding: Encoding,
    /// For one try, from connecting to the end of the answer; 0 means without limit. Default 30s.
    pub timeout: GoDuration,
    /// Sent with every request. Default none.
    pub headers: Headers,
    /// How the body is compressed. Default `gzip`.
    pub compression: String,
    /// How hard.
    pub compression_params: CompressionParams,
    /// TLS towards `https` URLs.
    pub tls: TlsClientSettings,
    /// The proxy to go through. Default that of the environment.
    pub proxy_url: String,
    /// Accepted: bodies are read whole. Default 0.
    pub read_buffer_size: i64,
    /// Accepted: bodies are written as they lie in memory. Default 524288.
    pub write_buffer_size: i64,
    /// Connections kept open without use; all go to one backend. Default 100.
    pub max_idle_conns: i64,
    /// The same, and wins; 0 means `max_idle_conns`. Default 0.
    pub max_idle_conns_per_host: i64,
    /// Requests on the way at once; 0 means without limit. Default 0.
    pub max_conns_per_host: i64,
    /// How long a connection stays open without use; 0 means forever. Default 90s.
    pub idle_conn_timeout: GoDuration,
    /// A connection for each request. Default false.
    pub disable_keep_alives: bool,
    /// Offer HTTP/2 in TLS handshakes. Default true.
    pub force_attempt_http2: bool,
    /// Ping an HTTP/2 connection that was silent so long; 0 means never. Default 0.
    pub http2_read_idle_timeout: GoDuration,
    /// Close it when the ping is not answered in time; 0 means 15s. Default 0.
    pub http2_ping_timeout: GoDuration,
    /// Accepted, without effect: nothing in OTLP sets cookies.
    pub cookies: Cookies,
    /// Retries.
    pub retry_on_failure: RetrySettings,
    /// The queue. On by default.
    pub sending_queue: QueueSettings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            traces_endpoint: String::new(),
            metrics_endpoint: String::new(),
            logs_endpoint: String::new(),
            profiles_endpoint: String::new(),
            encoding: Encoding::Proto,
            timeout: GoDuration::from_secs(30),
            headers: Headers::default(),
            compression: "gzip".to_owned(),
            compression_params: CompressionParams::default(),
            tls: TlsClientSettings::default(),
            proxy_url: String::new(),
            read_buffer_size: 0,
            write_buffer_size: 524_288,
            max_idle_conns: 100,
            max_idle_conns_per_host: 0,
            max_conns_per_host: 0,
            idle_conn_timeout: GoDuration::from_secs(90),
            disable_keep_alives: false,
            force_attempt_http2: true,
            http2_read_idle_timeout: GoDuration::ZERO,
            http2_ping_timeout: GoDuration::ZERO,
            cookies: Cookies::default(),
            retry_on_failure: RetrySettings::default(),
            sending_queue: QueueSettings::default(),
        }
    }
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// `application/x-protobuf`.
    #[default]
    Proto,
    /// `application/json`.
    Json,
}

/// `compression_params`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompressionParams {
    /// The codec's own scale; 0 and -1 mean the default, which is the fastest.
    pub level: i32,
}

/// `cookies`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cookies {
    /// Whether the Collector would keep cookies.
    pub enabled: bool,
}

impl Config {
    /// The codec; `None` when the name is unknown.
    pub(super) fn codec(&self) -> Option<Codec> {
        Codec::from_name(&self.compression)
    }

    /// The URL of a signal, the key it comes from, and whether it can be used. `None` when there is none.
    pub(super) fn url(&self, signal: Signal) -> Option<(&'static str, Result<Uri, String>)> {
        let (key, own) = match signal {
            Signal::Traces => ("traces_endpoint", &self.traces_endpoint),
            Signal::Metrics => ("metrics_endpoint", &self.metrics_endpoint),
            Signal::Logs => ("logs_endpoint", &self.logs_endpoint),
        };
        if !own.is_empty() {
            return Some((key, parse(own)));
        }
        if self.endpoint.is_empty() {
            return None;
        }
        let base = self.endpoint.trim_end_matches('/');
        Some(("endpoint", parse(&format!("{base}/v1/{}", signal.as_str()))))
    }
}

/// The text may hold a secret that came from the environment; only what is wrong with it is told.
fn parse(url: &str) -> Result<Uri, String> {
    let example = "a URL such as https://backend:4318";
    let (scheme, _) = url.split_once("://").ok_or_else(|| format!("has no scheme; give {example}"))?;
    if scheme != "http" && scheme != "https" {
        return Err(format!("has the scheme {scheme:?}; give {example}"));
    }
    let uri: Uri = url.parse().map_err(|error| format!("is not a URL: {error}"))?;
    match uri.host() {
        None | Some("") => Err(format!("names no host; give {example}")),
        Some(_) => Ok(uri),
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        let urls: Vec<_> = Signal::ALL.into_iter().filter_map(|signal| self.url(signal)).collect();
        if urls.is_empty() && self.profiles_endpoint.is_empty() {
            at.error("", "at least one endpoint must be specified");
        }
        let mut told = Vec::new();
        for (key, url) in urls {
            if let (Err(reason), false) = (url, told.contains(&key)) {
                at.error(key, reason);
                told.push(key);
            }
        }
        match self.codec() {
            None => at.error("compression", format!("unsupported compression type {:?}", self.compression)),
            Some(codec) if !codec.takes_level(self.compression_params.level) => {
                let text = format!(
                    "unsupported parameters {{Level:{}}} for compression type {:?}",
                    self.compression_params.level, self.compression
                );
                at.error("compression_params::level", text);
            }
            Some(_) => {}
        }
        let sizes = [
            ("read_buffer_size", self.read_buffer_size),
            ("write_buffer_size", self.write_buffer_size),
            ("max_idle_conns", self.max_idle_conns),
            ("max_idle_conns_per_host", self.max_idle_conns_per_host),
            ("max_conns_per_host", self.max_conns_per_host),
        ];
        for (key, size) in sizes {
            if size < 0 {
                at.error(key, "must not be negative");
            }
        }
        let spans = [
            ("timeout", self.timeout),
            ("idle_conn_timeout", self.idle_conn_timeout),
            ("http2_read_idle_timeout", self.http2_read_idle_timeout),
            ("http2_ping_timeout", self.http2_ping_timeout),
        ];
        for (key, span) in spans {
            if span.is_negative() {
                at.error(key, "must not be negative");
            }
        }
        headers::validate(&self.headers, at);
        at.nested("tls", &self.tls);
        at.nested("retry_on_failure", &self.retry_on_failure);
        at.nested("sending_queue", &self.sending_queue);
    }
}
