//! The Kubernetes side: an API server with the documented account and one ConfigMap, and an administrator who edits it.
//!
//! The edits go over HTTPS through the usual client, so that their cost and their order are those of a real edit.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use agent_testkit::kube_api;
use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, ObjectMeta, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use tempfile::TempDir;

const NAMESPACE: &str = "kloudmate";
const NAME: &str = "kmagent-config";

/// The key under which a Deployment's configuration lies.
pub(crate) const KEY: &str = "agent-deployment.yaml";

/// A running API server and its administrator.
pub(crate) struct Cluster {
    api: kube_api::Server,
    config_maps: Api<ConfigMap>,
    present: bool,
    kubeconfig: PathBuf,
    folder: TempDir,
}

impl Cluster {
    /// Starts the server with `configuration` in the ConfigMap.
    pub(crate) async fn start(configuration: &str) -> Result<Self> {
        let api = kube_api::Server::start().await.context("cannot start the API server")?;
        let folder = tempfile::tempdir()?;
        let kubeconfig = api.write_kubeconfig(folder.path())?;
        let administrator = api.kubeconfig_yaml().replace(&api.token(), api.admin_token());
        let options = KubeConfigOptions::default();
        let mut config =
            Config::from_custom_kubeconfig(Kubeconfig::from_yaml(&administrator)?, &options).await?;
        config.proxy_url = None;
        let config_maps = Api::namespaced(Client::try_from(config)?, NAMESPACE);
        let mut cluster = Self { api, config_maps, present: false, kubeconfig, folder };
        cluster.write(KEY, configuration).await?;
        Ok(cluster)
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.api.address()
    }

    /// How the agent finds the server and its configuration.
    pub(crate) fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("KUBECONFIG", self.kubeconfig.display().to_string()),
            ("CONFIGMAP_NAME", NAME.to_owned()),
            ("POD_NAMESPACE", NAMESPACE.to_owned()),
            // No mounted file: what the agent runs comes through the API.
            ("KM_CONFIG_DIR", self.folder.path().join("none").display().to_string()),
        ]
    }

    /// Replaces the ConfigMap, or creates it where there is none; when the answer came.
    pub(crate) async fn write(&mut self, key: &str, text: &str) -> Result<Instant> {
        let data = BTreeMap::from([(key.to_owned(), text.to_owned())]);
        let metadata = ObjectMeta { name: Some(NAME.to_owned()), ..ObjectMeta::default() };
        let object = ConfigMap { metadata, data: Some(data), ..ConfigMap::default() };
        let parameters = PostParams::default();
        if self.present {
            self.config_maps.replace(NAME, &parameters, &object).await?;
        } else {
            self.config_maps.create(&parameters, &object).await?;
        }
        self.present = true;
        Ok(Instant::now())
    }

    /// Deletes the ConfigMap; when the answer came.
    pub(crate) async fn delete(&mut self) -> Result<Instant> {
        self.config_maps.delete(NAME, &DeleteParams::default()).await?;
        self.present = false;
        Ok(Instant::now())
    }

    /// Stops the server.
    pub(crate) async fn shutdown(self) {
        self.api.shutdown().await;
    }
}
