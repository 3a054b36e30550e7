//! The agent as a child process, with the environment that the Deployment gives it.

pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod resources;
pub(crate) mod watch;

use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use log::{Event, Log};
use resources::Resources;

/// The key for the backend; it must not show up in the log.
const API_KEY: &str = "soak-key-4711";

const LOOK: Duration = Duration::from_millis(2);

/// A running agent; it is killed with its owner.
pub(crate) struct Agent {
    child: Child,
    log: Log,
}

/// How the agent ended.
pub(crate) struct Ended {
    /// Time from the signal to the end.
    pub(crate) took: Duration,
    /// What it ended with.
    pub(crate) status: ExitStatus,
}

impl Agent {
    /// Starts the program of `command`, or what it becomes, with these variables beside those of every agent; what it
    /// prints is also added to `copy`.
    pub(crate) fn start(
        mut command: Command,
        environment: &[(&str, String)],
        copy: Option<&Path>,
    ) -> Result<Self> {
        let append = |path| OpenOptions::new().create(true).append(true).open(path);
        let copy = copy.map(|path| append(path).with_context(|| path.display().to_string()));
        let (reader, writer) = std::io::pipe()?;
        let child = command
            .env_clear()
            .env("KM_API_KEY", API_KEY)
            .env("KM_HEALTH_ENDPOINT", "127.0.0.1:0")
            .env("KM_STATUS_ENDPOINT", "off")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        // The command holds the writing end of the pipe; the log ends when the agent does.
        drop(command);
        Ok(Self { child, log: Log::of(reader, API_KEY, copy.transpose()?) })
    }

    /// Waits until its first configuration runs.
    pub(crate) async fn ready(&self, patience: Duration) -> Result<()> {
        match self.log.after(0, patience, |event| matches!(event, Event::Active(_))).await {
            Some(_) => Ok(()),
            None => {
                bail!("the agent is not ready after {} s:\n{}", patience.as_secs(), self.log.last_words())
            }
        }
    }

    /// What it prints.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it holds; connections to `peers` are counted on their own.
    pub(crate) async fn resources(&self, peers: &[SocketAddr]) -> Result<Resources> {
        Resources::steady(self.child.id(), peers).await
    }

    /// Fails when it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("the agent ended by itself, {status}:\n{}", self.log.last_words()),
        }
    }

    /// Its process, to be signalled.
    pub(crate) fn process(&self) -> Result<Pid> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        pid.context("the agent has no process id")
    }

    /// Kills it, and returns once it is gone; when it was killed.
    pub(crate) fn kill(&mut self) -> Result<Instant> {
        self.check()?;
        let at = Instant::now();
        self.child.kill()?;
        self.child.wait()?;
        Ok(at)
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) async fn terminate(&mut self, patience: Duration) -> Result<Ended> {
        self.check()?;
        kill_process(self.process()?, Signal::TERM)?;
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Ended { took: asked.elapsed(), status });
            }
            if asked.elapsed() > patience {
                bail!("the agent does not end after SIGTERM:\n{}", self.log.last_words());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Both fail only when it has ended in this moment.
            let _gone = self.child.kill();
            let _status = self.child.wait();
        }
    }
}
