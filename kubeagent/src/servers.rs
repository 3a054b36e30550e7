//! Everything that listens for the agent itself: health, status, and the admission webhook.
//!
//! All are bound before anything else happens. Without the health server the process ends, because nobody could tell
//! whether it lives; without one of the others it goes on and says so: on the network of a node the port may be another's.

use std::sync::Arc;

use agent_component::HealthEndpoints;
use agent_config::settings::StatusEndpoint;
use agent_config::{Environment, Settings};
use agent_health::{ConfigState, Health, HealthError, HealthServer, StatusServer, WebhookServer};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::document;

/// The servers of one process; [`Servers::run`] answers.
pub(crate) struct Servers {
    health: HealthServer,
    status: Option<StatusServer>,
    webhook: Option<WebhookServer>,
}

impl Servers {
    /// Listens. `environment` is what the webhook judges with, `asked` is told of each request to read the configuration again.
    ///
    /// # Errors
    /// The health server cannot listen; the text names the setting.
    pub(crate) fn bind(
        settings: &Settings,
        health: &Health,
        config: &ConfigState,
        environment: &Arc<dyn Environment>,
        asked: &Arc<Notify>,
    ) -> Result<Self, HealthError> {
        let status = match settings.status_endpoint {
            StatusEndpoint::Off => None,
            StatusEndpoint::At(address) => {
                let asked = Arc::clone(asked);
                or_without(StatusServer::bind(address, config, move || asked.notify_one()))
            }
        };
        let webhook = settings.webhook.as_ref().and_then(|webhook| {
            let environment = Arc::clone(environment);
            let judge = move |_: &str, text: &str| document::of_a_stranger(text, &*environment);
            or_without(WebhookServer::bind(webhook.endpoint, &webhook.cert_dir, judge))
        });
        Ok(Self {
            health: HealthServer::bind(&settings.health_endpoint.to_string(), health)?,
            status,
            webhook,
        })
    }

    /// For the `health_check` extension.
    pub(crate) fn endpoints(&self) -> Arc<dyn HealthEndpoints> {
        self.health.endpoints()
    }

    /// Answers until `over`.
    pub(crate) async fn run(self, over: CancellationToken) {
        let status = async {
            if let Some(status) = self.status {
                status.run(over.clone()).await;
            }
        };
        let webhook = async {
            if let Some(webhook) = self.webhook {
                webhook.run(over.clone()).await;
            }
        };
        tokio::join!(self.health.run(over.clone()), status, webhook);
    }
}

/// The server, or a warning that names the setting.
fn or_without<S>(bound: Result<S, HealthError>) -> Option<S> {
    bound.map_err(|error| warn!("{}", agent_telemetry::chain(&error))).ok()
}
