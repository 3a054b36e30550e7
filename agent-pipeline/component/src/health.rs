//! How the `health_check` extension gets its endpoint without knowing the health server.

use crate::{BoxFuture, StartError};

/// An endpoint that answers as the Collector's `health_check` extension does (v0.145.0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthEndpoint {
    /// `host:port` to listen on.
    pub endpoint: String,
    /// The path that answers, any sub-path of it included.
    pub path: String,
    /// The body while ready, instead of the JSON document.
    pub healthy_body: Option<String>,
    /// The body while not ready, instead of the JSON document.
    pub unhealthy_body: Option<String>,
}

/// Opens further health endpoints; the agent's health server implements it.
pub trait HealthEndpoints: Send + Sync + 'static {
    /// Listens, then gives the future that serves until it is dropped.
    ///
    /// An endpoint that the agent's own health server already listens on is not opened again: that server takes
    /// over path and bodies until the future is dropped.
    ///
    /// # Errors
    /// The address cannot be listened on.
    fn open(&self, endpoint: HealthEndpoint) -> BoxFuture<'_, Result<BoxFuture<'static, ()>, StartError>>;
}

/// No health server: endpoints open and nobody answers. For embedding without one, and for validation.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHealthEndpoints;

impl HealthEndpoints for NoHealthEndpoints {
    fn open(&self, _: HealthEndpoint) -> BoxFuture<'_, Result<BoxFuture<'static, ()>, StartError>> {
        Box::pin(async {
            let serve: BoxFuture<'static, ()> = Box::pin(std::future::pending());
            Ok(serve)
        })
    }
}
