//! The agent as a child process, with the environment that the Deployment gives it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::API_KEY;
use crate::bare_root::BareRoot;
use crate::check::Check;
use crate::cluster::Cluster;
use crate::probe;

/// Where the documented ConfigMap listens.
const DOCUMENTED_PORTS: [(u16, &str); 2] = [(4317, "OTLP over gRPC"), (4318, "OTLP over HTTP")];

/// A running agent; it is killed with its owner.
pub(crate) struct Agent {
    child: Child,
    health: SocketAddr,
    started: Instant,
    log: NamedTempFile,
}

/// How the agent ended.
pub(crate) struct Ended {
    /// Time from the signal to the end.
    pub(crate) took: Duration,
    status: ExitStatus,
    log: String,
}

/// The documented configuration is run unchanged, hence its ports have to be free.
pub(crate) fn check_ports() -> Result<()> {
    for (port, what) in DOCUMENTED_PORTS {
        if let Err(error) = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)) {
            bail!(
                "port {port} ({what}) cannot be used: {error}\nThe demo runs the documented ConfigMap unchanged, which \
                 listens there. Stop what holds the port (`ss -ltnp 'sport = :{port}'` names it) and run the demo again."
            );
        }
    }
    Ok(())
}

impl Agent {
    /// Starts the program against the cluster and the backend.
    pub(crate) fn start(program: &Path, cluster: &Cluster, backend: &str) -> Result<Self> {
        let log = NamedTempFile::new()?;
        let output = log.reopen()?;
        let health = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = cluster.bare_root().map_or_else(|| Command::new(program), BareRoot::command);
        for (name, _) in std::env::vars_os() {
            if ["KM_", "OTEL_", "KUBERNETES_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix))
            {
                command.env_remove(name);
            }
        }
        let started = Instant::now();
        let child = command
            .envs(cluster.environment())
            .env("KM_API_KEY", API_KEY)
            .env("KM_COLLECTOR_ENDPOINT", backend)
            .env("DEPLOYMENT_MODE", "DEPLOYMENT")
            .env("KM_HEALTH_ENDPOINT", health.to_string())
            .env("KM_STATUS_ENDPOINT", "off")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            // Ctrl-C in a terminal reaches a whole group; the agent is told by us, once.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { child, health, started, log })
    }

    /// Waits until `/ready` answers 200; the time since the start.
    pub(crate) async fn ready(&mut self, patience: Duration) -> Result<Duration> {
        while self.started.elapsed() < patience {
            if let Some(status) = self.child.try_wait()? {
                bail!("the agent ended with {status} before it was ready:\n{}", self.last_words());
            }
            // Until it listens there is no answer, which is no error yet.
            if probe::status(self.health, "/ready").await.is_ok_and(|status| status == 200) {
                return Ok(self.started.elapsed());
            }
            sleep(Duration::from_millis(5)).await;
        }
        bail!("the agent is not ready after {} s:\n{}", patience.as_secs(), self.last_words());
    }

    /// Waits for a line that is written after `since` bytes of the log and holds `text`.
    pub(crate) async fn says(&self, text: &str, since: usize, patience: Duration) -> Result<String> {
        let begin = Instant::now();
        while begin.elapsed() < patience {
            let log = self.log_text();
            let line = log.get(since..).unwrap_or_default().lines().find(|line| line.contains(text));
            if let Some(line) = line {
                return Ok(line.to_owned());
            }
            sleep(Duration::from_millis(2)).await;
        }
        bail!("the agent did not say `{text}` within {} s:\n{}", patience.as_secs(), self.last_words());
    }

    /// How long its log is.
    pub(crate) fn log_len(&self) -> usize {
        self.log_text().len()
    }

    /// Where the health server listens.
    pub(crate) fn health(&self) -> SocketAddr {
        self.health
    }

    /// Where a person can reach everything.
    pub(crate) fn endpoints(&self, backend: &str) -> String {
        format!(
            "the demo stays up; Ctrl-C ends it\n  OTLP over gRPC   http://127.0.0.1:4317\n  OTLP over HTTP   \
             http://127.0.0.1:4318\n  health           http://{health}/health, /ready and /\n  backend          \
             {backend}\n  agent's log      {log}\n  for example      curl -i http://{health}/ready",
            health = self.health,
            log = self.log.path().display()
        )
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) async fn stop(&mut self, patience: Duration) -> Result<Ended> {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let Some(pid) = pid else { bail!("the agent ended by itself:\n{}", self.last_words()) };
        let begin = Instant::now();
        kill_process(pid, Signal::TERM).context("cannot signal the agent")?;
        let Ok(status) = timeout(patience, self.child.wait()).await else {
            bail!("the agent did not end within {} s of SIGTERM:\n{}", patience.as_secs(), self.last_words());
        };
        Ok(Ended { took: begin.elapsed(), status: status?, log: self.log_text() })
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        let text = self.log_text();
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(12)).flat_map(|line| ["    ", *line, "\n"]).collect()
    }

    fn log_text(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap_or_default()
    }
}

impl Ended {
    /// Whether it was an orderly end, and what the log must not hold.
    pub(crate) fn checks(&self) -> Vec<Check> {
        vec![
            Check::new(format!("SIGTERM drained the agent: {}", self.status), self.status.success()),
            Check::new("the log says that the agent stopped", self.log.contains("collector agent stopped")),
            Check::new("the log does not hold the api-key", !self.log.contains(API_KEY)),
        ]
    }
}
