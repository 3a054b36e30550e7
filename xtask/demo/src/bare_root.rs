//! The agent in a root file system that holds the image, and what Kubernetes mounts into every container.
//!
//! The same demo, but the agent has to find its names, certificates and credentials where a pod does: the service account's
//! folder, `/etc/hosts`, and the certificates of the image, to which the demo adds the one that signs its backend.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use agent_testkit::kube_api;
use anyhow::{Context as _, Result};
use rustix::process::geteuid;
use tokio::process::Command;

/// Where the image has its program, its certificates, and its user.
const PROGRAM: &str = "/kubeagent";
const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";
const USER: &str = "--userspec=65532:65532";
/// Where the kubelet mounts the service account.
const SERVICE_ACCOUNT: &str = "var/run/secrets/kubernetes.io/serviceaccount";

/// A folder that becomes the root of the agent.
pub(crate) struct BareRoot(PathBuf);

impl BareRoot {
    /// Adds what a kubelet would to an unpacked image.
    pub(crate) fn prepare(folder: &Path, api: &kube_api::Server) -> Result<Self> {
        let account = folder.join(SERVICE_ACCOUNT);
        fs::create_dir_all(&account).with_context(|| account.display().to_string())?;
        api.write_service_account_dir(&account)?;
        fs::set_permissions(folder, Permissions::from_mode(0o755))?;
        let hosts = folder.join("etc/hosts");
        fs::write(&hosts, "127.0.0.1 localhost\n").with_context(|| hosts.display().to_string())?;
        Ok(Self(folder.to_owned()))
    }

    /// Lets the agent trust one more authority, by the file that it would be in.
    pub(crate) fn trust(&self, certificate: &str) -> Result<()> {
        let path = self.0.join(CERTIFICATES);
        let mut file =
            OpenOptions::new().append(true).open(&path).with_context(|| path.display().to_string())?;
        file.write_all(certificate.as_bytes()).with_context(|| path.display().to_string())
    }

    /// How the agent is started there: as the image's user where we may choose, in a user namespace where we may not.
    pub(crate) fn command(&self) -> Command {
        if geteuid().is_root() {
            let mut command = Command::new("chroot");
            command.arg(USER).arg(&self.0).arg(PROGRAM);
            return command;
        }
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "chroot"]).arg(&self.0).arg(PROGRAM);
        command
    }
}
