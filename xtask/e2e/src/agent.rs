//! The agent as a child process, with the environment that the Deployment gives it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::cluster::process::{Process, free_port};

/// The Pod that the agent believes to be.
pub(crate) const POD: &str = "kubeagent-of-e2e";
/// Its uid.
pub(crate) const POD_UID: &str = "0b7a5f0c-6f0b-4b52-8f1a-57a1f2d9c3e2";

const PATIENCE: Duration = Duration::from_secs(20);

/// A running agent; it is killed with its owner.
pub(crate) struct Agent {
    process: Process,
    health: SocketAddr,
    _folder: TempDir,
}

impl Agent {
    /// Starts the program in Kubernetes mode.
    pub(crate) fn start(
        program: &Path,
        kubeconfig: &Path,
        namespace: &str,
        config_map: &str,
    ) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let health = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if ["KM_", "OTEL_", "KUBERNETES_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix))
            {
                command.env_remove(name);
            }
        }
        command
            .env("KUBECONFIG", kubeconfig)
            .env("POD_NAMESPACE", namespace)
            .env("CONFIGMAP_NAME", config_map)
            .env("POD_NAME", POD)
            .env("POD_UID", POD_UID)
            .env("KM_API_KEY", "e2e-key")
            // Nothing is sent there: no application talks to this agent.
            .env("KM_COLLECTOR_ENDPOINT", "http://127.0.0.1:9")
            .env("DEPLOYMENT_MODE", "DEPLOYMENT")
            .env("KM_CONFIG_CHECK_INTERVAL", "1h")
            .env("KM_HEALTH_ENDPOINT", health.to_string())
            .env("KM_STATUS_ENDPOINT", "off");
        let process = Process::start("the agent", &mut command, folder.path().join("agent.log"))?;
        Ok(Self { process, health, _folder: folder })
    }

    /// Waits until it is ready.
    pub(crate) async fn ready(&mut self) -> Result<()> {
        let begin = Instant::now();
        while !self.is_ready().await {
            self.process.must_run()?;
            if begin.elapsed() > PATIENCE {
                bail!("not ready after {} s", PATIENCE.as_secs());
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Whether `/ready` answers 200.
    pub(crate) async fn is_ready(&self) -> bool {
        let asked = timeout(Duration::from_secs(2), ask(self.health)).await;
        asked.is_ok_and(|answer| answer.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")))
    }

    /// Where its log is now.
    pub(crate) fn mark(&self) -> usize {
        self.process.log().len()
    }

    /// Waits for a line with `text` that is written after `mark`.
    pub(crate) async fn says(&self, text: &str, mark: usize) -> Result<String> {
        let begin = Instant::now();
        loop {
            let log = self.process.log();
            let line = log.get(mark..).unwrap_or_default().lines().find(|line| line.contains(text));
            if let Some(line) = line {
                return Ok(line.to_owned());
            }
            if begin.elapsed() > PATIENCE {
                bail!("the agent did not say `{text}` within {} s", PATIENCE.as_secs());
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        self.process.last_words()
    }

    /// Ends it; whether in order.
    pub(crate) async fn stop(self) -> Result<bool> {
        self.process.stop(PATIENCE).await
    }
}

async fn ask(health: SocketAddr) -> Result<String> {
    let mut stream = TcpStream::connect(health).await?;
    let request = format!("GET /ready HTTP/1.1\r\nHost: {health}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.context("read /ready")?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
