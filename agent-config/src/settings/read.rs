//! From variables to [`Settings`].

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use figment::Figment;
use figment::providers::Serialized;
use serde::{Deserialize, Serialize};

use super::kinds::{
    Action, ConfigMapRef, ConfigSource, DeploymentMode, Endpoint, LogLevel, StatusEndpoint, WebhookSettings,
};
use super::provider::Variables;
use super::{Environment, SettingError, Settings, SettingsErrors};
use crate::values::{ByteSize, GoDuration, Secret};

/// The variables as text, by their own names.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Raw {
    #[serde(skip_serializing)]
    km_api_key: Option<Secret>,
    km_collector_endpoint: Option<String>,
    configmap_name: Option<String>,
    pod_namespace: Option<String>,
    deployment_mode: String,
    km_config_check_interval: String,
    km_log_level: String,
    km_config_source: String,
    km_config_dir: PathBuf,
    km_health_endpoint: String,
    km_status_endpoint: String,
    km_webhook_cert_dir: Option<PathBuf>,
    km_webhook_endpoint: String,
    km_state_dir: Option<PathBuf>,
    km_action: String,
    km_test_input: Option<PathBuf>,
    km_shutdown_timeout: String,
    km_memory_limit: Option<String>,
    kubeconfig: Option<PathBuf>,
}

const NAMES: &[&str] = &[
    "KM_API_KEY",
    "KM_COLLECTOR_ENDPOINT",
    "CONFIGMAP_NAME",
    "POD_NAMESPACE",
    "DEPLOYMENT_MODE",
    "KM_CONFIG_CHECK_INTERVAL",
    "KM_LOG_LEVEL",
    "KM_CONFIG_SOURCE",
    "KM_CONFIG_DIR",
    "KM_HEALTH_ENDPOINT",
    "KM_STATUS_ENDPOINT",
    "KM_WEBHOOK_CERT_DIR",
    "KM_WEBHOOK_ENDPOINT",
    "KM_STATE_DIR",
    "KM_ACTION",
    "KM_TEST_INPUT",
    "KM_SHUTDOWN_TIMEOUT",
    "KM_MEMORY_LIMIT",
    "KUBECONFIG",
];

fn defaults() -> Raw {
    Raw {
        deployment_mode: "DEPLOYMENT".to_owned(),
        km_config_check_interval: "60".to_owned(),
        km_log_level: "info".to_owned(),
        km_config_source: "kubernetes".to_owned(),
        km_config_dir: PathBuf::from("/etc/kmagent"),
        km_health_endpoint: "0.0.0.0:13133".to_owned(),
        km_status_endpoint: "127.0.0.1:55679".to_owned(),
        km_webhook_endpoint: "0.0.0.0:9443".to_owned(),
        km_action: "run".to_owned(),
        km_shutdown_timeout: "10s".to_owned(),
        ..Raw::default()
    }
}

pub(super) fn read(environment: &dyn Environment) -> Result<Settings, SettingsErrors> {
    let layers =
        Figment::from(Serialized::defaults(defaults())).merge(Variables { environment, names: NAMES });
    let raw: Raw = layers
        .extract()
        .map_err(|error| SettingsErrors(vec![SettingError::Unreadable(error.kind.to_string())]))?;
    let mut reader = Reader::default();
    let settings = reader.settings(raw);
    if reader.errors.is_empty() { Ok(settings) } else { Err(SettingsErrors(reader.errors)) }
}

/// Collects what is wrong; a wrong value is replaced by something, which is not used then.
#[derive(Default)]
struct Reader {
    errors: Vec<SettingError>,
    warnings: Vec<String>,
}

impl Reader {
    fn settings(&mut self, raw: Raw) -> Settings {
        // The action decides what is required, so its own problems are told in its place, not first.
        let action = action(&raw.km_action);
        let runs = matches!(action, Ok(Action::Run) | Err(_));
        let reads_configuration = !matches!(action, Ok(Action::Components));
        let tests = matches!(action, Ok(Action::Test));
        let api_key = raw.km_api_key.filter(|key| !key.expose().trim().is_empty());
        if api_key.is_none() && runs {
            self.errors.push(SettingError::Required("KM_API_KEY"));
        }
        let collector_endpoint = self.endpoint(raw.km_collector_endpoint, runs);
        let is_file = self.is_file(&raw.km_config_source);
        let config_source = if is_file {
            ConfigSource::File
        } else {
            ConfigSource::Kubernetes(self.config_map(
                raw.configmap_name,
                raw.pod_namespace,
                reads_configuration,
            ))
        };
        Settings {
            api_key: api_key.unwrap_or_default(),
            collector_endpoint,
            config_source,
            deployment_mode: self.deployment_mode(&raw.deployment_mode),
            config_dir: raw.km_config_dir,
            config_check_interval: self.interval("KM_CONFIG_CHECK_INTERVAL", &raw.km_config_check_interval),
            log_level: self.log_level(&raw.km_log_level),
            health_endpoint: self.address("KM_HEALTH_ENDPOINT", &raw.km_health_endpoint),
            status_endpoint: if raw.km_status_endpoint.eq_ignore_ascii_case("off") {
                StatusEndpoint::Off
            } else {
                StatusEndpoint::At(self.address("KM_STATUS_ENDPOINT", &raw.km_status_endpoint))
            },
            webhook: self.webhook(raw.km_webhook_cert_dir, &raw.km_webhook_endpoint),
            state_dir: raw.km_state_dir,
            action: action.unwrap_or_else(|reason| {
                self.invalid("KM_ACTION", reason);
                Action::Run
            }),
            test_input: self.test_input(raw.km_test_input, tests),
            shutdown_timeout: self.interval("KM_SHUTDOWN_TIMEOUT", &raw.km_shutdown_timeout),
            memory_limit: raw.km_memory_limit.and_then(|text| self.memory_limit(&text)),
            kubeconfig: raw.kubeconfig,
            warnings: std::mem::take(&mut self.warnings),
        }
    }

    fn invalid(&mut self, name: &'static str, reason: impl Into<String>) {
        self.errors.push(SettingError::Invalid { name, reason: reason.into() });
    }

    fn endpoint(&mut self, url: Option<String>, is_required: bool) -> Option<Endpoint> {
        let Some(url) = url else {
            if is_required {
                self.errors.push(SettingError::Required("KM_COLLECTOR_ENDPOINT"));
            }
            return None;
        };
        Endpoint::parse(url.trim()).map_err(|reason| self.invalid("KM_COLLECTOR_ENDPOINT", reason)).ok()
    }

    fn config_map(
        &mut self,
        name: Option<String>,
        namespace: Option<String>,
        is_required: bool,
    ) -> Option<ConfigMapRef> {
        if is_required {
            for (variable, value) in [("CONFIGMAP_NAME", &name), ("POD_NAMESPACE", &namespace)] {
                if value.is_none() {
                    self.errors.push(SettingError::Required(variable));
                }
            }
        }
        Some(ConfigMapRef { name: name?, namespace: namespace? })
    }

    fn test_input(&mut self, file: Option<PathBuf>, is_required: bool) -> Option<PathBuf> {
        if file.is_none() && is_required {
            self.errors.push(SettingError::Required("KM_TEST_INPUT"));
        }
        file
    }

    fn is_file(&mut self, text: &str) -> bool {
        let is_file = text.eq_ignore_ascii_case("file");
        if !is_file && !text.eq_ignore_ascii_case("kubernetes") {
            self.invalid("KM_CONFIG_SOURCE", format!("must be kubernetes or file, not {text:?}"));
        }
        is_file
    }

    fn deployment_mode(&mut self, text: &str) -> DeploymentMode {
        if text.eq_ignore_ascii_case("DAEMONSET") {
            return DeploymentMode::DaemonSet;
        }
        if !text.eq_ignore_ascii_case("DEPLOYMENT") {
            let warning = format!("DEPLOYMENT_MODE {text:?} is not known, DEPLOYMENT is used");
            self.warnings.push(warning);
        }
        DeploymentMode::Deployment
    }

    fn log_level(&mut self, text: &str) -> LogLevel {
        match text.to_ascii_lowercase().as_str() {
            "debug" => LogLevel::Debug,
            "info" => LogLevel::Info,
            "warn" | "warning" => LogLevel::Warn,
            "error" => LogLevel::Error,
            _ => {
                self.invalid(
                    "KM_LOG_LEVEL",
                    format!("must be debug, info, warn, warning or error, not {text:?}"),
                );
                LogLevel::Info
            }
        }
    }

    /// Bare seconds or a Go duration, above zero.
    fn interval(&mut self, name: &'static str, text: &str) -> Duration {
        let text = text.trim();
        let parsed = match text.parse::<u32>() {
            Ok(seconds) => Ok(Duration::from_secs(u64::from(seconds))),
            Err(_) => text.parse::<GoDuration>().map(GoDuration::to_std),
        };
        match parsed {
            Ok(Duration::ZERO) => self.invalid(name, "must be above zero"),
            Ok(interval) => return interval,
            Err(error) => self.invalid(name, format!("must be seconds or a duration such as 1m30s: {error}")),
        }
        Duration::ZERO
    }

    fn memory_limit(&mut self, text: &str) -> Option<ByteSize> {
        match text.trim().parse::<ByteSize>() {
            Ok(size) if size.as_bytes() > 0 => return Some(size),
            Ok(_) => self.invalid("KM_MEMORY_LIMIT", "must be above zero"),
            Err(error) => self.invalid("KM_MEMORY_LIMIT", format!("must be a size such as 256MiB: {error}")),
        }
        None
    }

    /// The endpoint is checked even when there is no webhook, so that a typing error is not found out later.
    fn webhook(&mut self, cert_dir: Option<PathBuf>, endpoint: &str) -> Option<WebhookSettings> {
        let endpoint = self.address("KM_WEBHOOK_ENDPOINT", endpoint);
        cert_dir.map(|cert_dir| WebhookSettings { cert_dir, endpoint })
    }

    /// An address with a port; `localhost` is the loopback address.
    fn address(&mut self, name: &'static str, text: &str) -> SocketAddr {
        let numeric = match text.trim() {
            text if text.starts_with(':') => format!("0.0.0.0{text}"),
            text => text.replacen("localhost", "127.0.0.1", 1),
        };
        numeric.parse().unwrap_or_else(|_| {
            self.invalid(name, format!("must be an address with a port such as 0.0.0.0:13133, not {text:?}"));
            SocketAddr::from(([127, 0, 0, 1], 0))
        })
    }
}

fn action(text: &str) -> Result<Action, String> {
    let all = [Action::Run, Action::Validate, Action::PrintConfig, Action::Components, Action::Test];
    all.into_iter()
        .find(|action| action.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| format!("must be run, validate, print-config, components or test, not {text:?}"))
}
