//! What a `batch` processor counts for the agent's own metrics (the Collector's names, v0.145.0).

use agent_component::BuildContext;
use agent_otlp::{Batch, Signal};
use agent_telemetry::Metrics;
use agent_telemetry::metrics::{BatchCounts, ComponentKind, Counter};

/// Counters of one instance; one that replaces it counts on.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    batches: BatchCounts,
    /// Items that the next component refused and that nobody has any more.
    refused: Counter,
    /// Items that there was no time for at the end.
    shutdown: Counter,
}

/// Why a batch is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// It is large enough.
    Size,
    /// Its first item has waited long enough.
    Timeout,
    /// The processor ends.
    End,
}

impl Counts {
    pub(super) fn new(context: &BuildContext) -> Self {
        let metrics = context.host.shared.of::<Metrics>();
        let pipeline = context.pipeline.as_ref();
        let signal: Option<Signal> = pipeline.and_then(|pipeline| pipeline.signal().parse().ok());
        // Every processor has a pipeline, and every pipeline a signal.
        let Some(signal) = signal else { return Self::default() };
        let lost = |reason| metrics.dropped(ComponentKind::Processor, &context.id, pipeline, signal, reason);
        Self {
            batches: metrics.batch(&context.id),
            refused: lost("refused_downstream"),
            shutdown: lost("shutdown"),
        }
    }

    pub(super) fn sent(&self, trigger: Trigger, batch: &Batch) {
        match trigger {
            Trigger::Size => self.batches.by_size.add(1),
            Trigger::Timeout => self.batches.by_timeout.add(1),
            Trigger::End => {}
        }
        self.batches.size.record(batch.items() as u64);
        self.batches.bytes.record(batch.byte_len() as u64);
    }

    pub(super) fn refused(&self, items: usize) {
        self.refused.add_items(items);
    }

    pub(super) fn lost(&self, items: usize) {
        self.shutdown.add_items(items);
    }
}
