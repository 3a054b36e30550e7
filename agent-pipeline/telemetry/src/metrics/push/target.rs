//! Where a push goes: host, path, headers and TLS, read from the exporter's settings.

use std::fmt;
use std::sync::Arc;

use agent_config::document::OtlpExporter;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use percent_encoding::percent_decode_str;
use rustls::ClientConfig;

use super::super::MetricsError;
use super::tls;

/// The service and method of OTLP's metrics over gRPC.
const METHOD: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// A backend.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) grpc: bool,
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    pub(super) path: PathAndQuery,
    pub(super) headers: HeaderMap,
    pub(super) tls: Option<Arc<ClientConfig>>,
}

impl fmt::Debug for Target {
    /// Without headers, which are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.url())
    }
}

impl Target {
    pub(super) fn new(otlp: &OtlpExporter, path: &str, user_agent: &str) -> Result<Self, MetricsError> {
        let refused = |key: &str, reason: &str| MetricsError::Exporter {
            path: format!("{path}::{key}"),
            reason: reason.to_owned(),
        };
        let grpc = otlp.protocol.as_deref().is_some_and(|protocol| protocol.starts_with("grpc"));
        let default = if grpc { "localhost:4317" } else { "localhost:4318" };
        let text = otlp.endpoint.as_deref().unwrap_or(default);
        let text = with_scheme(text, otlp.insecure.unwrap_or(false));
        let uri: Uri = text.parse().map_err(|_| refused("endpoint", "is not a URL"))?;
        let scheme = uri.scheme().cloned().unwrap_or(Scheme::HTTPS);
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return Err(refused("endpoint", "must be an http or https URL"));
        }
        let authority = uri.authority().cloned().ok_or_else(|| refused("endpoint", "has no host"))?;
        let path_of = match uri.path_and_query() {
            _ if grpc => PathAndQuery::from_static(METHOD),
            Some(given) if given.as_str() != "/" => given.clone(),
            _ => PathAndQuery::from_static("/v1/metrics"),
        };
        let tls = (scheme == Scheme::HTTPS).then(|| tls::config(otlp, path, grpc)).transpose()?;
        let mut headers = headers(otlp, &refused)?;
        if let Ok(user_agent) = HeaderValue::from_str(user_agent) {
            headers.entry(http::header::USER_AGENT).or_insert(user_agent);
        }
        Ok(Self { grpc, scheme, authority, path: path_of, headers, tls })
    }

    /// The URL, without anything that could be a credential.
    pub(super) fn url(&self) -> String {
        let port = self.authority.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}{}", self.scheme, self.authority.host(), self.path.path())
    }

    /// Where to connect to.
    pub(super) fn address(&self) -> (&str, u16) {
        let default = if self.scheme == Scheme::HTTPS { 443 } else { 80 };
        let host = self.authority.host().trim_start_matches('[').trim_end_matches(']');
        (host, self.authority.port_u16().unwrap_or(default))
    }
}

fn with_scheme(endpoint: &str, insecure: bool) -> String {
    match endpoint.contains("://") {
        true => endpoint.to_owned(),
        false if insecure => format!("http://{endpoint}"),
        false => format!("https://{endpoint}"),
    }
}

/// `headers`, and those of `headers_list` that it does not have: `name=value,name=value`, values percent-encoded.
fn headers(
    otlp: &OtlpExporter,
    refused: &impl Fn(&str, &str) -> MetricsError,
) -> Result<HeaderMap, MetricsError> {
    let mut headers = HeaderMap::new();
    let mut add = |key: &str, name: &str, value: &str| {
        let name =
            HeaderName::try_from(name).map_err(|_| refused(key, "has a name that is no header name"))?;
        let mut value =
            HeaderValue::try_from(value).map_err(|_| refused(key, "has a value that cannot be sent"))?;
        value.set_sensitive(true);
        headers.entry(name).or_insert(value);
        Ok::<(), MetricsError>(())
    };
    for (name, value) in otlp.headers.iter() {
        add("headers", name, value.expose())?;
    }
    let list = otlp.headers_list.as_ref().map_or("", |list| list.expose());
    for pair in list.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| refused("headers_list", "must be a list of `name=value`"))?;
        let value = percent_decode_str(value.trim()).decode_utf8();
        let value = value.map_err(|_| refused("headers_list", "has a value that cannot be sent"))?;
        add("headers_list", name.trim(), &value)?;
    }
    Ok(headers)
}
