//! The agent's own health server.

use std::net::SocketAddr;
use std::sync::Arc;

use agent_component::HealthEndpoints;
use tokio_util::sync::CancellationToken;

use crate::connections::{Limits, serve};
use crate::endpoints::Endpoints;
use crate::router::serving;
use crate::site::Site;
use crate::{Health, HealthError};

/// A health server that listens; [`HealthServer::run`] answers.
///
/// Connections that come between the two wait in the socket's backlog.
#[derive(Debug)]
pub struct HealthServer {
    site: Arc<Site>,
    endpoints: Arc<Endpoints>,
    limits: Limits,
}

impl HealthServer {
    /// Listens on `endpoint`: `host:port`, `[v6]:port`, or `:port` for all interfaces.
    ///
    /// Needs no runtime. Resolving a name may block for a moment.
    ///
    /// # Errors
    /// The endpoint is malformed or unknown, or the operating system refuses; the text names `KM_HEALTH_ENDPOINT`.
    pub fn bind(endpoint: &str, health: &Health) -> Result<Self, HealthError> {
        Self::with_limits(endpoint, health, Limits::default())
    }

    pub(crate) fn with_limits(endpoint: &str, health: &Health, limits: Limits) -> Result<Self, HealthError> {
        let site = Site::listen(endpoint, health, true).map_err(|source| HealthError::Listen {
            setting: "KM_HEALTH_ENDPOINT",
            endpoint: endpoint.to_owned(),
            source,
        })?;
        let site = Arc::new(site);
        let endpoints = Arc::new(Endpoints::new(Arc::clone(&site), health.clone(), limits));
        Ok(Self { site, endpoints, limits })
    }

    /// Where it listens; with the real port when 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.site.address
    }

    /// Where `health_check` extensions get their endpoints.
    pub fn endpoints(&self) -> Arc<dyn HealthEndpoints> {
        Arc::<Endpoints>::clone(&self.endpoints)
    }

    #[cfg(test)]
    pub(crate) fn further(&self) -> Arc<Endpoints> {
        Arc::clone(&self.endpoints)
    }

    /// Answers until `stop` is cancelled, then finishes the answers under way, at most 1 s.
    ///
    /// The port stays taken until the last of [`HealthServer::endpoints`] is dropped too. Should the runtime refuse
    /// the socket, that is logged and liveness fails by not answering.
    pub async fn run(self, stop: CancellationToken) {
        let Self { site, endpoints: _, limits } = self;
        serve(site.socket(), serving(site, limits), stop).await;
    }
}
