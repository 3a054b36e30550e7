//! A child process seen through proc(5): processor time, memory, whether its ports accept, its end.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;

const PATIENCE: Duration = Duration::from_secs(15);

/// A child that is killed with its owner.
pub(crate) struct Process {
    child: Child,
    started: Instant,
    log: NamedTempFile,
}

impl Process {
    /// Starts a program; what it prints is kept for error messages.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let log = NamedTempFile::new()?;
        let output = log.reopen()?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let started = Instant::now();
        let child =
            command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { child, started, log })
    }

    /// Waits until all ports accept; the time since exec.
    pub(crate) async fn ready(&mut self, ports: &[SocketAddr]) -> Result<Duration> {
        let mut waiting = ports.to_vec();
        while !waiting.is_empty() {
            waiting.retain(|port| TcpStream::connect_timeout(port, Duration::from_millis(100)).is_err());
            if waiting.is_empty() {
                break;
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("ended with {status} before it listened:\n{}", self.log_tail());
            }
            if self.started.elapsed() > PATIENCE {
                bail!("does not listen on {waiting:?}:\n{}", self.log_tail());
            }
            tokio::time::sleep(Duration::from_micros(250)).await;
        }
        Ok(self.started.elapsed())
    }

    /// Processor time of all threads so far.
    ///
    /// The larger of the process's own account (whole ticks) and the sum over living threads (nanoseconds), since the
    /// first one is too coarse for short runs and the second one forgets threads that ended.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        let ticks = ticks(&self.read("stat")?).context("/proc/<pid>/stat")?;
        let per_second = rustix::param::clock_ticks_per_second();
        let coarse = Duration::from_millis(ticks * 1000 / per_second.max(1));
        let mut fine = 0;
        for task in fs::read_dir(self.path("task"))?.flatten() {
            let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            fine += text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or(0);
        }
        Ok(coarse.max(Duration::from_nanos(fine)))
    }

    /// Resident memory now, in bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        self.memory("VmRSS:")
    }

    /// The most resident memory so far, in bytes.
    pub(crate) fn peak(&self) -> Result<u64> {
        self.memory("VmHWM:")
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) async fn stop(mut self) -> Result<ExitStatus> {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM)?;
        }
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if asked.elapsed() > PATIENCE {
                bail!("does not end after SIGTERM:\n{}", self.log_tail());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// The last lines that it printed.
    pub(crate) fn log_tail(&self) -> String {
        let text = fs::read_to_string(self.log.path()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines.iter().skip(lines.len().saturating_sub(8));
        last.flat_map(|line| ["    ", line, "\n"]).collect()
    }

    fn memory(&self, field: &str) -> Result<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        Ok(kibibytes.with_context(|| format!("/proc/<pid>/status has no {field}"))? * 1024)
    }

    fn read(&self, file: &str) -> Result<String> {
        let path = self.path(file);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(file)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _gone = self.child.kill();
            let _status = self.child.wait();
        }
    }
}

/// Whether a process ended by itself without an error, or by the signal that it was sent.
pub(crate) fn ended_well(status: ExitStatus) -> bool {
    status.success() || status.signal() == Some(Signal::TERM.as_raw())
}

/// `utime` and `stime` of `/proc/<pid>/stat`; the name of the program before them may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_ticks_are_read_behind_any_name() {
        let stat = "27905 (a) b (c) R 27556 27556 8278 0 -1 4194304 99 0 0 0 12 30 0 0 20 0 1 0 130814";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("nothing"), None);
    }

    #[tokio::test]
    async fn a_child_is_seen_and_ends_by_the_signal() {
        let process = Process::start(Command::new("sleep").arg("60")).unwrap();
        assert!(process.resident().unwrap() > 0);
        assert!(process.peak().unwrap() >= process.resident().unwrap());
        assert!(process.processor_time().unwrap() < Duration::from_secs(5));
        assert!(ended_well(process.stop().await.unwrap()));
    }

    #[tokio::test]
    async fn a_child_that_ends_before_it_listens_is_reported_with_its_words() {
        let mut process = Process::start(Command::new("sh").args(["-c", "echo why; exit 3"])).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = process.ready(&[port]).await.unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.contains("why"), "{error}");
    }
}
