//! `KM_ACTION=test`: what each processor makes of the data in `KM_TEST_INPUT`, so that a statement can be tried without a
//! cluster.
//!
//! No receiver, exporter or extension is built. The trial runs on a thread and a runtime of its own, so that whatever is logged
//! meanwhile belongs to it.

mod input;
mod pretty;
mod report;
mod warnings;

use std::path::Path;
use std::sync::Arc;

use agent_component::Host;
use agent_otlp::Batch;
use agent_pipeline::{Plan, Tried};

use report::Report;
use warnings::Warnings;

/// The report.
///
/// # Errors
/// The input cannot be used, or a component cannot be built.
pub(super) async fn trial(plan: Plan, host: Arc<Host>, file: &Path) -> Result<String, String> {
    let input = input::read(file)?;
    let work = tokio::task::spawn_blocking(move || run(&plan, &host, &input));
    work.await.map_err(|error| format!("the trial ended early: {error}"))?
}

fn run(plan: &Plan, host: &Arc<Host>, input: &[Batch]) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start a runtime: {error}"))?;
    let warnings = Warnings::default();
    let _capture = warnings.capture();
    let mut report = Report::default();
    let mut tell = |tried: Tried<'_>| report.tell(&tried, &warnings.take());
    runtime.block_on(plan.try_out(input, host, &mut tell)).map_err(|error| error.to_string())?;
    Ok(report.finish(input))
}
