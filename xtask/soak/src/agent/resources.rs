//! What a process holds, from proc(5).
//!
//! Connections to the backend are counted on their own: how many an exporter keeps follows from what it had to send at
//! once, and says nothing about what was left behind.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Memory, threads and file descriptors of a process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Resources {
    /// Resident memory in bytes.
    pub(crate) resident: u64,
    /// The most of it so far.
    pub(crate) peak: u64,
    /// Threads.
    pub(crate) threads: u64,
    /// Open file descriptors but for connections to the backend.
    pub(crate) descriptors: u64,
    /// Connections to the backend.
    pub(crate) upstream: u64,
}

/// Looks taken for one figure, and the time between them.
const LOOKS: usize = 20;
const BETWEEN: Duration = Duration::from_millis(25);

impl Resources {
    fn now(pid: u32, backend: SocketAddr) -> Result<Self> {
        let folder = Path::new("/proc").join(pid.to_string());
        let status = fs::read_to_string(folder.join("status")).context("the agent's /proc/<pid>/status")?;
        let field = |name: &str| -> Result<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            number.with_context(|| format!("/proc/<pid>/status has no {name}"))
        };
        let links = fs::read_dir(folder.join("fd"))?.flatten().map(|entry| fs::read_link(entry.path()));
        let links: Vec<String> = links.flatten().map(|link| link.to_string_lossy().into_owned()).collect();
        let table = fs::read_to_string(folder.join("net/tcp"))?;
        let upstream = table.lines().filter_map(|line| connection_to(backend.port(), line));
        let upstream = upstream.filter(|inode| links.contains(&format!("socket:[{inode}]"))).count() as u64;
        Ok(Self {
            resident: field("VmRSS:")? * 1024,
            peak: field("VmHWM:")? * 1024,
            threads: field("Threads:")?,
            descriptors: links.len() as u64 - upstream,
            upstream,
        })
    }

    /// The median of memory, and the least of what comes and goes with short connections and blocking calls, over
    /// half a second.
    pub(crate) async fn steady(pid: u32, backend: SocketAddr) -> Result<Self> {
        let mut looks = Vec::new();
        for _ in 0..LOOKS {
            looks.push(Self::now(pid, backend)?);
            tokio::time::sleep(BETWEEN).await;
        }
        looks.sort_by_key(|look| look.resident);
        let least = |of: fn(&Self) -> u64| looks.iter().map(of).min().unwrap_or_default();
        Ok(Self {
            resident: looks.get(looks.len() / 2).map_or(0, |look| look.resident),
            peak: looks.iter().map(|look| look.peak).max().unwrap_or_default(),
            threads: least(|look| look.threads),
            descriptors: least(|look| look.descriptors),
            upstream: least(|look| look.upstream),
        })
    }
}

/// The inode of the socket of a line of `/proc/<pid>/net/tcp`, if it leads to that port.
fn connection_to(port: u16, line: &str) -> Option<&str> {
    let mut fields = line.split_whitespace().skip(2);
    let (_, remote) = fields.next()?.split_once(':')?;
    (u16::from_str_radix(remote, 16).ok()? == port).then(|| fields.nth(6)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table_tells_port_and_inode() {
        let line = "  7: 0100007F:ABAE 0100007F:A279 01 00000000:00000000 00:00000000 00000000     0        0 1103747 1 0 20 4 30 10 -1";
        assert_eq!(connection_to(0xA279, line), Some("1103747"));
        assert_eq!(connection_to(0xABAE, line), None);
        assert_eq!(connection_to(1, "  sl  local_address rem_address   st tx_queue"), None);
    }
}
