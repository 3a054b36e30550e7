//! What a process holds, from proc(5).
//!
//! Connections to the backend and to the API server are counted on their own: how many a client keeps for a while follows
//! from what it had to ask at once, and says nothing about what was left behind.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Memory, threads and file descriptors of a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resources {
    /// Resident memory in bytes.
    pub(crate) resident: u64,
    /// The most of it so far.
    pub(crate) peak: u64,
    /// Threads.
    pub(crate) threads: u64,
    /// Open file descriptors but for those connections: what each one is, sorted.
    pub(crate) open: Vec<String>,
    /// Connections to the peers that there always are.
    pub(crate) upstream: usize,
}

impl fmt::Display for Resources {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resident, threads, open, upstream, .. } = self;
        write!(
            out,
            "{:.1} MiB, {threads} threads, {} descriptors and {upstream} connections to its peers",
            *resident as f64 / 1_048_576.0,
            open.len()
        )
    }
}

/// Looks taken for one figure, and the time between them. Few, since the kernel walks all its sockets for each.
const LOOKS: usize = 5;
const BETWEEN: Duration = Duration::from_millis(100);
/// `TCP_LISTEN` of the kernel, as its tables print it.
const LISTEN: &str = "0A";

impl Resources {
    fn now(pid: u32, peers: &[SocketAddr]) -> Result<Self> {
        let folder = Path::new("/proc").join(pid.to_string());
        let status = fs::read_to_string(folder.join("status")).context("the agent's /proc/<pid>/status")?;
        let field = |name: &str| -> Result<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            number.with_context(|| format!("/proc/<pid>/status has no {name}"))
        };
        let table = fs::read_to_string(folder.join("net/tcp"))?;
        let sockets = sockets(&table);
        let links = fs::read_dir(folder.join("fd"))?.flatten().map(|entry| fs::read_link(entry.path()));
        let mut open: Vec<String> =
            links.flatten().map(|link| name(&link.to_string_lossy(), &sockets)).collect();
        let all = open.len();
        let peers: Vec<String> = peers.iter().map(|peer| leads_to(peer.port())).collect();
        open.retain(|name| !peers.contains(name));
        open.sort_unstable();
        Ok(Self {
            resident: field("VmRSS:")? * 1024,
            peak: field("VmHWM:")? * 1024,
            threads: field("Threads:")?,
            upstream: all - open.len(),
            open,
        })
    }

    /// The median of memory, and the least of what comes and goes with short connections and blocking calls, over
    /// half a second.
    pub(crate) async fn steady(pid: u32, peers: &[SocketAddr]) -> Result<Self> {
        let mut looks = Vec::new();
        for _ in 0..LOOKS {
            looks.push(Self::now(pid, peers)?);
            tokio::time::sleep(BETWEEN).await;
        }
        looks.sort_by_key(|look| look.resident);
        Ok(Self {
            resident: looks.get(looks.len() / 2).map_or(0, |look| look.resident),
            peak: looks.iter().map(|look| look.peak).max().unwrap_or_default(),
            threads: looks.iter().map(|look| look.threads).min().unwrap_or_default(),
            upstream: looks.iter().map(|look| look.upstream).min().unwrap_or_default(),
            open: looks.into_iter().map(|look| look.open).min_by_key(Vec::len).unwrap_or_default(),
        })
    }

    /// Descriptors that were not open `before`, by what they are.
    pub(crate) fn more_than(&self, before: &Self) -> Vec<String> {
        let mut known = before.open.clone();
        let is_new = |name: &&String| match known.iter().position(|other| other == *name) {
            Some(at) => {
                known.swap_remove(at);
                false
            }
            None => true,
        };
        self.open.iter().filter(is_new).cloned().collect()
    }
}

/// What a descriptor is, from where its link leads.
fn name(link: &str, sockets: &BTreeMap<&str, String>) -> String {
    match link.split_once(":[") {
        Some(("socket", inode)) => {
            let known = sockets.get(inode.trim_end_matches(']'));
            known.cloned().unwrap_or_else(|| "socket without a connection".to_owned())
        }
        Some((kind, _)) => kind.to_owned(),
        None => link.to_owned(),
    }
}

/// The sockets of `/proc/<pid>/net/tcp` by inode. Connections of clients are the same whatever port they came to.
fn sockets(table: &str) -> BTreeMap<&str, String> {
    let port = |address: &str| {
        address.rsplit_once(':').and_then(|(_, port)| u16::from_str_radix(port, 16).ok()).unwrap_or_default()
    };
    let rows: Vec<[&str; 4]> = table.lines().filter_map(row).collect();
    let listening: Vec<u16> =
        rows.iter().filter(|[_, _, state, _]| *state == LISTEN).map(|[local, ..]| port(local)).collect();
    let name = |[local, remote, state, inode]: [_; 4]| {
        let name = match port(local) {
            _ if state == LISTEN => "listening socket".to_owned(),
            local if listening.contains(&local) => "connection of a client".to_owned(),
            _ => leads_to(port(remote)),
        };
        (inode, name)
    };
    rows.into_iter().map(name).collect()
}

/// Local address, remote address, state and inode.
fn row(line: &str) -> Option<[&str; 4]> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let field = |at: usize| fields.get(at).copied();
    Some([field(1)?, field(2)?, field(3)?, field(9)?])
}

fn leads_to(port: u16) -> String {
    format!("connection to port {port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:689B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:689B 0100007F:8908 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0 20 4 30 10 -1
   2: 0100007F:ABAE 0100007F:A279 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 20 4 30 10 -1";

    #[test]
    fn descriptors_are_named_by_what_they_are() {
        let sockets = sockets(TABLE);
        for (link, expected) in [
            ("socket:[11]", "listening socket"),
            ("socket:[12]", "connection of a client"),
            ("socket:[13]", "connection to port 41593"),
            ("socket:[14]", "socket without a connection"),
            ("anon_inode:[eventpoll]", "anon_inode"),
            ("/dev/null", "/dev/null"),
        ] {
            assert_eq!(name(link, &sockets), expected);
        }
    }

    #[test]
    fn a_descriptor_more_of_a_kind_is_seen() {
        let open = |names: &[&str]| Resources {
            open: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Resources::default()
        };
        let before = open(&["pipe", "listening socket"]);
        assert_eq!(open(&["listening socket", "pipe", "pipe"]).more_than(&before), ["pipe"]);
        assert!(open(&["pipe"]).more_than(&before).is_empty());
    }
}
