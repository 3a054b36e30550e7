//! Opens connections: name resolution and TCP by hyper-util, then a proxy's tunnel, then TLS.
//!
//! One connector serves one exporter. TLS files are looked at before each handshake, see `agent_net::tls`.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use agent_net::tls::{ClientTls, TlsClientSettings};
use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::Proxy;
use super::stream::Stream;

/// How long one address may take to answer; Go's dialer has the same bound.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Lower-layer probes that find a peer which went away without a word; Go's default.
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);
/// A connection whose data nobody acknowledges for so long is dead. Without this, HTTP/2 would put try after try
/// on it until TCP gives up, a quarter of an hour later.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

type BoxError = Box<dyn Error + Send + Sync>;

/// Opens connections to the URLs of one exporter. Clones share everything.
#[derive(Clone)]
pub(crate) struct Connector {
    tcp: HttpConnector,
    shared: Arc<Shared>,
}

struct Shared {
    proxy: Proxy,
    tls: Option<ClientTls>,
    /// Plain requests go through a tunnel too, as gRPC's HTTP/2 must.
    always_tunnel: bool,
}

impl Connector {
    /// A connector; `tls` is needed for `https` URLs.
    pub(crate) fn new(proxy: Proxy, tls: Option<ClientTls>, always_tunnel: bool) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.set_keepalive(Some(TCP_KEEPALIVE));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        Self { tcp, shared: Arc::new(Shared { proxy, tls, always_tunnel }) }
    }

    /// Opens a connection over which requests to `url` can be sent.
    pub(crate) async fn connect(&self, url: Uri) -> Result<Stream, BoxError> {
        let secure = url.scheme_str() == Some("https");
        let stream = match self.shared.proxy.of(&self.asked_for(&url)) {
            None => self.tcp(url.clone()).await?,
            Some(proxy) if secure || self.shared.always_tunnel => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), ToProxy(self.clone()));
                if let Some(authorization) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(authorization.clone());
                }
                let stream = tunnel.call(url.clone()).await;
                stream.map_err(|error| Layered::new("proxy", error))?.into_inner()
            }
            Some(proxy) => self.to_proxy(proxy.uri().clone()).await?.forwarded(),
        };
        if !secure {
            return Ok(stream);
        }
        let tls = self.shared.tls.as_ref().ok_or("TLS is switched off for this exporter")?;
        handshake(tls, &url, stream).await
    }

    /// The URL to find the proxy by: what needs a tunnel asks for that of `https`, as gRPC for Go does.
    fn asked_for(&self, url: &Uri) -> Uri {
        let mut parts = url.clone().into_parts();
        if self.shared.always_tunnel {
            parts.scheme = Some(Scheme::HTTPS);
        }
        Uri::from_parts(parts).unwrap_or_else(|_| url.clone())
    }

    async fn tcp(&self, url: Uri) -> Result<Stream, BoxError> {
        let mut tcp = self.tcp.clone();
        Ok(Stream::tcp(tcp.call(url).await?.into_inner()))
    }

    async fn to_proxy(&self, proxy: Uri) -> Result<Stream, BoxError> {
        let stream = self.tcp(proxy.clone()).await?;
        if proxy.scheme_str() != Some("https") {
            return Ok(stream);
        }
        // Proxies that speak TLS are rare: their authorities are those of the system, read when needed.
        let tls = ClientTls::new(&TlsClientSettings::default(), &["http/1.1"])?;
        handshake(&tls, &proxy, stream).await
    }
}

async fn handshake(tls: &ClientTls, url: &Uri, stream: Stream) -> Result<Stream, BoxError> {
    let name = tls.server_name(url.host().unwrap_or_default())?;
    let stream = TlsConnector::from(tls.current()).connect(name, stream).await;
    Ok(Stream::tls(stream.map_err(|error| Layered::new("TLS", error))?))
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Stream>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect(url).await.map(TokioIo::new) })
    }
}

/// The way to a proxy itself, for the tunnel.
#[derive(Clone)]
struct ToProxy(Connector);

impl Service<Uri> for ToProxy {
    type Response = TokioIo<Stream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Stream>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, proxy: Uri) -> Self::Future {
        let connector = self.0.clone();
        Box::pin(async move { connector.to_proxy(proxy).await.map(TokioIo::new) })
    }
}

/// An error with the layer that it comes from.
#[derive(Debug, thiserror::Error)]
#[error("{layer}")]
struct Layered {
    layer: &'static str,
    source: BoxError,
}

impl Layered {
    fn new(layer: &'static str, source: impl Into<BoxError>) -> Self {
        Self { layer, source: source.into() }
    }
}

/// An error of hyper with all its sources, each text once: `client error (Connect): tcp connect error: ...`.
pub(crate) fn failure_text(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(next) = source {
        let said = next.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = next.source();
    }
    text
}
