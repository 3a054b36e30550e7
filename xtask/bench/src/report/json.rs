//! All samples and verdicts as JSON, for tables made elsewhere.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::Row;
use super::verdict::Verdict;
use crate::machine::Machine;
use crate::measure::Sample;

fn sample(sample: &Sample) -> Value {
    json!({
        "cpu_us_per_item": sample.cpu_us,
        "items_per_second": sample.rate,
        "bytes_per_item": sample.bytes,
        "rss_idle_bytes": sample.idle,
        "rss_peak_bytes": sample.peak,
        "ready_ms": sample.ready.as_secs_f64() * 1e3,
        "refused_requests": sample.refused,
    })
}

/// Writes the file.
pub(crate) fn write(path: &Path, machine: &Machine, rows: &[Row], verdicts: &[Verdict]) -> Result<()> {
    let samples = |samples: &[Sample]| samples.iter().map(sample).collect::<Vec<_>>();
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "subject": row.comparison.subject.to_string(),
                "against": row.comparison.against.to_string(),
                "scenario": row.comparison.scenario.to_string(),
                "ratio": row.ratio(),
                "ratios": row.samples.ratios(),
                "bytes_by_level_6": row.bytes_ratio(),
                "samples": samples(&row.samples.subject),
                "samples_against": samples(&row.samples.against),
                "samples_relay": samples(&row.samples.relay),
            })
        })
        .collect();
    let verdicts: Vec<Value> = verdicts
        .iter()
        .map(|verdict| json!({"name": verdict.name, "found": verdict.found, "limit": verdict.limit, "met": verdict.met}))
        .collect();
    let text = serde_json::to_string_pretty(&json!({
        "machine": machine.to_string(),
        "rows": rows,
        "verdicts": verdicts,
    }))?;
    std::fs::write(path, text + "\n").with_context(|| path.display().to_string())
}
