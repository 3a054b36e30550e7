//! What a process holds, from proc(5).

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Memory, threads and file descriptors of a process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Resources {
    /// Resident memory in bytes.
    pub(crate) resident: u64,
    /// Threads.
    pub(crate) threads: u64,
    /// Open file descriptors.
    pub(crate) descriptors: u64,
}

/// Looks taken for one figure, and the time between them.
const LOOKS: usize = 20;
const BETWEEN: Duration = Duration::from_millis(25);

impl Resources {
    fn now(pid: u32) -> Result<Self> {
        let folder = Path::new("/proc").join(pid.to_string());
        let status = fs::read_to_string(folder.join("status")).context("the agent's /proc/<pid>/status")?;
        let field = |name: &str| -> Result<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            number.with_context(|| format!("/proc/<pid>/status has no {name}"))
        };
        Ok(Self {
            resident: field("VmRSS:")? * 1024,
            threads: field("Threads:")?,
            descriptors: fs::read_dir(folder.join("fd"))?.count() as u64,
        })
    }

    /// The median of memory, and the least of what comes and goes with short connections and blocking calls, over
    /// half a second.
    pub(crate) async fn steady(pid: u32) -> Result<Self> {
        let mut looks = Vec::new();
        for _ in 0..LOOKS {
            looks.push(Self::now(pid)?);
            tokio::time::sleep(BETWEEN).await;
        }
        looks.sort_by_key(|look| look.resident);
        let least = |of: fn(&Self) -> u64| looks.iter().map(of).min().unwrap_or_default();
        Ok(Self {
            resident: looks.get(looks.len() / 2).map_or(0, |look| look.resident),
            threads: least(|look| look.threads),
            descriptors: least(|look| look.descriptors),
        })
    }
}
