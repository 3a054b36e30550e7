//! The forms of a gRPC endpoint: `host:port`, `http://host:port`, `https://host:port`, `dns://[authority]/host:port`.

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

use super::Config;

/// Where to connect, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// `host:port`.
    pub(super) address: Authority,
    /// Whether to speak TLS.
    pub(super) secure: bool,
}

impl Endpoint {
    /// Reads the endpoint of the settings.
    ///
    /// # Errors
    /// Why it is none.
    pub(super) fn of(config: &Config) -> Result<Self, String> {
        let text = config.endpoint.trim();
        let (rest, secure) = if let Some(rest) = text.strip_prefix("http://") {
            (rest, false)
        } else if let Some(rest) = text.strip_prefix("https://") {
            (rest, true)
        } else if let Some(rest) = text.strip_prefix("dns://") {
            // An authority names the DNS server to ask, which the system's resolver decides here.
            (rest.rsplit('/').next().unwrap_or(rest), !config.tls.insecure)
        } else {
            (text, !config.tls.insecure)
        };
        let rest = rest.trim_end_matches('/');
        if rest.is_empty() {
            return Err("requires a non-empty \"endpoint\"".to_owned());
        }
        let address: Authority = rest
            .parse()
            .map_err(|_| "is not host:port, with http://, https:// or dns:/// before it or not".to_owned())?;
        if address.host().is_empty() {
            return Err("names no host".to_owned());
        }
        if address.as_str().contains('@') {
            return Err("must not hold credentials; use headers".to_owned());
        }
        if address.port_u16().is_none() {
            return Err("must name the port, as in backend:4317".to_owned());
        }
        Ok(Self { address, secure })
    }

    /// The URL of a method, or of the connection with `/`; with the address of `authority` when it is given.
    pub(super) fn url(&self, authority: Option<&Authority>, path: &'static str) -> Option<Uri> {
        let scheme = if self.secure { Scheme::HTTPS } else { Scheme::HTTP };
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(scheme);
        parts.authority = Some(authority.unwrap_or(&self.address).clone());
        parts.path_and_query = Some(PathAndQuery::from_static(path));
        Uri::from_parts(parts).ok()
    }
}
