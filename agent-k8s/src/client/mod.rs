//! The client: in-cluster credentials first, `KUBECONFIG` otherwise.
//!
//! The HTTP stack is built here instead of by kube's default so that it is small (HTTP/1.1, one idle connection), fails
//! to connect in a bounded time, does not retry behind our back, and never uses a proxy for the API server.

mod incluster;
mod kubeconfig;
#[cfg(test)]
pub(crate) mod tests;
mod token;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::Config;
use kube::client::{ClientBuilder, ConfigExt as _};
use tower::util::MapRequestLayer;
use tower::{BoxError, ServiceBuilder, ServiceExt as _};

pub(crate) use token::TokenFile;

/// Where the kubelet mounts the service account of a pod.
pub const SERVICE_ACCOUNT_DIR: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Idle connections are closed after this; shorter than the idle timeouts of usual load balancers.
const IDLE: Duration = Duration::from_secs(90);

/// Where credentials are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOptions {
    /// `KUBERNETES_SERVICE_HOST`: name or address of the API server as pods see it.
    pub service_host: Option<String>,
    /// `KUBERNETES_SERVICE_PORT`.
    pub service_port: Option<String>,
    /// `KUBECONFIG`: one path, or several as in `PATH`, merged as kubectl does.
    pub kubeconfig: Option<PathBuf>,
    /// The directory with `token`, `ca.crt` and `namespace`; [`SERVICE_ACCOUNT_DIR`] in every pod.
    pub service_account_dir: PathBuf,
    /// Bound on TCP connect and TLS handshake together.
    pub connect_timeout: Duration,
}

impl Default for ClientOptions {
    /// No environment, the usual directory, 5 s to connect.
    fn default() -> Self {
        Self {
            service_host: None,
            service_port: None,
            kubeconfig: None,
            service_account_dir: PathBuf::from(SERVICE_ACCOUNT_DIR),
            connect_timeout: Duration::from_secs(5),
        }
    }
}

impl ClientOptions {
    /// Takes the three variables from `lookup`; an empty value counts as unset.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| lookup(name).filter(|value: &String| !value.is_empty());
        Self {
            service_host: set("KUBERNETES_SERVICE_HOST"),
            service_port: set("KUBERNETES_SERVICE_PORT"),
            kubeconfig: set("KUBECONFIG").map(PathBuf::from),
            ..Self::default()
        }
    }
}

/// Where the credentials in use came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// The pod's service account.
    InCluster,
    /// A kubeconfig file.
    Kubeconfig,
}

/// A client that is ready to use; nothing has been sent yet.
#[derive(Clone)]
pub struct Connection {
    /// The client. Clones share its one connection pool.
    pub client: kube::Client,
    /// Where its credentials came from.
    pub credentials: Credentials,
    /// URL of the API server, for messages.
    pub server: String,
    /// Where the token comes from, if from a file.
    pub(crate) token: Option<Arc<TokenFile>>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Connection");
        debug.field("credentials", &self.credentials).field("server", &self.server).finish_non_exhaustive()
    }
}

/// No client can be had.
///
/// The texts hold their whole cause, which is why there is no `source`: a chain reads it once.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Not in a cluster, or its service account is not usable, and there is no `KUBECONFIG`.
    #[error("failed to load in-cluster config: {reason}")]
    InCluster {
        /// What is missing or wrong.
        reason: String,
    },
    /// `KUBECONFIG` is set but not usable.
    #[error("failed to load kubeconfig {path}: {reason}")]
    Kubeconfig {
        /// The value of `KUBECONFIG`.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// Credentials were found, but no client can be made of them.
    #[error("failed to create kubernetes client: {reason}")]
    Client {
        /// Why not.
        reason: String,
    },
}

/// Finds credentials and makes a client: in-cluster, else `KUBECONFIG` when it is set. Sends nothing.
///
/// The token file is read again once a minute, and by calls of this crate as soon as the API server does not accept the
/// token; the CA bundle of a pod is read again too.
///
/// # Errors
///
/// [`ConnectError::InCluster`] when neither is there, [`ConnectError::Kubeconfig`] when the file is not usable.
pub async fn connect(options: &ClientOptions) -> Result<Connection, ConnectError> {
    let (config, credentials) = match (incluster::config(options), &options.kubeconfig) {
        (Ok(config), _) => (config, Credentials::InCluster),
        (Err(reason), None) => return Err(ConnectError::InCluster { reason }),
        (Err(_), Some(path)) => match kubeconfig::config(path).await {
            Ok(config) => (config, Credentials::Kubeconfig),
            Err(reason) => return Err(ConnectError::Kubeconfig { path: path.clone(), reason }),
        },
    };
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    let token = TokenFile::of(&config.auth_info).map_err(|reason| ConnectError::Client { reason })?;
    let token = token.map(Arc::new);
    let client = build(&config, token.clone(), options.connect_timeout)
        .map_err(|error| ConnectError::Client { reason: crate::call::reason(&error) })?;
    Ok(Connection { client, credentials, server, token })
}

fn build(
    config: &Config,
    token: Option<Arc<TokenFile>>,
    connect_timeout: Duration,
) -> Result<kube::Client, kube::Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    // A connection whose other end has vanished is found out in a minute, also where nothing is sent: in a watch.
    tcp.set_keepalive(Some(Duration::from_secs(30)));
    tcp.set_keepalive_interval(Some(Duration::from_secs(10)));
    tcp.set_keepalive_retries(Some(3));
    let https = config.rustls_https_connector_with_connector(tcp)?;
    let connector = tower::service_fn(move |uri: http::Uri| {
        let connecting = https.clone().oneshot(uri);
        // Boxed because the client wants a future that can be moved.
        Box::pin(async move {
            match tokio::time::timeout(connect_timeout, connecting).await {
                Ok(result) => result,
                Err(_) => Err(format!("no connection within {} s", connect_timeout.as_secs_f64()).into()),
            }
        })
    });
    let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(IDLE)
        .build(connector);
    // Kube's own reading of a token file cannot be told that the token is not accepted any more.
    let kubes = if token.is_some() { None } else { config.auth_layer()? };
    let ours = token.map(|token| {
        MapRequestLayer::new(move |mut request: http::Request<kube::client::Body>| {
            request.headers_mut().insert(http::header::AUTHORIZATION, token.header());
            request
        })
    });
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(kubes)
        .option_layer(ours)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(ClientBuilder::new(service, config.default_namespace.clone()).build())
}
