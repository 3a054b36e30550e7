//! The machine that figures belong to: without it they mean little.

use std::fmt;
use std::fs;

/// Facts of the machine, from proc(5).
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// Model name of the first processor.
    pub(crate) processor: String,
    /// Processors that may be used.
    pub(crate) processors: usize,
    /// Memory in GiB.
    pub(crate) memory_gib: u64,
    /// Kernel release.
    pub(crate) kernel: String,
    /// Processes that were ready to run over the last minute: what else the machine was busy with.
    pub(crate) load: String,
}

impl Machine {
    /// Reads them.
    pub(crate) fn read() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
            line.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
        };
        let memory =
            field(&text("/proc/meminfo"), "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0_u64);
        Self {
            processor: field(&text("/proc/cpuinfo"), "model name"),
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gib: memory / 1_048_576,
            kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: text("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, processors, memory_gib, kernel, load } = self;
        write!(
            out,
            "{processors} x {processor}, {memory_gib} GiB, Linux {kernel}, load {load} before the run"
        )
    }
}
