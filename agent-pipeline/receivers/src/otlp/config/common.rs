//! What the two protocols' sections share: endpoints, and references to extensions that do not exist yet.

use agent_config::{ComponentId, Validator};
use serde::Deserialize;

/// Transports the Collector knows for a stream server (`confignet`, v0.145.0).
const TRANSPORTS: [&str; 4] = ["tcp", "tcp4", "tcp6", "unix"];

/// The `auth` section of gRPC.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// The id of an authenticator extension.
    pub authenticator: String,
}

/// The `auth` section of HTTP.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpAuth {
    /// The id of an authenticator extension.
    pub authenticator: String,
    /// Query parameters to hand to it.
    pub request_params: Vec<String>,
}

/// An element of `middlewares`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Middleware {
    /// The id of an extension that acts as middleware.
    pub id: String,
}

impl Middleware {
    /// Whether it is a `memory_limiter`. Nothing is to be done for one: what it limits is the memory of the process, which
    /// is asked before anything is read.
    fn is_limiter(&self) -> bool {
        self.id.parse().is_ok_and(|id: ComponentId| id.r#type() == "memory_limiter")
    }
}

/// Whether the endpoint is the path of a unix socket.
pub(in crate::otlp) fn is_unix(transport: &str) -> bool {
    transport == "unix"
}

pub(super) fn validate_endpoint(endpoint: &str, transport: &str, at: &mut Validator<'_>) {
    if !TRANSPORTS.contains(&transport) {
        at.error(
            "transport",
            format!("invalid transport type {transport:?}, expected one of tcp, tcp4, tcp6, unix"),
        );
    } else if endpoint.is_empty() {
        at.error("endpoint", "must not be empty");
    } else if !is_unix(transport) && !has_port(endpoint) {
        at.error("endpoint", "expected host:port, [v6]:port or :port");
    }
}

fn has_port(endpoint: &str) -> bool {
    endpoint.rsplit_once(':').is_some_and(|(host, port)| {
        let bare_v6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        port.parse::<u16>().is_ok() && !bare_v6
    })
}

/// An authenticator that is asked for and cannot be had must not leave the port open to everybody.
pub(super) fn validate_extensions(
    authenticator: Option<&str>,
    middlewares: &[Middleware],
    at: &mut Validator<'_>,
) {
    if let Some(id) = authenticator {
        at.error(
            "auth",
            format!("no extension can authenticate yet, so {id:?} cannot be used; remove the section or restrict the port"),
        );
    }
    for (index, middleware) in
        middlewares.iter().enumerate().filter(|(_, middleware)| !middleware.is_limiter())
    {
        let text =
            format!("only a memory_limiter can act as middleware, so {:?} cannot be used", middleware.id);
        at.field("middlewares").index(index).error("", text);
    }
}
