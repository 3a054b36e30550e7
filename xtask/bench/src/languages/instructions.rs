//! Instructions of a row, counted by valgrind: exact where a busy machine makes times uncertain.
//!
//! The counters of the processor (`perf_event_open`) are not used: virtual machines mostly have none.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::clock::Row;

/// How often the work is done in the shorter and in the longer run; the difference is free of start-up.
const TIMES: (u64, u64) = (3, 13);

/// Instructions an item.
pub(super) fn of(row: &Row) -> Result<f64> {
    let few = counted(&row.name, TIMES.0)?;
    let many = counted(&row.name, TIMES.1)?;
    Ok(many.saturating_sub(few) as f64 / (TIMES.1 - TIMES.0) as f64 / row.items.max(1) as f64)
}

fn counted(name: &str, times: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["row", name, &times.to_string()])
        .output()
        .context("cannot start valgrind, which counts instructions")?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("valgrind: {report}");
    }
    collected(&report).with_context(|| format!("valgrind tells no count: {report}"))
}

/// The number behind `Collected :`.
fn collected(report: &str) -> Option<u64> {
    let line = report.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(':').next()?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_in_what_valgrind_says() {
        assert_eq!(collected("==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n"), Some(1_234_567));
        assert_eq!(collected("==7== nothing"), None);
    }
}
