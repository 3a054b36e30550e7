//! Further endpoints, for `health_check` extensions.
//!
//! An address is opened once. While one graph replaces another both may ask for it: they then share the socket and
//! each accepts from it, so that the port stays open whichever ends first.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use agent_component::{BoxFuture, HealthEndpoint, HealthEndpoints, StartError};
use tokio_util::sync::CancellationToken;

use crate::Health;
use crate::address::{covers, resolve};
use crate::connections::{Limits, serve};
use crate::router::serving;
use crate::site::{Share, Site};

/// The health server as extensions see it.
#[derive(Debug)]
pub(crate) struct Endpoints {
    own: Arc<Site>,
    further: Mutex<HashMap<SocketAddr, Weak<Site>>>,
    health: Health,
    limits: Limits,
}

impl Endpoints {
    pub(crate) fn new(own: Arc<Site>, health: Health, limits: Limits) -> Self {
        Self { own, further: Mutex::default(), health, limits }
    }

    /// The site for an endpoint, opened now unless it is open.
    pub(crate) fn site(&self, endpoint: &str) -> std::io::Result<Arc<Site>> {
        let address = resolve(endpoint)?;
        if covers(self.own.address, address) {
            return Ok(Arc::clone(&self.own));
        }
        let mut further = self.further.lock().unwrap_or_else(PoisonError::into_inner);
        further.retain(|_, site| site.strong_count() > 0);
        if let Some(site) = further.get(&address).and_then(Weak::upgrade) {
            return Ok(site);
        }
        let site = Arc::new(Site::listen_on(address, &self.health, false)?);
        further.insert(site.address, Arc::downgrade(&site));
        Ok(site)
    }

    pub(crate) fn open_at(
        &self,
        endpoint: HealthEndpoint,
    ) -> std::io::Result<(SocketAddr, BoxFuture<'static, ()>)> {
        let site = self.site(&endpoint.endpoint)?;
        let address = site.address;
        let share = site.share(endpoint);
        if Arc::ptr_eq(&site, &self.own) {
            return Ok((address, Box::pin(hold(share))));
        }
        let socket = site.socket()?;
        let limits = self.limits;
        let serving = async move {
            let share = share;
            let serving = serving(Arc::clone(&share.site), limits);
            serve(Ok(socket), serving, CancellationToken::new()).await;
        };
        Ok((address, Box::pin(serving)))
    }
}

/// The agent's own server does the serving.
async fn hold(share: Share) {
    std::future::pending::<()>().await;
    drop(share);
}

impl HealthEndpoints for Endpoints {
    fn open(&self, endpoint: HealthEndpoint) -> BoxFuture<'_, Result<BoxFuture<'static, ()>, StartError>> {
        Box::pin(async move {
            let text = endpoint.endpoint.clone();
            self.open_at(endpoint).map(|(_, serving)| serving).map_err(|error| {
                let own = self.own.address;
                let hint = match resolve(&text) {
                    Ok(address) if address.port() == own.port() => {
                        format!("; the agent's own health server has {own} (KM_HEALTH_ENDPOINT)")
                    }
                    _ => String::new(),
                };
                StartError::new("endpoint", format!("listening on {text:?}: {error}{hint}"))
            })
        })
    }
}
