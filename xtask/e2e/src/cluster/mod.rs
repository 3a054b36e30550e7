//! An API server with the manifests applied, whichever it is.

mod in_process;
pub(crate) mod process;
pub(crate) mod real;

use std::path::{Path, PathBuf};

use agent_testkit::kube_api::Server;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::account::Account;
use crate::json::text;
use crate::manifest;
use real::Binaries;

/// A running API server, and who may do what there.
pub(crate) struct Cluster {
    kind: Kind,
    /// May do everything.
    pub(crate) admin: Account,
    /// The service account of the manifests.
    pub(crate) agent: Account,
    /// Has a token that nobody issued.
    pub(crate) nobody: Account,
    /// The ConfigMap of the manifests.
    pub(crate) config_map: Value,
    folder: TempDir,
}

enum Kind {
    InProcess(Server),
    Real(Box<real::Processes>),
}

impl Cluster {
    /// The API server of the tests.
    pub(crate) async fn in_process(root: &Path) -> Result<Self> {
        let server = in_process::start(root).await?;
        let (url, ca, admin) = (server.url(), server.ca_pem().to_owned(), server.admin_token().to_owned());
        let token = server.token();
        let folder = tempfile::tempdir()?;
        let credentials = Credentials { folder: folder.path(), url: &url, ca: &ca };
        let admin = credentials.account("admin", &admin).await?;
        let agent = credentials.account("agent", &token).await?;
        let nobody = credentials.account("nobody", "no-such-token").await?;
        Self::filled(Kind::InProcess(server), admin, agent, nobody, folder, root).await
    }

    /// kube-apiserver and etcd.
    pub(crate) async fn real(binaries: &Binaries, root: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut processes = real::Processes::start(binaries, folder.path())?;
        let (url, ca) = (processes.url.clone(), processes.ca_pem.clone());
        let credentials = Credentials { folder: folder.path(), url: &url, ca: &ca };
        let admin = credentials.account("admin", real::ADMIN_TOKEN).await?;
        processes.ready(&admin).await?;
        let token = real::prepare(&admin, root).await?;
        let agent = credentials.account("agent", &token).await?;
        let nobody = credentials.account("nobody", "no-such-token").await?;
        Self::filled(Kind::Real(Box::new(processes)), admin, agent, nobody, folder, root).await
    }

    /// Creates the ConfigMap of the manifests and waits until the account may read it.
    async fn filled(
        kind: Kind,
        admin: Account,
        agent: Account,
        nobody: Account,
        folder: TempDir,
        root: &Path,
    ) -> Result<Self> {
        let config_map = manifest::document(root, manifest::CONFIG_MAP, "ConfigMap")?;
        let cluster = Self { kind, admin, agent, nobody, config_map, folder };
        cluster.admin.apply("POST", &cluster.config_maps(), &cluster.config_map).await?;
        real::allowed(&cluster.agent, &cluster.one()).await?;
        Ok(cluster)
    }

    /// What it is, for a person.
    pub(crate) fn title(&self) -> &'static str {
        match self.kind {
            Kind::InProcess(_) => "the in-process API server",
            Kind::Real(_) => "kube-apiserver with etcd",
        }
    }

    /// Namespace of the manifests.
    pub(crate) fn namespace(&self) -> &str {
        text(&self.config_map, "/metadata/namespace")
    }

    /// Name of the ConfigMap.
    pub(crate) fn name(&self) -> &str {
        text(&self.config_map, "/metadata/name")
    }

    /// Path of the ConfigMaps.
    pub(crate) fn config_maps(&self) -> String {
        format!("/api/v1/namespaces/{}/configmaps", self.namespace())
    }

    /// Path of the ConfigMap.
    pub(crate) fn one(&self) -> String {
        format!("{}/{}", self.config_maps(), self.name())
    }

    /// Path of the Events.
    pub(crate) fn events(&self) -> String {
        format!("/api/v1/namespaces/{}/events", self.namespace())
    }

    /// Sets one key of the ConfigMap.
    pub(crate) async fn edit(&self, key: &str, document: &str) -> Result<()> {
        self.admin.apply("PATCH", &self.one(), &json!({"data": {key: document}})).await.map(drop)
    }

    /// Deletes the ConfigMap.
    pub(crate) async fn delete(&self) -> Result<()> {
        let answer = self.admin.ask("DELETE", &self.one()).await?;
        anyhow::ensure!(answer.code == 200, "delete: {} {}", answer.code, answer.body);
        Ok(())
    }

    /// Creates the ConfigMap with one key.
    pub(crate) async fn create(&self, key: &str, document: &str) -> Result<()> {
        let object = json!({"metadata": {"name": self.name()}, "data": {key: document}});
        self.admin.apply("POST", &self.config_maps(), &object).await.map(drop)
    }

    /// Forgets the history of all changes, where that can be asked for; a real server has begun without one.
    pub(crate) fn forget(&self) {
        if let Kind::InProcess(server) = &self.kind {
            server.compact();
        }
    }

    /// The end of its logs.
    pub(crate) fn last_words(&self) -> String {
        match &self.kind {
            Kind::InProcess(_) => "a scenario came to no end".to_owned(),
            Kind::Real(processes) => processes.last_words(),
        }
    }

    /// Ends everything and removes what it wrote.
    pub(crate) async fn shutdown(self) -> Result<()> {
        match self.kind {
            Kind::InProcess(server) => server.shutdown().await,
            Kind::Real(processes) => processes.stop().await?,
        }
        self.folder.close().context("remove the cluster's folder")
    }
}

/// How a client reaches the server.
struct Credentials<'a> {
    folder: &'a Path,
    url: &'a str,
    ca: &'a str,
}

impl Credentials<'_> {
    /// Writes a kubeconfig with `token` and reads it as the agent does.
    async fn account(&self, name: &str, token: &str) -> Result<Account> {
        let file = |suffix: &str| self.folder.join(format!("{name}.{suffix}"));
        let write = |path: &PathBuf, text: &str| {
            std::fs::write(path, text).with_context(|| format!("write {}", path.display()))
        };
        let (ca, kubeconfig) = (file("ca.crt"), file("kubeconfig"));
        write(&ca, self.ca)?;
        let object = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": name,
            "clusters": [{"name": name, "cluster": {"server": self.url, "certificate-authority": ca}}],
            "users": [{"name": name, "user": {"token": token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        });
        write(&kubeconfig, &object.to_string())?;
        Account::of(kubeconfig).await
    }
}
