//! Settings of the agent: environment variables only, read once at start, all problems at once.
//!
//! Layers go through figment (defaults under the environment), with a provider of our own: values are taken as written,
//! because a key that reads like a number or a quoted text must not be changed on its way.

mod environment;
mod error;
mod kinds;
mod provider;
mod read;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use environment::{Environment, Layered, MapEnvironment, ProcessEnvironment};
pub use error::{SettingError, SettingsErrors};
pub use kinds::{
    Action, ConfigMapRef, ConfigSource, DeploymentMode, Endpoint, LogLevel, StatusEndpoint, WebhookSettings,
};

use crate::values::{ByteSize, Secret};

/// Everything the environment tells the agent.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `KM_API_KEY`; empty only for actions that do not need it.
    pub api_key: Secret,
    /// `KM_COLLECTOR_ENDPOINT`; `None` only for actions that do not need it.
    pub collector_endpoint: Option<Endpoint>,
    /// `KM_CONFIG_SOURCE`, with what it needs.
    pub config_source: ConfigSource,
    /// `DEPLOYMENT_MODE`.
    pub deployment_mode: DeploymentMode,
    /// `KM_CONFIG_DIR`: where the configuration files lie; `/etc/kmagent`.
    pub config_dir: PathBuf,
    /// `KM_CONFIG_CHECK_INTERVAL`: how often the configuration is read again, whatever the watch says; 60 s, never 0.
    pub config_check_interval: Duration,
    /// `KM_LOG_LEVEL`; `info`.
    pub log_level: LogLevel,
    /// `KM_HEALTH_ENDPOINT`; `0.0.0.0:13133`.
    pub health_endpoint: SocketAddr,
    /// `KM_STATUS_ENDPOINT`; `127.0.0.1:55679`.
    pub status_endpoint: StatusEndpoint,
    /// The validating admission webhook; `None` without `KM_WEBHOOK_CERT_DIR`.
    pub webhook: Option<WebhookSettings>,
    /// `KM_STATE_DIR`: where queues and positions may be kept.
    pub state_dir: Option<PathBuf>,
    /// `KM_SHUTDOWN_TIMEOUT`: the time from the signal to the end; 10 s, never 0.
    pub shutdown_timeout: Duration,
    /// `KM_MEMORY_LIMIT`: memory the process may use, where it is less than the container's limit or there is none; never 0.
    pub memory_limit: Option<ByteSize>,
    /// `KM_ACTION`; `run`.
    pub action: Action,
    /// `KM_TEST_INPUT`: the file with data to try; `None` only where the action is not `test`.
    pub test_input: Option<PathBuf>,
    /// `KUBECONFIG`: how to reach a cluster from outside of it.
    pub kubeconfig: Option<PathBuf>,
    /// What was accepted and is probably not what was meant; to be logged.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// All variables that are missing or cannot be used, in the order of the documentation. `KM_API_KEY` and
    /// `KM_COLLECTOR_ENDPOINT` are required only to run; `CONFIGMAP_NAME` and `POD_NAMESPACE` only where a configuration
    /// is read from Kubernetes, `KM_TEST_INPUT` only to test. An empty variable counts as not set.
    pub fn from_env(environment: &dyn Environment) -> Result<Self, SettingsErrors> {
        read::read(environment)
    }

    /// The file of the configuration in `config_dir`.
    pub fn config_file(&self) -> PathBuf {
        self.config_dir.join(self.deployment_mode.config_file_name())
    }
}
