//! One unary call for one batch.

use agent_component::{BuildError, ConsumeError, Host};
use agent_net::compression::Codec;
use agent_net::grpc::{HEADER_LEN, format_timeout, frame_header};
use agent_otlp::{Batch, Signal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version, header};
use tokio::sync::Mutex;

use super::answer;
use super::channel::Channel;
use super::config::Config;
use super::endpoint::Endpoint;
use crate::client::{Body, Connector, Effort, Proxy, Tasks, compressed, headers, tls, user_agent};
use crate::wrapper::{SendError, SendResult, Sender, fingerprint};

/// The sender of `otlp_grpc`.
pub struct GrpcSender {
    channel: Channel,
    headers: HeaderMap,
    destination: u64,
    codec: Codec,
    effort: Effort,
    traces: Uri,
    metrics: Uri,
    logs: Uri,
}

impl GrpcSender {
    pub(super) fn new(config: &Config, host: &Host) -> Result<Self, BuildError> {
        let at_endpoint = |reason: String| BuildError::new("endpoint", reason);
        let endpoint = Endpoint::of(config).map_err(at_endpoint)?;
        let proxy = Proxy::new("", host.environment.as_ref()).map_err(at_endpoint)?;
        // A tunnel is asked for by the URL of https, with TLS inside or without.
        if let Some(asked) = (Endpoint { secure: true, ..endpoint.clone() }).url(None, "/") {
            proxy.check(&asked).map_err(at_endpoint)?;
        }
        let tls = tls(&config.tls, endpoint.secure, &["h2"])?;
        let authority: Option<Authority> = config.authority.parse().ok();
        let url = |authority, path| {
            endpoint.url(authority, path).ok_or_else(|| at_endpoint("is not host:port".to_owned()))
        };
        let codec = config.codec().unwrap_or_default();
        let method = |path| url(authority.as_ref(), path);
        Ok(Self {
            headers: fixed_headers(config, host, codec),
            destination: destination(config, &endpoint),
            codec,
            effort: Effort::default(),
            traces: method("/opentelemetry.proto.collector.trace.v1.TraceService/Export")?,
            metrics: method("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")?,
            logs: method("/opentelemetry.proto.collector.logs.v1.LogsService/Export")?,
            channel: Channel {
                connector: Connector::new(proxy, tls, true),
                url: url(None, "/")?,
                shown: endpoint.address.to_string(),
                keepalive: config.keepalive.clone(),
                wait_for_ready: config.wait_for_ready,
                tasks: Tasks::default(),
                open: Mutex::new(None),
            },
        })
    }

    fn body(&self, batch: &Batch) -> Result<Body, SendError> {
        let too_large =
            || SendError::TooLarge(ConsumeError::permanent("the batch is larger than a gRPC message can be"));
        if self.codec == Codec::None {
            let frame = frame_header(false, batch.byte_len()).ok_or_else(too_large)?;
            let mut body = Body::from(Bytes::copy_from_slice(&frame));
            batch.segments().for_each(|piece| body.push(piece.clone()));
            return Ok(body);
        }
        let level = self.effort.level(self.codec, batch.signal());
        let mut message = compressed(batch, self.codec, level, vec![0; HEADER_LEN])
            .map_err(|error| ConsumeError::permanent(error.to_string()))?;
        let frame = frame_header(true, message.len() - HEADER_LEN).ok_or_else(too_large)?;
        if let Some(place) = message.first_chunk_mut() {
            *place = frame;
        }
        Ok(Body::from(Bytes::from(message)))
    }
}

impl Sender for GrpcSender {
    async fn send(&self, batch: &Batch) -> SendResult {
        let mut request = Request::new(self.body(batch)?);
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.headers_mut() = self.headers.clone();
        *request.uri_mut() = match batch.signal() {
            Signal::Traces => self.traces.clone(),
            Signal::Metrics => self.metrics.clone(),
            Signal::Logs => self.logs.clone(),
        };
        let response = self.channel.call(request).await?;
        answer::read(response, &self.channel.shown).await
    }

    fn destination(&self, _: Signal) -> Option<u64> {
        Some(self.destination)
    }

    async fn close(&self) {
        // Whoever holds it is opening a connection that ends with the tasks.
        if let Ok(mut open) = self.channel.open.try_lock() {
            open.take();
        }
        self.channel.tasks.finish().await;
    }
}

/// The address, the headers that users set, and who the client is in TLS.
fn destination(config: &Config, Endpoint { address, secure }: &Endpoint) -> u64 {
    let (headers, authority) = (headers::text(&config.headers), &config.authority);
    fingerprint(&format!("otlp_grpc {address} {secure} {authority} {headers} {:?}", config.tls))
}

fn fixed_headers(config: &Config, host: &Host, codec: Codec) -> HeaderMap {
    let mut fixed = HeaderMap::new();
    fixed.insert(header::USER_AGENT, user_agent(host.build));
    for (name, value) in headers::of(&config.headers) {
        // The protocol's own are not for users, as in gRPC for Go.
        if name.as_str().starts_with("grpc-") {
            continue;
        }
        let value = if name.as_str().ends_with("-bin") { binary(&value) } else { value };
        fixed.insert(name, value);
    }
    fixed.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    fixed.insert(header::TE, HeaderValue::from_static("trailers"));
    fixed.insert("grpc-accept-encoding", HeaderValue::from_static("gzip,snappy,zstd"));
    if codec != Codec::None
        && let Some(name) = codec.grpc_name()
    {
        fixed.insert("grpc-encoding", HeaderValue::from_static(name));
    }
    let timeout = config.timeout.to_std();
    if !timeout.is_zero()
        && let Ok(value) = HeaderValue::try_from(format_timeout(timeout))
    {
        fixed.insert("grpc-timeout", value);
    }
    fixed
}

/// Metadata whose name ends with `-bin` travels in base64.
fn binary(value: &HeaderValue) -> HeaderValue {
    let mut encoded = HeaderValue::try_from(STANDARD_NO_PAD.encode(value.as_bytes()))
        .unwrap_or_else(|_| HeaderValue::from_static(""));
    encoded.set_sensitive(true);
    encoded
}
