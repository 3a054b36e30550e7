//! The `protocols::grpc` section.

use agent_config::{GoDuration, Validate, Validator};
use agent_net::tls::TlsServerSettings;
use serde::Deserialize;

use super::common::{validate_endpoint, validate_extensions};
use super::{Auth, Middleware};

const MIB: usize = 1 << 20;
/// What `max_recv_msg_size_mib: 0` means (gRPC's own default).
const DEFAULT_MESSAGE_MIB: usize = 4;

/// OTLP/gRPC.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GrpcConfig {
    /// `host:port`, or a path with `transport: unix`. Default `localhost:4317`.
    pub endpoint: String,
    /// `tcp`, `tcp4`, `tcp6` or `unix`. Default `tcp`.
    pub transport: String,
    /// TLS; absent means plain text.
    pub tls: Option<TlsServerSettings>,
    /// Largest message, as sent and when decompressed. Default 0, which means 4.
    pub max_recv_msg_size_mib: i64,
    /// Calls a connection may have open; 0 leaves it at 200.
    pub max_concurrent_streams: u32,
    /// Accepted; buffers grow and shrink with the traffic. Default 524288.
    pub read_buffer_size: i64,
    /// Accepted; buffers grow and shrink with the traffic. Default 0.
    pub write_buffer_size: i64,
    /// Pings and the life of connections.
    pub keepalive: Option<Keepalive>,
    /// Not available yet.
    pub auth: Option<Auth>,
    /// Keep the call's metadata beside the data. Default false.
    pub include_metadata: bool,
    /// Not available yet.
    pub middlewares: Vec<Middleware>,
}

/// The `keepalive` section. Empty sections are the same as absent ones.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keepalive {
    /// What the server does.
    pub server_parameters: Option<ServerParameters>,
    /// What clients may do.
    pub enforcement_policy: Option<Enforcement>,
}

/// The `keepalive::server_parameters` section. Zero is gRPC's default: no limit, but `time` 2 h and `timeout` 20 s.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerParameters {
    /// A connection without calls is closed after this.
    pub max_connection_idle: GoDuration,
    /// A connection is closed, once its calls are done, after this.
    pub max_connection_age: GoDuration,
    /// What calls still get of time after `max_connection_age`.
    pub max_connection_age_grace: GoDuration,
    /// A client is pinged after being silent this long.
    pub time: GoDuration,
    /// A ping must be answered within this.
    pub timeout: GoDuration,
}

/// The `keepalive::enforcement_policy` section: accepted and not enforced, clients may ping as they like.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Enforcement {
    /// The least time between pings.
    pub min_time: GoDuration,
    /// Whether pings are fine without calls.
    pub permit_without_stream: bool,
}

impl Default for GrpcConfig {
    fn default() -> Self {
        Self {
            endpoint: "localhost:4317".to_owned(),
            transport: "tcp".to_owned(),
            tls: None,
            max_recv_msg_size_mib: 0,
            max_concurrent_streams: 0,
            read_buffer_size: 512 << 10,
            write_buffer_size: 0,
            keepalive: None,
            auth: None,
            include_metadata: false,
            middlewares: Vec::new(),
        }
    }
}

impl GrpcConfig {
    /// The largest message in bytes.
    pub(in crate::otlp) fn message_limit(&self) -> usize {
        match usize::try_from(self.max_recv_msg_size_mib) {
            Ok(0) | Err(_) => DEFAULT_MESSAGE_MIB * MIB,
            Ok(mib) => mib.saturating_mul(MIB),
        }
    }

    /// The keepalive settings, defaults where there are none.
    pub(in crate::otlp) fn server_parameters(&self) -> ServerParameters {
        self.keepalive.as_ref().and_then(|keepalive| keepalive.server_parameters.clone()).unwrap_or_default()
    }
}

impl Validate for GrpcConfig {
    fn validate(&self, at: &mut Validator<'_>) {
        validate_endpoint(&self.endpoint, &self.transport, at);
        let most = i64::MAX / (1 << 20);
        if !(0..=most).contains(&self.max_recv_msg_size_mib) {
            let got = self.max_recv_msg_size_mib;
            at.error(
                "max_recv_msg_size_mib",
                format!("invalid max_recv_msg_size_mib value, must be between 1 and {most}: {got}"),
            );
        }
        for (key, size) in
            [("read_buffer_size", self.read_buffer_size), ("write_buffer_size", self.write_buffer_size)]
        {
            if size < 0 {
                at.error(key, format!("invalid {key} value: {size}"));
            }
        }
        if let Some(tls) = &self.tls {
            at.nested("tls", tls);
        }
        let authenticator = self.auth.as_ref().map(|auth| auth.authenticator.as_str());
        validate_extensions(authenticator, &self.middlewares, at);
    }
}
