//! Which source of configurations the settings ask for.

use agent_config::settings::{ConfigMapRef, ConfigSource};
use agent_config::{Environment, Settings};
use agent_k8s::{ClientOptions, ConfigMapSource, ConnectError, Credentials, FileSource, Source, connect};
use tracing::info;

/// Makes the source. Reads nothing yet; in Kubernetes mode it makes the client.
///
/// # Errors
/// There are no credentials for a cluster.
pub(crate) async fn open(settings: &Settings, environment: &dyn Environment) -> Result<Source, ConnectError> {
    let key = settings.deployment_mode.config_file_name();
    let ConfigSource::Kubernetes(Some(ConfigMapRef { name, namespace })) = &settings.config_source else {
        return Ok(Source::File(FileSource::new(&settings.config_dir, key)));
    };
    let connection = connect(&ClientOptions::from_lookup(|name| environment.get(name))).await?;
    match connection.credentials {
        Credentials::InCluster => info!("loaded in-cluster kubernetes config"),
        Credentials::Kubeconfig => {
            info!(server = connection.server, "loaded kubernetes config from KUBECONFIG");
        }
    }
    let source = ConfigMapSource::new(connection, namespace, name, key);
    Ok(Source::ConfigMap(source.with_mounted(&settings.config_dir)))
}
