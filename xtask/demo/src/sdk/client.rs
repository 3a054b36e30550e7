//! The HTTP client of the SDK on a runtime of ours.
//!
//! The SDK exports from threads of its own, which have no runtime; hyper needs one. The call is therefore handed over.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{HttpClient, HttpError};
use std::sync::Arc;
use tokio::runtime::Handle;

/// A client that sends on the runtime in which it was made.
#[derive(Debug, Clone)]
pub(crate) struct RuntimeClient {
    client: Arc<HyperClient>,
    runtime: Handle,
}

impl RuntimeClient {
    /// A client of the current runtime.
    pub(crate) fn new() -> Self {
        let client = HyperClient::with_default_connector(Duration::from_secs(10), None);
        Self { client: Arc::new(client), runtime: Handle::current() }
    }
}

#[async_trait::async_trait]
impl HttpClient for RuntimeClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = Arc::clone(&self.client);
        self.runtime.spawn(async move { client.send_bytes(request).await }).await?
    }
}
