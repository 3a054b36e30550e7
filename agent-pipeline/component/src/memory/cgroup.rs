//! What the kernel says: resident memory (proc(5)), the container's limit (cgroups v2 and v1), the machine's memory.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Pages of 4 KiB, as on every architecture the agent is built for; a kernel with larger ones over-reports nothing that
/// matters here, because the limit stays the container's.
const PAGE: u64 = 4096;
/// cgroup v1 writes "no limit" as a number near 2^63.
const NO_LIMIT: u64 = 1 << 60;

/// Resident bytes of this process, from `/proc/self/statm`: its second number, in pages.
pub(super) fn resident() -> Option<u64> {
    let mut text = [0; 128];
    let length = fs::File::open("/proc/self/statm").ok()?.read(&mut text).ok()?;
    let text = std::str::from_utf8(text.get(..length)?).ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}

/// The memory limit of the container this process runs in; `None` without one.
pub fn limit_of_container() -> Option<u64> {
    limit_below(Path::new("/sys/fs/cgroup"), &fs::read_to_string("/proc/self/cgroup").ok()?)
}

/// How much memory there is for this process, in bytes; `None` where that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// The limit of the container it runs in.
    pub container: Option<u64>,
    /// The memory of the machine.
    pub machine: Option<u64>,
}

impl Room {
    /// What the kernel says now.
    pub fn of_process() -> Self {
        let meminfo = fs::read_to_string("/proc/meminfo").ok();
        Self { container: limit_of_container(), machine: meminfo.and_then(|text| total_of(&text)) }
    }

    /// What percentages are of: the container's limit, and without one the machine's memory.
    pub fn total(self) -> Option<u64> {
        self.container.or(self.machine)
    }
}

/// `MemTotal:       16303428 kB` of `/proc/meminfo`, where kB are 1024 bytes.
fn total_of(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()?.checked_mul(1024)
}

/// The smallest limit from the process's own cgroup up to the root at `root`; `own` is `/proc/self/cgroup`.
///
/// In a container with a cgroup namespace the own path is `/` and the limit stands at the root of the mount.
fn limit_below(root: &Path, own: &str) -> Option<u64> {
    let unified = own.lines().find_map(|line| line.strip_prefix("0::"));
    let memory = own.lines().find_map(|line| line.split_once(":memory:").map(|(_, path)| path));
    let v2 = unified.and_then(|path| smallest(root, path, "memory.max"));
    let v1 = memory.and_then(|path| smallest(&root.join("memory"), path, "memory.limit_in_bytes"));
    // With a namespace of its own but without a mount of it, v1 paths do not exist below the mount: its root does.
    let v1_root = || smallest(&root.join("memory"), "/", "memory.limit_in_bytes");
    v2.into_iter().chain(v1.or_else(v1_root)).min()
}

fn smallest(root: &Path, path: &str, file: &str) -> Option<u64> {
    let own: PathBuf = root.join(path.trim_start_matches('/'));
    let levels = own.ancestors().take_while(|level| level.starts_with(root));
    levels.filter_map(|level| read_limit(&level.join(file))).min()
}

fn read_limit(path: &Path) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    text.trim().parse().ok().filter(|limit| *limit < NO_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn v2_takes_the_smallest_limit_on_the_way_up() {
        let files = [
            ("memory.max", "max\n"),
            ("pods/memory.max", "134217728\n"),
            ("pods/agent/memory.max", "268435456\n"),
        ];
        let root = root(&files);
        assert_eq!(limit_below(root.path(), "0::/pods/agent\n"), Some(134_217_728));
        assert_eq!(limit_below(root.path(), "0::/\n"), None);
    }

    #[test]
    fn v1_finds_its_own_path_or_the_root_of_the_mount() {
        let root = root(&[
            ("memory/memory.limit_in_bytes", "67108864\n"),
            ("memory/a/memory.limit_in_bytes", "9223372036854771712\n"),
        ]);
        assert_eq!(limit_below(root.path(), "4:memory:/a\n"), Some(67_108_864));
        assert_eq!(limit_below(root.path(), "11:cpu:/x\n4:memory:/not/mounted\n"), Some(67_108_864));
    }

    #[test]
    fn no_limit_is_none() {
        let root = root(&[("memory/memory.limit_in_bytes", "9223372036854771712\n")]);
        assert_eq!(limit_below(root.path(), "4:memory:/\n"), None);
        assert_eq!(limit_below(Path::new("/nonexistent"), ""), None);
    }

    #[test]
    fn the_machine_has_what_meminfo_says() {
        assert_eq!(total_of("MemTotal:       16303428 kB\nMemFree: 1 kB\n"), Some(16_303_428 * 1024));
        for broken in
            ["", "MemTotal:\n", "MemTotal: -1 kB", "MemTotal: 18446744073709551615 kB", "MemTotal: 5"]
        {
            assert_eq!(total_of(broken), None, "{broken}");
        }
        assert!(Room::of_process().total().is_some());
    }

    #[test]
    fn percentages_are_of_the_container_before_the_machine() {
        let room = Room { container: Some(1), machine: Some(2) };
        assert_eq!(room.total(), Some(1));
        assert_eq!(Room { container: None, ..room }.total(), Some(2));
        assert_eq!(Room::default().total(), None);
    }

    #[test]
    fn this_process_is_resident() {
        assert!(resident().is_some_and(|bytes| bytes > 100_000));
    }
}
