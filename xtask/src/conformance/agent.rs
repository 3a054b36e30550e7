//! One run of the agent as a child process: its folder, its ports, its end.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::case::Case;

/// An agent that was started for a case. Dropping it kills the process and removes its folder.
pub(super) struct Agent {
    /// Where the OTLP receiver listens, over HTTP.
    pub(super) port: u16,
    child: Child,
    folder: TempDir,
}

impl Agent {
    /// Starts the program with the environment that a case gets.
    pub(super) fn start(program: &Path, case: &Case) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("conformance-").tempdir()?;
        for name in ["config.yaml", "agent-deployment.yaml", "agent-daemonset.yaml"] {
            fs::write(folder.path().join(name), &case.config)?;
        }
        let (port, health, spare) = (free_port()?, free_port()?, free_port()?);
        let log = File::create(folder.path().join("log.txt"))?;
        let mut command = Command::new(program);
        for (key, _) in std::env::vars_os() {
            if ["KM_", "OTEL_", "CONF_"].iter().any(|prefix| key.to_string_lossy().starts_with(prefix)) {
                command.env_remove(key);
            }
        }
        command
            .env("OTLP_HTTP_ENDPOINT", format!("127.0.0.1:{port}"))
            .env("OUT_FILE", folder.path().join("out.json"))
            .env("KM_CONFIG_SOURCE", "file")
            .env("KM_CONFIG_DIR", folder.path())
            .env("KM_API_KEY", "test")
            .env("KM_COLLECTOR_ENDPOINT", "http://127.0.0.1:9")
            .env("KM_HEALTH_ENDPOINT", format!("127.0.0.1:{health}"))
            .env("KM_STATUS_ENDPOINT", "off")
            .env("CONF_SPARE_ENDPOINT", format!("127.0.0.1:{spare}"))
            .env("TZ", "UTC");
        if case.start_error.is_some() {
            // Without it an agent stays up and waits for a better configuration.
            command.env("KM_ACTION", "validate");
        }
        command.envs(case.env.iter().map(|(key, value)| (key, value)));
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { port, child, folder })
    }

    /// The exit status, once there is one.
    pub(super) fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Whether the OTLP port accepts.
    pub(super) fn listens(&self) -> bool {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
    }

    /// Asks for an orderly end and waits for it.
    pub(super) fn stop(&mut self, patience: Duration) -> Option<ExitStatus> {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // An error means that the process is gone already, which the wait below finds out.
            let _gone = kill_process(pid, Signal::TERM);
        }
        wait_until(patience, || self.exited())
    }

    /// The file that the configuration's exporter writes.
    pub(super) fn output(&self) -> PathBuf {
        self.folder.path().join("out.json")
    }

    /// All that was written to stdout and stderr.
    pub(super) fn log(&self) -> String {
        let bytes = fs::read(self.folder.path().join("log.txt")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The last lines of the log.
    pub(super) fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<String> = log
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.chars().take(400).collect())
            .collect();
        lines.iter().skip(lines.len().saturating_sub(12)).cloned().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if self.exited().is_none() {
            let _gone = self.child.kill();
            let _status = self.child.wait();
        }
    }
}

/// Asks again and again until there is an answer or the time is over.
pub(super) fn wait_until<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() >= end {
            return None;
        }
        pause(Duration::from_millis(10));
    }
}

/// Waits for a child process to get on.
#[expect(
    clippy::disallowed_methods,
    reason = "a program without a runtime that watches another process from outside"
)]
pub(super) fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// A port that was free a moment ago, below the range from which the system picks ports for connections.
fn free_port() -> Result<u16> {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 11_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Another run on the same machine begins elsewhere.
    let offset = std::process::id() % u32::from(COUNT);
    for _ in 0..2000 {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + u16::try_from((offset + step) % u32::from(COUNT))?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("no free port")
}
