//! What the receiver counts for the agent's own metrics: items, for each signal, under the label of the protocol.

use agent_component::Host;
use agent_config::ComponentId;
use agent_otlp::Signal;
use agent_telemetry::Metrics;
use agent_telemetry::metrics::{ComponentKind, Counter, ReceiverCounts};

/// The counters of one protocol.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    traces: ReceiverCounts,
    metrics: ReceiverCounts,
    logs: ReceiverCounts,
    /// Panics over requests and connections.
    pub(super) panics: Counter,
}

impl Counts {
    /// Those of the receiver `id`; one that replaces it counts on.
    pub(super) fn new(host: &Host, id: &ComponentId, transport: &str) -> Self {
        let metrics = host.shared.of::<Metrics>();
        let of = |signal| metrics.receiver(id, transport, signal);
        let panics = metrics.defects(ComponentKind::Receiver, id, None).panics;
        Self { traces: of(Signal::Traces), metrics: of(Signal::Metrics), logs: of(Signal::Logs), panics }
    }

    pub(super) fn of(&self, signal: Signal) -> &ReceiverCounts {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Metrics => &self.metrics,
            Signal::Logs => &self.logs,
        }
    }
}
