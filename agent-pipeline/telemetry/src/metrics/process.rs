//! What the process takes of its machine, read when somebody collects. Where there is no `/proc`, memory is absent.

use std::sync::Arc;
use std::time::Instant;

use super::registry::{Registration, Registry, Value, attributes};
use super::table;

/// Registers the metrics of the process that started at `start`.
pub(super) fn register(registry: &Arc<Registry>, start: Instant) -> Registration {
    let uptime = move || Some(start.elapsed().as_secs_f64());
    let cpu = || Some(cpu_seconds());
    let bytes = |metric, read: fn(Pages) -> u64| {
        let read = move || Some(read(pages()?).saturating_mul(page_size()));
        registry.watch(metric, attributes(&[]), Value::Gauge(Arc::new(read)))
    };
    registry
        .watch(&table::UPTIME, attributes(&[]), Value::Seconds(Arc::new(uptime)))
        .join(registry.watch(&table::CPU_SECONDS, attributes(&[]), Value::Seconds(Arc::new(cpu))))
        .join(bytes(&table::MEMORY_RSS, |pages| pages.resident))
        .join(bytes(&table::MEMORY_HEAP, |pages| pages.resident.saturating_sub(pages.shared)))
}

struct Pages {
    resident: u64,
    shared: u64,
}

/// proc(5), `/proc/pid/statm`: size, resident, shared, ... in pages.
fn pages() -> Option<Pages> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let mut fields = text.split_ascii_whitespace().skip(1).map(str::parse);
    Some(Pages { resident: fields.next()?.ok()?, shared: fields.next()?.ok()? })
}

fn page_size() -> u64 {
    u64::try_from(rustix::param::page_size()).unwrap_or(4096)
}

#[expect(clippy::cast_precision_loss, reason = "seconds and nanoseconds of a process are far below 2^52")]
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
