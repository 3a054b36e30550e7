//! The Kubernetes side: an API server that holds what `deploy/kubernetes` declares, and a kubeconfig for the agent.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use agent_testkit::kube_api;
use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::bare_root::BareRoot;

/// The manifest that a user applies.
const MANIFEST: &str = "deploy/kubernetes/configmap.yaml";
const KEY: &str = "agent-deployment.yaml";

/// What the demo needs of it.
#[derive(Debug, Deserialize)]
struct ConfigMap {
    metadata: Metadata,
    data: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    name: String,
    namespace: String,
}

/// A running API server.
pub(crate) struct Cluster {
    api: kube_api::Server,
    config_map: Metadata,
    /// The document of the Deployment.
    document: String,
    access: Access,
}

/// How the agent comes to the API server.
enum Access {
    /// As from a machine outside: the file, and the folder that goes with its owner.
    Kubeconfig { path: PathBuf, _folder: TempDir },
    /// As a pod.
    ServiceAccount(BareRoot),
}

impl Cluster {
    /// Starts the server with the documented account and the documented ConfigMap, unchanged. The agent comes from
    /// outside, or from a pod whose image is unpacked in `bare_root`.
    pub(crate) async fn start(root: &Path, bare_root: Option<&Path>) -> Result<Self> {
        let path = root.join(MANIFEST);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let manifest: ConfigMap =
            serde_saphyr::from_str(&text).with_context(|| path.display().to_string())?;
        let api = kube_api::Server::start().await.context("cannot start the API server")?;
        let Metadata { namespace, name } = &manifest.metadata;
        // What the Role in deploy/kubernetes grants, and nothing else.
        api.set_rules(vec![
            kube_api::Rule::read_config_map(namespace, name),
            kube_api::Rule::write_events(namespace),
        ]);
        let data: Vec<(&str, &str)> =
            manifest.data.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        api.put_config_map(namespace, name, &data);
        let access = if let Some(folder) = bare_root {
            Access::ServiceAccount(BareRoot::prepare(folder, &api)?)
        } else {
            let folder = tempfile::tempdir()?;
            Access::Kubeconfig { path: api.write_kubeconfig(folder.path())?, _folder: folder }
        };
        let document = manifest.data.get(KEY).with_context(|| format!("{MANIFEST} has no {KEY}"))?.clone();
        Ok(Self { api, config_map: manifest.metadata, document, access })
    }

    /// Edits the ConfigMap as `kubectl edit` would: the documented document with each `from` replaced by its `to`.
    pub(crate) fn edit(&self, replacements: &[(&str, &str)]) -> Result<()> {
        let mut text = self.document.clone();
        for (from, to) in replacements {
            ensure!(text.contains(from), "the documented ConfigMap has no `{from}`");
            text = text.replace(from, to);
        }
        self.api.patch_config_map(&self.config_map.namespace, &self.config_map.name, KEY, Some(&text));
        Ok(())
    }

    /// Waits for an Event of this reason on the ConfigMap and on the Pod.
    pub(crate) async fn has_events(&self, reason: &str, patience: Duration) -> bool {
        let is = |event: &Value, place: &str, text: &str| {
            event.pointer(place).and_then(Value::as_str).is_some_and(|found| found == text)
        };
        let on = |events: &[Value], kind: &str| {
            events.iter().any(|event| is(event, "/reason", reason) && is(event, "/involvedObject/kind", kind))
        };
        let both = self.api.wait_for_events(|events| on(events, "ConfigMap") && on(events, "Pod"));
        timeout(patience, both).await.is_ok()
    }

    /// URL of the API server.
    pub(crate) fn url(&self) -> String {
        self.api.url()
    }

    /// The root that the agent runs in, where it is not this machine's.
    pub(crate) fn bare_root(&self) -> Option<&BareRoot> {
        match &self.access {
            Access::ServiceAccount(root) => Some(root),
            Access::Kubeconfig { .. } => None,
        }
    }

    /// How the agent finds the server and its configuration.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("CONFIGMAP_NAME", self.config_map.name.clone()),
            ("POD_NAMESPACE", self.config_map.namespace.clone()),
            ("POD_NAME", "kubeagent-demo".to_owned()),
        ];
        match &self.access {
            Access::Kubeconfig { path, .. } => variables.push(("KUBECONFIG", path.display().to_string())),
            Access::ServiceAccount(_) => {
                let address = self.api.address();
                variables.push(("KUBERNETES_SERVICE_HOST", address.ip().to_string()));
                variables.push(("KUBERNETES_SERVICE_PORT", address.port().to_string()));
            }
        }
        variables
    }

    /// Stops the server.
    pub(crate) async fn shutdown(self) {
        self.api.shutdown().await;
    }
}
