//! A limit on the agent's memory: a control group of its own where the machine lets us make one, as its Pod has; else
//! the setting `KM_MEMORY_LIMIT`, with which nobody kills but the lines of the agent are the same.
//!
//! Control groups version 2 take a group only where memory is already delegated, so a sibling of our own group is tried
//! as well as a child. Version 1 takes a child anywhere.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const ROOT: &str = "/sys/fs/cgroup";

/// The limit. It outlives the agent in it.
pub(crate) struct Cage {
    limit: u64,
    group: Option<PathBuf>,
}

impl Cage {
    /// A limit of so many bytes.
    pub(crate) fn of(limit: u64) -> Self {
        let group = candidates(&fs::read_to_string("/proc/self/cgroup").unwrap_or_default())
            .into_iter()
            .find_map(|(parent, file)| make(&parent, file, limit));
        Self { limit, group }
    }

    /// How it holds.
    pub(crate) fn describe(&self) -> String {
        let how = if self.group.is_some() { "a control group" } else { "KM_MEMORY_LIMIT" };
        format!("{} MiB of memory by {how}", self.limit >> 20)
    }

    /// What becomes the agent that it is called with: a shell that goes into the group, so that not a page of the agent
    /// is outside. Its health endpoint is to be `health`.
    pub(crate) fn wrapper(&self, health: SocketAddr) -> Vec<String> {
        let way_in = match &self.group {
            Some(group) => format!("echo $$ > '{}'", group.join("cgroup.procs").display()),
            None => format!("export KM_MEMORY_LIMIT={}", self.limit),
        };
        let script = format!("export KM_HEALTH_ENDPOINT={health}; {way_in} && exec \"$0\"");
        ["/bin/sh", "-c", &script].map(str::to_owned).to_vec()
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        if let Some(group) = &self.group {
            // Nothing can be done about one that stays; it is empty and costs nothing.
            let _removed = fs::remove_dir(group);
        }
    }
}

/// Groups that one could be made in, and the file with the limit there; `own` is `/proc/self/cgroup`.
fn candidates(own: &str) -> Vec<(PathBuf, &'static str)> {
    let below = |root: &str, path: &str| Path::new(root).join(path.trim_start_matches('/'));
    let mut all = Vec::new();
    if let Some(path) = own.lines().find_map(|line| line.strip_prefix("0::")) {
        let own = below(ROOT, path);
        let parent = own.parent().filter(|parent| parent.starts_with(ROOT)).map(Path::to_path_buf);
        all.extend([Some(own), parent].into_iter().flatten().map(|group| (group, "memory.max")));
    }
    if let Some((_, path)) = own.lines().find_map(|line| line.split_once(":memory:")) {
        all.push((below(&format!("{ROOT}/memory"), path), "memory.limit_in_bytes"));
    }
    all
}

/// A group in `parent` with that limit and without swap, if it can be had.
fn make(parent: &Path, file: &str, limit: u64) -> Option<PathBuf> {
    let group = parent.join(format!("kubeagent-soak-{}", std::process::id()));
    // Also refuses a folder that is no group at all: nothing but the kernel makes the file in it.
    let made = parent.join("cgroup.procs").exists() && fs::create_dir(&group).is_ok();
    if !made {
        return None;
    }
    if !group.join(file).exists() || fs::write(group.join(file), limit.to_string()).is_err() {
        let _removed = fs::remove_dir(&group);
        return None;
    }
    for (swap, value) in [("memory.swap.max", 0), ("memory.memsw.limit_in_bytes", limit)] {
        if group.join(swap).exists() {
            let _without = fs::write(group.join(swap), value.to_string());
        }
    }
    Some(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_both_versions_are_candidates() {
        let found = |own| {
            let all = candidates(own).into_iter();
            all.map(|(path, file)| path.join(file).display().to_string()).collect::<Vec<_>>()
        };
        let unified = ["/sys/fs/cgroup/user/a/memory.max", "/sys/fs/cgroup/user/memory.max"];
        assert_eq!(found("0::/user/a\n"), unified);
        assert_eq!(found("0::/\n"), ["/sys/fs/cgroup/memory.max"]);
        assert_eq!(found("4:memory:/a\n"), ["/sys/fs/cgroup/memory/a/memory.limit_in_bytes"]);
        assert!(found("").is_empty());
    }
}
