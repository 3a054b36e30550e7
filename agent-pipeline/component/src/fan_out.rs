//! `FanOut`: one batch to several consumers, as the graph and the `forward` connector need it.
//!
//! Not a router: every output gets everything. Outputs are called one after the other, as the Collector does
//! (v0.145.0), so that a slow branch slows its source instead of piling up copies. A copy costs reference counts
//! only, and a branch that edits its batch never touches what the others got.

use crate::{Accepted, BoxFuture, ConsumeResult, Consumer, Next, Telemetry};

#[cfg(test)]
mod tests;

/// Hands every batch to all its outputs, in order.
///
/// The answers are joined: with any refusal the whole is refused, though other outputs have taken their copy by
/// then. A client that tries again sends those a duplicate; OTLP promises at-least-once, not exactly-once.
#[derive(Clone, Debug)]
pub struct FanOut {
    outputs: Box<[Next]>,
}

impl FanOut {
    /// A fan-out to `outputs`, which are called in this order. Without any, data ends here and counts as delivered.
    pub fn new(outputs: impl IntoIterator<Item = Next>) -> Self {
        Self { outputs: outputs.into_iter().collect() }
    }
}

impl Consumer for FanOut {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            let Some((last, others)) = self.outputs.split_last() else {
                data.settle();
                return Ok(Accepted::default());
            };
            let mut joined = None;
            for output in others {
                joined = Some(join(joined, output.consume(data.clone()).await));
            }
            join(joined, last.consume(data).await)
        })
    }
}

fn join(before: Option<ConsumeResult>, result: ConsumeResult) -> ConsumeResult {
    match (before, result) {
        (None, result) => result,
        (Some(Ok(before)), Ok(accepted)) => Ok(before.join(&accepted)),
        (Some(Err(before)), Err(error)) => Err(before.join(&error)),
        (Some(Err(error)), Ok(_)) | (Some(Ok(_)), Err(error)) => Err(error),
    }
}
