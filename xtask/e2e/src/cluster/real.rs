//! A real kube-apiserver with etcd, as envtest runs them: no kubelet, no controllers, RBAC on.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use agent_testkit::tls::Authority;
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::sleep;

use super::process::{Process, free_port, is_program};
use crate::account::Account;
use crate::json::text;
use crate::manifest;

/// Token of the administrator.
pub(super) const ADMIN_TOKEN: &str = "e2e-administrator";

const PATIENCE: Duration = Duration::from_secs(90);

/// The programs.
pub(crate) struct Binaries {
    api_server: PathBuf,
    etcd: PathBuf,
}

/// Finds the programs in `folder`, or says why there is nothing to run.
///
/// # Errors
/// A folder is named, but the programs are not in it: that is a mistake, and not left out.
pub(crate) fn find(folder: Option<&Path>) -> Result<Result<Binaries, String>> {
    let Some(folder) = folder else {
        return Ok(Err("KUBEBUILDER_ASSETS names no directory with kube-apiserver and etcd; \
                       --in-process runs the same scenarios without them"
            .to_owned()));
    };
    let program = |name: &str| {
        let path = folder.join(name);
        if is_program(&path) { Ok(path) } else { bail!("{} is not a program", path.display()) }
    };
    Ok(Ok(Binaries { api_server: program("kube-apiserver")?, etcd: program("etcd")? }))
}

/// The running programs.
pub(crate) struct Processes {
    /// Where the API server listens.
    pub(super) url: String,
    /// What its certificate is to be checked with.
    pub(super) ca_pem: String,
    api_server: Process,
    etcd: Process,
}

impl Processes {
    /// Starts both; they are not ready yet.
    pub(super) fn start(binaries: &Binaries, folder: &Path) -> Result<Self> {
        let (store, peers, port) = (free_port()?, free_port()?, free_port()?);
        let store = format!("http://127.0.0.1:{store}");
        let etcd = Process::start(
            "etcd",
            Command::new(&binaries.etcd)
                .arg(format!("--data-dir={}", folder.join("etcd").display()))
                .arg(format!("--listen-client-urls={store}"))
                .arg(format!("--advertise-client-urls={store}"))
                .arg(format!("--listen-peer-urls=http://127.0.0.1:{peers}"))
                .arg("--unsafe-no-fsync"),
            folder.join("etcd.log"),
        )?;
        let authority = Authority::new()?;
        let (server, signer) = (authority.server()?, authority.server()?);
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
            anyhow::Ok(path.display().to_string())
        };
        // The certificate of the signing key stands for its public half.
        let options = [
            ("etcd-servers", store),
            ("bind-address", "127.0.0.1".to_owned()),
            ("advertise-address", "127.0.0.1".to_owned()),
            ("secure-port", port.to_string()),
            ("tls-cert-file", file("server.crt", &server.certificate_pem)?),
            ("tls-private-key-file", file("server.key", &server.key_pem)?),
            ("service-account-issuer", "https://kubernetes.default.svc".to_owned()),
            ("service-account-signing-key-file", file("signer.key", &signer.key_pem)?),
            ("service-account-key-file", file("signer.crt", &signer.certificate_pem)?),
            (
                "token-auth-file",
                file("tokens.csv", &format!("{ADMIN_TOKEN},admin,admin,\"system:masters\"\n"))?,
            ),
            ("authorization-mode", "RBAC".to_owned()),
            ("anonymous-auth", "false".to_owned()),
            ("service-cluster-ip-range", "10.0.0.0/24".to_owned()),
            // Nobody makes the token Secrets that this plugin waits for, and nobody looks for the server's endpoints.
            ("disable-admission-plugins", "ServiceAccount".to_owned()),
            ("endpoint-reconciler-type", "none".to_owned()),
            ("cert-dir", folder.display().to_string()),
        ];
        let mut command = Command::new(&binaries.api_server);
        command.args(options.map(|(name, value)| format!("--{name}={value}")));
        let api_server = Process::start("kube-apiserver", &mut command, folder.join("kube-apiserver.log"))?;
        let url = format!("https://127.0.0.1:{port}");
        Ok(Self { url, ca_pem: authority.certificate_pem(), api_server, etcd })
    }

    /// Waits until the API server says that it is ready.
    pub(super) async fn ready(&mut self, admin: &Account) -> Result<()> {
        let begin = Instant::now();
        loop {
            self.etcd.must_run()?;
            self.api_server.must_run()?;
            // Until it listens there is no answer, which is no error yet.
            if admin.ask("GET", "/readyz").await.is_ok_and(|answer| answer.code == 200) {
                return Ok(());
            }
            if begin.elapsed() > PATIENCE {
                bail!("not ready after {} s\n{}", PATIENCE.as_secs(), self.last_words());
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// The end of both logs.
    pub(super) fn last_words(&self) -> String {
        format!("kube-apiserver:\n{}etcd:\n{}", self.api_server.last_words(), self.etcd.last_words())
    }

    /// Ends both, the API server first.
    pub(super) async fn stop(self) -> Result<()> {
        self.api_server.stop(PATIENCE).await?;
        self.etcd.stop(PATIENCE).await.map(drop)
    }
}

/// Applies namespace, account, Role and binding; returns a token of the account.
pub(super) async fn prepare(admin: &Account, root: &Path) -> Result<String> {
    let documents = [manifest::NAMESPACE, manifest::ACCESS].map(|file| manifest::documents(root, file));
    for document in documents.into_iter().collect::<Result<Vec<_>>>()?.concat() {
        admin.apply("POST", &collection(&document)?, &document).await?;
    }
    let account = manifest::document(root, manifest::ACCESS, "ServiceAccount")?;
    let path = format!("{}/{}/token", collection(&account)?, text(&account, "/metadata/name"));
    let request = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600},
    });
    let answer = admin.apply("POST", &path, &request).await?;
    let token = text(&answer, "/status/token");
    anyhow::ensure!(!token.is_empty(), "no token in {answer}");
    Ok(token.to_owned())
}

fn collection(document: &Value) -> Result<String> {
    let namespace = text(document, "/metadata/namespace");
    Ok(match text(document, "/kind") {
        "Namespace" => "/api/v1/namespaces".to_owned(),
        "ServiceAccount" => format!("/api/v1/namespaces/{namespace}/serviceaccounts"),
        "Role" => format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles"),
        "RoleBinding" => format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings"),
        kind => bail!("{kind}: nobody said where it goes"),
    })
}

/// Waits until the API server has heard of the binding.
pub(super) async fn allowed(account: &Account, path: &str) -> Result<()> {
    let begin = Instant::now();
    loop {
        let answer = account.ask("GET", path).await?;
        if answer.code == 200 {
            return Ok(());
        }
        if begin.elapsed() > Duration::from_secs(20) {
            bail!("the account may not read its ConfigMap: {} {}", answer.code, answer.body);
        }
        sleep(Duration::from_millis(50)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::OpenOptionsExt as _;

    use super::*;

    fn program(folder: &Path, name: &str, script: &str) {
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new();
        let mut file =
            file.create(true).truncate(true).write(true).mode(0o755).open(folder.join(name)).unwrap();
        writeln!(file, "#!/bin/sh\n{script}").unwrap();
    }

    #[test]
    fn without_a_folder_there_is_nothing_to_run_and_a_wrong_one_is_a_mistake() {
        assert!(find(None).unwrap().is_err_and(|why| why.contains("KUBEBUILDER_ASSETS")));
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "kube-apiserver", "exit 0");
        std::fs::write(folder.path().join("etcd"), "no program").unwrap();
        let error = find(Some(folder.path())).err().unwrap().to_string();
        assert!(error.ends_with("etcd is not a program"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_ends_at_once_is_told_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "etcd", "exec sleep 60");
        program(folder.path(), "kube-apiserver", "echo no such flag; exit 3");
        let binaries = find(Some(folder.path())).unwrap().unwrap();
        let error = super::super::Cluster::real(&binaries, folder.path()).await.err().unwrap().to_string();
        assert!(
            error.starts_with("kube-apiserver ended with exit status: 3") && error.contains("no such flag"),
            "{error}"
        );
    }
}
