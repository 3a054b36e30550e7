//! `overload`: three times of what gets through is offered, first to a backend that is slow, then to one that is away.
//!
//! The backend's delay sets the capacity, so that the agent is what is judged and not the machine that it shares with
//! the load. Two agents: one whose queue would hold more than its memory, so that the memory line has to refuse, and one
//! whose queue is small, so that the queue does.

mod sender;
mod trial;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::Findings;
use crate::agent::metrics::READER;
use crate::load::Targets;
use crate::options::Options;
use crate::ports;
use trial::Plan;

const MIB: u64 = 1 << 20;
/// Batches on the wire at once.
const CONSUMERS: u64 = 10;
/// Items that the processor joins.
const BATCH: u64 = 64;
/// Requests that the small queue holds.
const SMALL: u64 = 100;

/// Runs the scenario.
pub(super) async fn run(options: &Options) -> Result<Findings> {
    let short = options.short;
    let (seconds, delay) = if short { (3, 600) } else { (options.outage.as_secs(), 250) };
    let memory = Plan {
        name: "full memory",
        limit: if short { 80 * MIB } else { 128 * MIB },
        delay: Duration::from_millis(delay),
        in_flight: 2 * CONSUMERS * BATCH,
        measured: Duration::from_millis(if short { 1200 } else { 5000 }),
        overload: Duration::from_secs(seconds),
        outage: Some(Duration::from_secs(seconds / 2)),
    };
    let queue = Plan {
        name: "full queue",
        delay: Duration::from_millis(100),
        in_flight: 2 * CONSUMERS * sender::ITEMS,
        measured: memory.measured / 2,
        overload: memory.overload / 4,
        outage: None,
        ..memory
    };
    let mut all = Findings { verdicts: Vec::new(), figures: json!([]) };
    for (plan, batches, size) in [(&memory, true, 1_000_000), (&queue, false, SMALL)] {
        let (grpc, http) = (ports::free()?, ports::free()?);
        let targets = Targets { grpc: vec![grpc], http: vec![http] };
        let found = trial::run(options, plan, targets, &yaml(grpc, http, batches, size)).await?;
        all.verdicts.extend(found.verdicts);
        if let Some(figures) = all.figures.as_array_mut() {
            figures.push(found.figures);
        }
    }
    Ok(all)
}

/// A queue of so many requests, with or without a processor before it that joins them.
fn yaml(grpc: SocketAddr, http: SocketAddr, batches: bool, queue: u64) -> String {
    let (batch, used) = if batches {
        (
            format!("processors:\n  batch: {{timeout: 200ms, send_batch_size: {BATCH}}}\n"),
            "processors: [batch], ",
        )
    } else {
        (String::new(), "")
    };
    let pipelines = ["traces", "metrics", "logs"]
        .map(|signal| format!("    {signal}: {{receivers: [otlp], {used}exporters: [otlphttp]}}\n"))
        .concat();
    format!(
        "receivers:\n  otlp:\n    protocols:\n      grpc: {{endpoint: '{grpc}'}}\n      http: {{endpoint: '{http}'}}\n\
         {batch}exporters:\n  otlphttp:\n    endpoint: ${{env:KM_COLLECTOR_ENDPOINT}}\n    \
         headers: {{api-key: '${{env:KM_API_KEY}}'}}\n    \
         sending_queue: {{queue_size: {queue}, num_consumers: {CONSUMERS}}}\n    \
         retry_on_failure: {{initial_interval: 500ms, max_interval: 1s}}\n\
         service:\n{READER}  pipelines:\n{pipelines}"
    )
}
