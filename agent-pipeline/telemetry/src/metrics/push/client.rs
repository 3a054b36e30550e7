//! Carries one request over one connection: hyper over TCP or TLS.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderValue, TE};
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;
use opentelemetry_http::{HttpClient, HttpError};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::grpc;
use super::target::Target;

/// What is read of an answer; OTLP's says little.
const MAX_ANSWER: usize = 64 * 1024;

/// A connection of either kind: one type, so that hyper's code is in the program once for both.
type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// A client of one backend. Clones share it.
#[derive(Clone)]
pub(super) struct Client(Arc<Inner>);

struct Inner {
    target: Target,
    endpoint: String,
    /// Why the last try failed, for the log: `opentelemetry-otlp` keeps causes to itself.
    failure: Mutex<Option<String>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.target.fmt(f)
    }
}

impl Client {
    pub(super) fn new(target: Target) -> Self {
        let endpoint = target.url();
        Self(Arc::new(Inner { target, endpoint, failure: Mutex::default() }))
    }

    /// The URL for the log.
    pub(super) fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// Why the last try failed.
    pub(super) fn take_failure(&self) -> Option<String> {
        self.failure().take()
    }

    fn failure(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn dial(&self) -> Result<Stream, HttpError> {
        let target = &self.0.target;
        let stream = TcpStream::connect(target.address()).await?;
        stream.set_nodelay(true)?;
        let Some(config) = &target.tls else { return Ok(Either::Left(stream)) };
        let name = ServerName::try_from(target.address().0.to_owned())?;
        let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await?;
        Ok(Either::Right(Box::new(stream)))
    }

    async fn send(&self, body: Bytes, encoding: Option<HeaderValue>) -> Result<Response<Bytes>, HttpError> {
        let io = TokioIo::new(self.dial().await?);
        if self.0.target.grpc {
            let tasks = Tasks::default();
            let (mut sender, connection) = http2::handshake(tasks.clone(), io).await?;
            let call =
                async move { self.call(sender.send_request(self.grpc_request(&body, encoding)?)).await };
            let (answer, _) = tokio::join!(call, connection);
            return answer;
        }
        let (mut sender, connection) = http1::handshake(io).await?;
        let exchange = async move {
            let (status, headers, body) =
                read(sender.send_request(self.http_request(body, encoding)?).await?).await?;
            if !status.is_success() {
                *self.failure() = Some(format!("the backend answered {status}"));
            }
            answer(status, headers, body.to_bytes())
        };
        // The connection ends when the exchange has dropped its sender; what it says is said by the exchange.
        let (answer, _) = tokio::join!(exchange, connection);
        answer
    }

    async fn call(
        &self,
        response: impl Future<Output = hyper::Result<Response<Incoming>>>,
    ) -> Result<Response<Bytes>, HttpError> {
        let (status, headers, body) = read(response.await?).await?;
        let code = grpc::code(&headers, body.trailers());
        if code != Some(0) {
            let text = code.map_or(format!("the backend answered {status} without a gRPC status"), |code| {
                format!("the backend answered gRPC status {code}")
            });
            *self.failure() = Some(text);
        }
        answer(grpc::status(code), HeaderMap::new(), grpc::unframe(body.to_bytes()))
    }

    fn http_request(
        &self,
        body: Bytes,
        encoding: Option<HeaderValue>,
    ) -> Result<Request<Full<Bytes>>, HttpError> {
        let target = &self.0.target;
        let mut request = Request::post(target.path.as_str()).body(Full::new(body))?;
        let headers = request.headers_mut();
        headers.clone_from(&target.headers);
        headers.insert(HOST, HeaderValue::from_str(host_and_port(target.authority.as_str()))?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, encoding);
        }
        Ok(request)
    }

    fn grpc_request(
        &self,
        body: &[u8],
        encoding: Option<HeaderValue>,
    ) -> Result<Request<Full<Bytes>>, HttpError> {
        let target = &self.0.target;
        let uri = Uri::builder()
            .scheme(target.scheme.clone())
            .authority(host_and_port(target.authority.as_str()))
            .path_and_query(target.path.clone())
            .build()?;
        let framed = grpc::frame(body, encoding.is_some()).ok_or("the message is too large for gRPC")?;
        let mut request = Request::post(uri).body(Full::new(framed))?;
        let headers = request.headers_mut();
        headers.clone_from(&target.headers);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(TE, HeaderValue::from_static("trailers"));
        if let Some(encoding) = encoding {
            headers.insert("grpc-encoding", encoding);
        }
        Ok(request)
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let encoding = request.headers().get(CONTENT_ENCODING).cloned();
        let result = self.send(request.into_body(), encoding).await;
        if let Err(error) = &result {
            let error: &(dyn Error + 'static) = &**error;
            *self.failure() = Some(crate::chain(error).to_string());
        }
        result
    }
}

/// The authority without credentials, which HTTP has headers for.
fn host_and_port(authority: &str) -> &str {
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

async fn read(response: Response<Incoming>) -> Result<(StatusCode, HeaderMap, Collected<Bytes>), HttpError> {
    let (parts, body) = response.into_parts();
    Ok((parts.status, parts.headers, Limited::new(body, MAX_ANSWER).collect().await?))
}

fn answer(status: StatusCode, headers: HeaderMap, body: Bytes) -> Result<Response<Bytes>, HttpError> {
    let mut response = Response::builder().status(status).body(body)?;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Where the tasks of an HTTP/2 connection live; ended when the last clone is dropped.
#[derive(Clone, Default)]
struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl<F> hyper::rt::Executor<F> for Tasks
where
    F: Future + Send + 'static,
{
    fn execute(&self, task: F) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.spawn(async move {
            task.await;
        });
    }
}
