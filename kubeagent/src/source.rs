//! Which source of configurations the settings ask for.

use agent_config::settings::{ConfigMapRef, ConfigSource};
use agent_config::{Environment, Settings};
use agent_k8s::{
    AccessReview, ClientOptions, ConfigMapSource, ConnectError, Connection, Credentials, Events,
    EventsIdentity, FileSource, Need, Source, connect,
};
use tracing::info;

/// A source, and who tells the cluster what came of what it gives.
pub(crate) struct Opened {
    pub(crate) source: Source,
    /// `None` without a cluster.
    pub(crate) events: Option<Events>,
    /// Who warns of permissions that are missing; `None` without a cluster.
    pub(crate) access: Option<AccessReview>,
}

/// Makes the source. Reads nothing yet; in Kubernetes mode it makes the client.
///
/// # Errors
/// There are no credentials for a cluster.
pub(crate) async fn open(settings: &Settings, environment: &dyn Environment) -> Result<Opened, ConnectError> {
    let key = settings.deployment_mode.config_file_name();
    let ConfigSource::Kubernetes(Some(config_map)) = &settings.config_source else {
        let source = Source::File(FileSource::new(&settings.config_dir, key));
        return Ok(Opened { source, events: None, access: None });
    };
    let connection = connected(environment).await?;
    match connection.credentials {
        Credentials::InCluster => info!("loaded in-cluster kubernetes config"),
        Credentials::Kubeconfig => {
            info!(server = connection.server, "loaded kubernetes config from KUBECONFIG");
        }
    }
    let source = config_map_source(connection.clone(), config_map, key).with_mounted(&settings.config_dir);
    let identity = EventsIdentity::from_lookup(source.clone(), |name| environment.get(name));
    let events = Some(Events::new(connection.clone(), identity));
    let access = Some(AccessReview::new(connection, Need::of_agent(&source)));
    Ok(Opened { source: Source::ConfigMap(source), events, access })
}

/// In file mode, the ConfigMap that the file may be meant for: the one that `CONFIGMAP_NAME` and `POD_NAMESPACE` name.
pub(crate) async fn config_map_beside(
    settings: &Settings,
    environment: &dyn Environment,
) -> Option<Result<Source, ConnectError>> {
    if settings.config_source != ConfigSource::File {
        return None;
    }
    let set = |name| environment.get(name).filter(|value| !value.is_empty());
    let config_map = ConfigMapRef { name: set("CONFIGMAP_NAME")?, namespace: set("POD_NAMESPACE")? };
    let key = settings.deployment_mode.config_file_name();
    let source = connected(environment)
        .await
        .map(|connection| Source::ConfigMap(config_map_source(connection, &config_map, key)));
    Some(source)
}

async fn connected(environment: &dyn Environment) -> Result<Connection, ConnectError> {
    connect(&ClientOptions::from_lookup(|name| environment.get(name))).await
}

fn config_map_source(connection: Connection, config_map: &ConfigMapRef, key: &str) -> ConfigMapSource {
    ConfigMapSource::new(connection, &config_map.namespace, &config_map.name, key)
}
