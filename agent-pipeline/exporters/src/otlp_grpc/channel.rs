//! The one connection to the backend, shared by all calls and opened again when it was lost.

use std::time::Duration;

use agent_component::{Code, ConsumeError};
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Mutex;

use super::Keepalive;
use crate::client::{Body, Connector, Tasks, failure_text};

/// Pauses between tries of a call that waits for the backend.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// gRPC for Go does not ping more often, and waits so long for an answer.
const LEAST_PING: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) struct Channel {
    pub(super) connector: Connector,
    pub(super) url: Uri,
    /// The address as it may be shown.
    pub(super) shown: String,
    pub(super) keepalive: Option<Keepalive>,
    pub(super) wait_for_ready: bool,
    pub(super) tasks: Tasks,
    pub(super) open: Mutex<Option<SendRequest<Body>>>,
}

impl Channel {
    /// Sends a request over the connection, which is opened if there is none.
    pub(super) async fn call(&self, request: Request<Body>) -> Result<Response<Incoming>, ConsumeError> {
        let mut connection = self.ready().await?;
        connection.send_request(request).await.map_err(|error| self.unavailable(&failure_text(&error)))
    }

    async fn ready(&self) -> Result<SendRequest<Body>, ConsumeError> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.connection().await {
                Ok(connection) => return Ok(connection),
                Err(error) if !self.wait_for_ready => return Err(error),
                // The time limit of the try, or the shutdown, ends this.
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn connection(&self) -> Result<SendRequest<Body>, ConsumeError> {
        // Held while connecting: calls that come meanwhile wait for this connection instead of opening their own.
        let mut open = self.open.lock().await;
        if let Some(connection) = open.as_mut()
            && connection.ready().await.is_ok()
        {
            return Ok(connection.clone());
        }
        *open = None;
        let mut connection = self.connect().await?;
        connection.ready().await.map_err(|error| self.unavailable(&failure_text(&error)))?;
        Ok(open.insert(connection).clone())
    }

    async fn connect(&self) -> Result<SendRequest<Body>, ConsumeError> {
        let stream = self.connector.connect(self.url.clone()).await;
        let stream = stream.map_err(|error| self.unavailable(&failure_text(error.as_ref())))?;
        let mut builder = http2::Builder::new(self.tasks.clone());
        builder.timer(TokioTimer::new());
        if let Some(keepalive) = self.keepalive.as_ref().filter(|keepalive| !keepalive.time.is_zero()) {
            let limit = keepalive.timeout.to_std();
            builder
                .keep_alive_interval(keepalive.time.to_std().max(LEAST_PING))
                .keep_alive_timeout(if limit.is_zero() { PING_TIMEOUT } else { limit })
                .keep_alive_while_idle(keepalive.permit_without_stream);
        }
        let opened = builder.handshake(TokioIo::new(stream)).await;
        let (connection, driver) = opened.map_err(|error| self.unavailable(&failure_text(&error)))?;
        self.tasks.spawn(async move {
            // What ended the connection is told by the call that it cut off.
            let _ = driver.await;
        });
        Ok(connection)
    }

    fn unavailable(&self, reason: &str) -> ConsumeError {
        ConsumeError::retryable(format!("rpc to {} failed: {reason}", self.shown))
            .with_code(Code::Unavailable)
    }
}
