//! The files through which a client finds the server and proves who it is.
//!
//! The token lies in a file of its own, also for a kubeconfig, so that a rotation reaches a running client.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Server;
use crate::Error;

impl Server {
    /// The CA certificate that signs the server's certificate, PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Writes `token`, `ca.crt` and `namespace` into `dir`, as the kubelet does for a pod.
    pub fn write_service_account_dir(&self, dir: &Path) -> Result<(), Error> {
        write(&dir.join("token"), &self.token())?;
        write(&dir.join("ca.crt"), &self.ca_pem)?;
        write(&dir.join("namespace"), &self.namespace)
    }

    /// A self-contained kubeconfig with the token of now.
    pub fn kubeconfig_yaml(&self) -> String {
        self.kubeconfig(&format!("token: {}", self.token()))
    }

    /// Writes the service account files and a `kubeconfig` that refers to them into `dir`; returns its path. After
    /// [`Server::rotate_token`] call it again: clients that re-read the token file pick the new one up.
    pub fn write_kubeconfig(&self, dir: &Path) -> Result<PathBuf, Error> {
        self.write_service_account_dir(dir)?;
        let path = dir.join("kubeconfig");
        let token_file = serde_json::Value::from(dir.join("token").to_string_lossy());
        write(&path, &self.kubeconfig(&format!("tokenFile: {token_file}")))?;
        Ok(path)
    }

    fn kubeconfig(&self, credential: &str) -> String {
        let (url, ca, namespace) = (self.url(), STANDARD.encode(&self.ca_pem), &self.namespace);
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
             clusters:\n- name: test\n  cluster:\n    server: {url}\n    certificate-authority-data: {ca}\n\
             users:\n- name: test\n  user:\n    {credential}\n\
             contexts:\n- name: test\n  context:\n    cluster: test\n    user: test\n    namespace: {namespace}\n"
        )
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|source| Error::Write { path: path.to_owned(), source })
}
