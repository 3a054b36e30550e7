//! From a decoded request to the pipeline and back: what both protocols do with a batch and with a refusal.

use std::sync::Arc;

use agent_component::{Accepted, ClientInfo, Code, ConsumeError, ErrorKind, Next, Telemetry};
use agent_net::grpc::Status;
use agent_otlp::Batch;

use super::counts::Counts;

/// Hands a batch on, and counts what came of it. One without items succeeds without being passed on, as in the Collector.
///
/// # Errors
/// The pipeline's refusal, as the status to answer with.
pub(super) async fn export(
    next: &Next,
    counts: &Counts,
    batch: Batch,
    client: Arc<ClientInfo>,
) -> Result<Accepted, Status> {
    if batch.is_empty() {
        return Ok(Accepted::default());
    }
    let (counts, items) = (counts.of(batch.signal()), batch.items());
    let telemetry = Telemetry { batch, client: Some(client), receipt: None };
    let taken = next.consume(telemetry).await;
    let counter = if taken.is_ok() { &counts.accepted } else { &counts.refused };
    counter.add_items(items);
    taken.map_err(|refusal| status_of(&refusal))
}

/// The status of a refusal: the far end's own where it gave one, else `UNAVAILABLE` when trying again can help and
/// `INTERNAL` when not (the Collector's OTLP receiver, v0.145.0).
pub(super) fn status_of(refusal: &ConsumeError) -> Status {
    let (by_kind, after) = match refusal.kind {
        ErrorKind::Retryable { after } => (Code::Unavailable, after),
        ErrorKind::Permanent => (Code::Internal, None),
    };
    let status = Status::new(refusal.code.unwrap_or(by_kind).number(), refusal.to_string());
    match after {
        Some(after) => status.with_retry_after(after),
        None => status,
    }
}
