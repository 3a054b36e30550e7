//! One POST for one batch.

use agent_component::{BuildError, Code, ConsumeError, Host};
use agent_net::compression::Codec;
use agent_otlp::{Batch, Signal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioTimer;
use tokio::sync::Semaphore;

use super::answer;
use super::config::{Config, Encoding};
use crate::client::{
    Body, Connector, Effort, Proxy, Tasks, compressed, failure_text, headers, tls, user_agent,
};
use crate::wrapper::{SendResult, Sender, fingerprint};

/// The sender of `otlp_http`.
pub struct HttpSender {
    client: Client<Connector, Body>,
    routes: Vec<Route>,
    encoding: Encoding,
    codec: Codec,
    effort: Effort,
    /// Requests on the way at once, where that is bounded.
    slots: Option<Semaphore>,
    tasks: Tasks,
}

/// Where a signal goes, and everything of the request that is the same each time.
struct Route {
    signal: Signal,
    url: Uri,
    /// The URL as it may be shown.
    shown: String,
    headers: HeaderMap,
    destination: u64,
}

impl HttpSender {
    pub(super) fn new(config: &Config, host: &Host, signals: &[Signal]) -> Result<Self, BuildError> {
        let proxy = Proxy::new(&config.proxy_url, host.environment.as_ref())
            .map_err(|reason| BuildError::new("proxy_url", reason))?;
        let codec = config.codec().unwrap_or_default();
        let fixed = fixed_headers(config, host, codec);
        let mut routes = Vec::with_capacity(signals.len());
        for signal in signals {
            routes.push(Route::new(config, *signal, &fixed, &proxy)?);
        }
        let secure = routes.iter().any(|route| route.url.scheme_str() == Some("https"));
        // A connection for each request is a thing of HTTP/1.1.
        let http2 = config.force_attempt_http2 && !config.disable_keep_alives;
        let offer: &[&str] = if http2 { &["h2", "http/1.1"] } else { &["http/1.1"] };
        let connector = Connector::new(proxy, tls(&config.tls, secure, offer)?, false);
        let tasks = Tasks::default();
        let slots = usize::try_from(config.max_conns_per_host).ok().filter(|most| *most > 0);
        Ok(Self {
            client: client(config, connector, &tasks),
            routes,
            encoding: config.encoding,
            codec,
            effort: Effort::new(Some(config.compression_params.level).filter(|level| *level != 0)),
            slots: slots.map(|most| Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
            tasks,
        })
    }

    fn body(&self, batch: &Batch) -> Result<Body, ConsumeError> {
        let failed =
            |error: agent_net::compression::CompressError| ConsumeError::permanent(error.to_string());
        match (self.encoding, self.codec) {
            (Encoding::Proto, Codec::None) => Ok(batch.segments().collect()),
            (Encoding::Proto, codec) => {
                let body = compressed(batch, codec, self.effort.level(codec, batch.signal()), Vec::new())
                    .map_err(failed)?;
                Ok(Body::from(Bytes::from(body)))
            }
            (Encoding::Json, codec) => {
                let mut json = Vec::new();
                batch.write_json(&mut json);
                if codec == Codec::None {
                    return Ok(Body::from(Bytes::from(json)));
                }
                let mut body = Vec::new();
                let level = self.effort.level(codec, batch.signal());
                agent_net::compression::compress(codec, level, &json, &mut body).map_err(failed)?;
                Ok(Body::from(Bytes::from(body)))
            }
        }
    }
}

impl Sender for HttpSender {
    async fn send(&self, batch: &Batch) -> SendResult {
        let signal = batch.signal();
        let Some(route) = self.routes.iter().find(|route| route.signal == signal) else {
            let text = format!("the exporter has no endpoint for {signal}");
            return Err(ConsumeError::permanent(text).into());
        };
        let mut request = Request::new(self.body(batch)?);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = route.url.clone();
        *request.headers_mut() = route.headers.clone();
        let _slot = match &self.slots {
            // Never closed, so there is always a slot in the end.
            Some(slots) => slots.acquire().await.ok(),
            None => None,
        };
        match self.client.request(request).await {
            Ok(response) => answer::read(response, &route.shown).await,
            Err(error) => {
                let text =
                    format!("failed to make an HTTP request to {}: {}", route.shown, failure_text(&error));
                Err(ConsumeError::retryable(text).with_code(Code::Unavailable).into())
            }
        }
    }

    fn destination(&self, signal: Signal) -> Option<u64> {
        self.routes.iter().find(|route| route.signal == signal).map(|route| route.destination)
    }

    async fn close(&self) {
        self.tasks.finish().await;
    }
}

impl Route {
    fn new(config: &Config, signal: Signal, fixed: &HeaderMap, proxy: &Proxy) -> Result<Self, BuildError> {
        let (key, url) = config.url(signal).ok_or_else(|| {
            let key = format!("{signal}_endpoint");
            BuildError::new(key, format!("there is no endpoint for {signal}, which a pipeline sends here"))
        })?;
        let url = url.map_err(|reason| BuildError::new(key, reason))?;
        let destination = destination(config, &url);
        let mut headers = fixed.clone();
        let url = without_credentials(url, &mut headers).map_err(|reason| BuildError::new(key, reason))?;
        proxy.check(&url).map_err(|reason| BuildError::new(key, reason))?;
        if url.scheme_str() == Some("http")
            && let Some(authorization) = proxy.authorization(&url)
        {
            headers.insert(header::PROXY_AUTHORIZATION, authorization);
        }
        // The query may hold a token.
        let shown = url.to_string().split('?').next().unwrap_or_default().to_owned();
        Ok(Self { signal, url, shown, headers, destination })
    }
}

/// The URL with its credentials, the headers that users set, and who the client is in TLS.
fn destination(config: &Config, url: &Uri) -> u64 {
    fingerprint(&format!("otlp_http {url} {} {:?}", headers::text(&config.headers), config.tls))
}

fn fixed_headers(config: &Config, host: &Host, codec: Codec) -> HeaderMap {
    let mut fixed = HeaderMap::new();
    fixed.insert(header::USER_AGENT, user_agent(host.build));
    for (name, value) in headers::of(&config.headers) {
        fixed.insert(name, value);
    }
    let kind = match config.encoding {
        Encoding::Proto => "application/x-protobuf",
        Encoding::Json => "application/json",
    };
    fixed.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if codec != Codec::None {
        fixed.insert(header::CONTENT_ENCODING, HeaderValue::from_static(codec.name()));
    }
    if config.disable_keep_alives {
        fixed.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    fixed
}

/// Moves `user:password@` of a URL into an `Authorization` header, as Go's client does, unless there is one.
fn without_credentials(url: Uri, headers: &mut HeaderMap) -> Result<Uri, String> {
    let Some((credentials, address)) = url.authority().and_then(|part| part.as_str().rsplit_once('@')) else {
        return Ok(url);
    };
    if !headers.contains_key(header::AUTHORIZATION) {
        let text = format!("Basic {}", STANDARD.encode(credentials));
        let mut value = HeaderValue::try_from(text).map_err(|error| error.to_string())?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    let address = address.parse().map_err(|_| "is not a URL".to_owned())?;
    let mut parts = url.into_parts();
    parts.authority = Some(address);
    Uri::from_parts(parts).map_err(|error| error.to_string())
}

fn client(config: &Config, connector: Connector, tasks: &Tasks) -> Client<Connector, Body> {
    let idle = match (config.disable_keep_alives, config.max_idle_conns_per_host, config.max_idle_conns) {
        (true, _, _) => 0,
        (false, 0, 0) => usize::MAX,
        (false, 0, most) | (false, most, _) => usize::try_from(most).unwrap_or(usize::MAX),
    };
    let idle_timeout = config.idle_conn_timeout.to_std();
    let mut builder = Client::builder(tasks.clone());
    builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout((!idle_timeout.is_zero()).then_some(idle_timeout))
        .pool_max_idle_per_host(idle);
    let ping = config.http2_read_idle_timeout.to_std();
    if !ping.is_zero() {
        let limit = config.http2_ping_timeout.to_std();
        let limit = if limit.is_zero() { std::time::Duration::from_secs(15) } else { limit };
        builder.http2_keep_alive_interval(ping).http2_keep_alive_timeout(limit);
    }
    builder.build(connector)
}
