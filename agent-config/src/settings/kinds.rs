//! The settings that are a choice or have a form of their own.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// How many agents there are and which configuration they run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum DeploymentMode {
    /// One for the cluster.
    #[default]
    Deployment,
    /// One on each node.
    DaemonSet,
}

impl DeploymentMode {
    /// The key in the ConfigMap, and the name of the mounted file.
    pub const fn config_file_name(self) -> &'static str {
        match self {
            Self::Deployment => "agent-deployment.yaml",
            Self::DaemonSet => "agent-daemonset.yaml",
        }
    }

    /// As in the variable and the log: `DEPLOYMENT` or `DAEMONSET`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "DEPLOYMENT",
            Self::DaemonSet => "DAEMONSET",
        }
    }
}

impl fmt::Display for DeploymentMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigSource {
    /// A ConfigMap, read through the API, with the mounted file as a fallback. `None` for an action that reads no
    /// configuration.
    Kubernetes(Option<ConfigMapRef>),
    /// A file in the configuration directory; no cluster is needed.
    File,
}

/// The ConfigMap with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigMapRef {
    /// `CONFIGMAP_NAME`.
    pub name: String,
    /// `POD_NAMESPACE`.
    pub namespace: String,
}

/// What the process is asked to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Action {
    /// Run until it is told to stop.
    #[default]
    Run,
    /// Check the configuration and exit.
    Validate,
    /// Print the configuration as understood, secrets hidden, and exit.
    PrintConfig,
    /// Print what components there are, and exit.
    Components,
    /// Print what each processor makes of the data in a file, and exit.
    Test,
}

impl Action {
    /// As in the variable.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Validate => "validate",
            Self::PrintConfig => "print-config",
            Self::Components => "components",
            Self::Test => "test",
        }
    }
}

/// The least severe level that is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Everything.
    Debug,
    /// What a person who runs the agent may want to know.
    #[default]
    Info,
    /// What may need attention.
    Warn,
    /// What went wrong.
    Error,
}

impl LogLevel {
    /// As in a log line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Where the status page is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusEndpoint {
    /// Nowhere.
    Off,
    /// At this address.
    At(SocketAddr),
}

/// Where the validating admission webhook is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// `KM_WEBHOOK_CERT_DIR`: the directory with `tls.crt` and `tls.key`, as a Secret of type TLS is mounted.
    pub cert_dir: PathBuf,
    /// `KM_WEBHOOK_ENDPOINT`; `0.0.0.0:9443`.
    pub endpoint: SocketAddr,
}

/// The URL of the backend: http or https with a host. Kept as written.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// Checks scheme and host; the rest of the URL is for the exporter that uses it.
    ///
    /// # Errors
    /// The reason, as the rest of a sentence that begins with the name of the variable. Does not show the URL, which may
    /// hold a password.
    pub fn parse(url: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err("must be a URL that begins with http:// or https://".to_owned());
        };
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            let shown: String = scheme.chars().take(20).filter(char::is_ascii_alphanumeric).collect();
            return Err(format!("must begin with http:// or https://, not {shown}://"));
        }
        if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("must not contain white space".to_owned());
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match host_and_port.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) if host.parse::<std::net::Ipv6Addr>().is_ok() => {
                (host, port.strip_prefix(':'))
            }
            Some(_) => return Err("has a host in brackets that is not an IPv6 address".to_owned()),
            None => {
                host_and_port.split_once(':').map_or((host_and_port, None), |(host, port)| (host, Some(port)))
            }
        };
        if host.is_empty() {
            return Err("has no host".to_owned());
        }
        if port.is_some_and(|port| !port.is_empty() && !port.parse::<u16>().is_ok_and(|port| port > 0)) {
            return Err("has a port that is not a number from 1 to 65535".to_owned());
        }
        Ok(Self(url.to_owned()))
    }

    /// The URL as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL without user, password and query: fit for a log.
    pub fn shown(&self) -> String {
        let (scheme, rest) = self.0.split_once("://").unwrap_or_default();
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        format!("{scheme}://{host}{path}")
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}
