//! The settings of `otlp_grpc`, keys and defaults as the Collector's exporter and `configgrpc` client (v0.145.0).

use agent_config::{GoDuration, Headers, Validate, Validator};
use agent_net::compression::Codec;
use agent_net::tls::TlsClientSettings;
use http::uri::Authority;
use serde::Deserialize;

use super::endpoint::Endpoint;
use crate::client::headers;
use crate::wrapper::{QueueSettings, RetrySettings};

/// The `otlp_grpc` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `host:port`, with `http://`, `https://` or `dns:///` before it or not. Required.
    pub endpoint: String,
    /// For one try; 0 means without limit. Default 5s.
    pub timeout: GoDuration,
    /// Sent as metadata with every call. Default none.
    pub headers: Headers,
    /// `gzip`, `snappy`, `zstd` or `none`. Default `gzip`.
    pub compression: String,
    /// TLS, on unless `insecure` or the endpoint's scheme says otherwise.
    pub tls: TlsClientSettings,
    /// Pings of an idle connection. Default none; missing keys of a given section are 0.
    pub keepalive: Option<Keepalive>,
    /// Accepted: messages are read whole. Default 0.
    pub read_buffer_size: i64,
    /// Accepted: messages are written as they lie in memory. Default 524288.
    pub write_buffer_size: i64,
    /// Wait for the backend to come up within `timeout`, instead of failing the try at once. Default false.
    pub wait_for_ready: bool,
    /// Accepted: there is one connection, to the first address that answers. Default `round_robin`.
    pub balancer_name: String,
    /// The `:authority` of calls instead of the endpoint's. Default none.
    pub authority: String,
    /// Retries.
    pub retry_on_failure: RetrySettings,
    /// The queue. On by default.
    pub sending_queue: QueueSettings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            timeout: GoDuration::from_secs(5),
            headers: Headers::default(),
            compression: "gzip".to_owned(),
            tls: TlsClientSettings::default(),
            keepalive: None,
            read_buffer_size: 0,
            write_buffer_size: 524_288,
            wait_for_ready: false,
            balancer_name: "round_robin".to_owned(),
            authority: String::new(),
            retry_on_failure: RetrySettings::default(),
            sending_queue: QueueSettings::default(),
        }
    }
}

/// `keepalive`: pings on the connection.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keepalive {
    /// Ping after so much silence; 0 means never, and less than 10s is taken as 10s, as in gRPC for Go.
    pub time: GoDuration,
    /// Close the connection when a ping is not answered in time; 0 means 20s.
    pub timeout: GoDuration,
    /// Ping even when no call is under way.
    pub permit_without_stream: bool,
}

impl Config {
    /// The codec; `None` when gRPC has no such.
    pub(super) fn codec(&self) -> Option<Codec> {
        match self.compression.as_str() {
            "" | "none" => Some(Codec::None),
            "gzip" => Some(Codec::Gzip),
            // What gRPC calls snappy is the framed format.
            "snappy" => Some(Codec::SnappyFramed),
            "zstd" => Some(Codec::Zstd),
            _ => None,
        }
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.endpoint.trim().is_empty() {
            at.error("endpoint", "requires a non-empty \"endpoint\"");
        } else if let Err(reason) = Endpoint::of(self) {
            at.error("endpoint", reason);
        }
        if self.codec().is_none() {
            at.error("compression", format!("unsupported compression type {:?}", self.compression));
        }
        if !matches!(self.balancer_name.as_str(), "" | "round_robin" | "pick_first") {
            at.error("balancer_name", format!("invalid balancer_name: {}", self.balancer_name));
        }
        if !self.authority.is_empty() && self.authority.parse::<Authority>().is_err() {
            at.error("authority", "is not the name of a host, with a port or not");
        }
        for (key, size) in
            [("read_buffer_size", self.read_buffer_size), ("write_buffer_size", self.write_buffer_size)]
        {
            if size < 0 {
                at.error(key, "must not be negative");
            }
        }
        if self.timeout.is_negative() {
            at.error("timeout", "must not be negative");
        }
        if let Some(keepalive) = &self.keepalive {
            for (key, span) in [("time", keepalive.time), ("timeout", keepalive.timeout)] {
                if span.is_negative() {
                    at.field("keepalive").error(key, "must not be negative");
                }
            }
        }
        headers::validate(&self.headers, at);
        at.nested("tls", &self.tls);
        at.nested("retry_on_failure", &self.retry_on_failure);
        at.nested("sending_queue", &self.sending_queue);
    }
}
