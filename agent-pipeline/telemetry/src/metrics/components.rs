//! What each kind of component counts, under the labels that the Collector gives.
//!
//! A component asks once, when it is built, and keeps the small struct: two components with the same labels, and one
//! that replaces another, count in the same place. Series are there from then on, at zero, so that a rate sees the
//! first increase.

use std::sync::Arc;

use agent_config::{ComponentId, PipelineId};
use agent_otlp::Signal;

use super::Metrics;
use super::registry::{Counter, Histogram, Registration, Value, attributes};
use super::table::{self, PerSignal};

/// Items at a receiver.
#[derive(Clone, Debug, Default)]
pub struct ReceiverCounts {
    /// The pipeline took responsibility for them.
    pub accepted: Counter,
    /// The pipeline refused them.
    pub refused: Counter,
    /// The receiver itself could not deal with them. The Collector counts these as refused unless a gate is set.
    pub failed: Counter,
}

/// Items at a scraper.
#[derive(Clone, Debug, Default)]
pub struct ScraperCounts {
    /// Read.
    pub scraped: Counter,
    /// Not readable.
    pub errored: Counter,
}

/// Items at a processor.
#[derive(Clone, Debug, Default)]
pub struct ProcessorCounts {
    /// Came in.
    pub incoming: Counter,
    /// Went out.
    pub outgoing: Counter,
}

/// Items at a `memory_limiter`.
#[derive(Clone, Debug, Default)]
pub struct LimiterCounts {
    /// Let through.
    pub accepted: Counter,
    /// Refused.
    pub refused: Counter,
}

/// What goes wrong with a component as a whole.
#[derive(Clone, Debug, Default)]
pub struct Defects {
    /// Times that it was to be started anew.
    pub restarts: Counter,
    /// Panics of its own and in calls to it.
    pub panics: Counter,
}

/// Batches at a `batch` processor.
#[derive(Clone, Debug, Default)]
pub struct BatchCounts {
    /// Sent because they were full.
    pub by_size: Counter,
    /// Sent because it was time.
    pub by_timeout: Counter,
    /// Items of each.
    pub size: Histogram,
    /// Bytes of each; level `detailed`.
    pub bytes: Histogram,
}

/// Items at an exporter.
#[derive(Clone, Debug, Default)]
pub struct ExporterCounts {
    /// The backend has them.
    pub sent: Counter,
    /// Given up, after all tries.
    pub send_failed: Counter,
    /// Refused by the queue.
    pub enqueue_failed: Counter,
    /// Units of each batch that leaves the queue; level `detailed`.
    pub batch_size: Histogram,
    /// Bytes of each; level `detailed`.
    pub batch_bytes: Histogram,
}

/// What kind of component is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComponentKind {
    /// `receiver`
    Receiver,
    /// `processor`
    Processor,
    /// `connector`
    Connector,
    /// `exporter`
    Exporter,
    /// `extension`
    Extension,
}

impl ComponentKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Receiver => "receiver",
            Self::Processor => "processor",
            Self::Connector => "connector",
            Self::Exporter => "exporter",
            Self::Extension => "extension",
        }
    }
}

impl Metrics {
    /// The counts of a receiver; `transport` is `grpc`, `http`, `file`, ... or empty.
    pub fn receiver(&self, id: &ComponentId, transport: &str, signal: Signal) -> ReceiverCounts {
        let labels = [("receiver", id.to_string()), ("transport", transport.to_owned())];
        let counter = |metrics| self.per_signal(metrics, signal, &labels);
        ReceiverCounts {
            accepted: counter(&table::RECEIVER_ACCEPTED),
            refused: counter(&table::RECEIVER_REFUSED),
            failed: counter(&table::RECEIVER_FAILED),
        }
    }

    /// The counts of one scraper of a receiver.
    pub fn scraper(&self, receiver: &ComponentId, scraper: &str, signal: Signal) -> ScraperCounts {
        let labels = [("receiver", receiver.to_string()), ("scraper", scraper.to_owned())];
        let counter = |metrics| self.per_signal(metrics, signal, &labels);
        ScraperCounts { scraped: counter(&table::SCRAPER_SCRAPED), errored: counter(&table::SCRAPER_ERRORED) }
    }

    /// The counts of a processor.
    pub fn processor(&self, id: &ComponentId, signal: Signal) -> ProcessorCounts {
        let labels = attributes(&[("processor", &id.to_string()), ("otel_signal", signal.as_str())]);
        let counter = |metric| self.registry().counter(metric, Arc::clone(&labels));
        ProcessorCounts {
            incoming: counter(&table::PROCESSOR_INCOMING),
            outgoing: counter(&table::PROCESSOR_OUTGOING),
        }
    }

    /// The counts of a `memory_limiter`.
    pub fn limiter(&self, id: &ComponentId, signal: Signal) -> LimiterCounts {
        let counter = |metrics| self.per_signal(metrics, signal, &[("processor", id.to_string())]);
        LimiterCounts {
            accepted: counter(&table::PROCESSOR_ACCEPTED),
            refused: counter(&table::PROCESSOR_REFUSED),
        }
    }

    /// Items that a `filter` dropped because a condition held.
    pub fn filtered(&self, id: &ComponentId, signal: Signal) -> Counter {
        // The Collector's own label, not `processor`.
        self.per_signal(&table::FILTERED, signal, &[("filter", id.to_string())])
    }

    /// The counts of a `batch` processor.
    pub fn batch(&self, id: &ComponentId) -> BatchCounts {
        let labels = attributes(&[("processor", &id.to_string())]);
        BatchCounts {
            by_size: self.registry().counter(&table::BATCH_BY_SIZE, Arc::clone(&labels)),
            by_timeout: self.registry().counter(&table::BATCH_BY_TIMEOUT, Arc::clone(&labels)),
            size: self.registry().histogram(&table::BATCH_SIZE, Arc::clone(&labels)),
            bytes: self.registry().histogram(&table::BATCH_BYTES, labels),
        }
    }

    /// How many combinations of metadata a `batch` processor keeps apart; asked as [`Metrics::queue`] asks.
    pub fn batch_cardinality(
        &self,
        id: &ComponentId,
        now: impl Fn() -> Option<u64> + Send + Sync + 'static,
    ) -> Registration {
        let labels = attributes(&[("processor", &id.to_string())]);
        self.registry().watch(&table::BATCH_CARDINALITY, labels, Value::Gauge(Arc::new(now)))
    }

    /// The counts of an exporter.
    pub fn exporter(&self, id: &ComponentId, signal: Signal) -> ExporterCounts {
        let labels = [("exporter", id.to_string())];
        let counter = |metrics| self.per_signal(metrics, signal, &labels);
        let histogram = |metric| self.registry().histogram(metric, owned(&labels));
        ExporterCounts {
            sent: counter(&table::EXPORTER_SENT),
            send_failed: counter(&table::EXPORTER_SEND_FAILED),
            enqueue_failed: counter(&table::EXPORTER_ENQUEUE_FAILED),
            batch_size: histogram(&table::EXPORTER_BATCH_SIZE),
            batch_bytes: histogram(&table::EXPORTER_BATCH_BYTES),
        }
    }

    /// The sending queue of an exporter: its size, which counts what is in flight too, and what fits.
    ///
    /// `size` is asked at each collection, in a reader's task: it must be quick and should hold a `Weak` of the queue,
    /// as it says `None` when there is none any more. Both series vanish with the registration.
    pub fn queue(
        &self,
        id: &ComponentId,
        signal: Signal,
        size: impl Fn() -> Option<u64> + Send + Sync + 'static,
        capacity: u64,
    ) -> Registration {
        let labels = attributes(&[("exporter", &id.to_string()), ("data_type", signal.as_str())]);
        let capacity = Value::Gauge(Arc::new(move || Some(capacity)));
        let capacity = self.registry().watch(&table::EXPORTER_QUEUE_CAPACITY, Arc::clone(&labels), capacity);
        let size = Value::Gauge(Arc::new(size));
        self.registry().watch(&table::EXPORTER_QUEUE_SIZE, labels, size).join(capacity)
    }

    /// What an exporter's queue on disk lost to damage: records, and bytes.
    pub fn damage(&self, id: &ComponentId, signal: Signal) -> (Counter, Counter) {
        let labels = attributes(&[("exporter", &id.to_string()), ("data_type", signal.as_str())]);
        let records = self.registry().counter(&table::DAMAGED_RECORDS, Arc::clone(&labels));
        (records, self.registry().counter(&table::DAMAGED_BYTES, labels))
    }

    /// What is in a directory of queues that no exporter sends: records and bytes. Both series vanish with the registration.
    pub fn orphan(&self, directory: &str, records: u64, bytes: u64) -> Registration {
        let labels = attributes(&[("directory", directory)]);
        let gauge = |value| Value::Gauge(Arc::new(move || Some(value)));
        let records = self.registry().watch(&table::ORPHANED_RECORDS, Arc::clone(&labels), gauge(records));
        self.registry().watch(&table::ORPHANED_BYTES, labels, gauge(bytes)).join(records)
    }

    /// Items that a component had accepted and gave up for `reason`, a word such as `queue_full` from a small set.
    pub fn dropped(
        &self,
        kind: ComponentKind,
        id: &ComponentId,
        pipeline: Option<&PipelineId>,
        signal: Signal,
        reason: &'static str,
    ) -> Counter {
        let (id, pipeline) = (id.to_string(), pipeline.map(ToString::to_string));
        let mut labels = vec![
            ("otelcol.component.id", id.as_str()),
            ("otelcol.component.kind", kind.as_str()),
            ("otelcol.signal", signal.as_str()),
            ("reason", reason),
        ];
        labels.extend(pipeline.as_ref().map(|pipeline| ("otelcol.pipeline.id", pipeline.as_str())));
        self.registry().counter(&table::DROPPED, attributes(&labels))
    }

    /// The defects of a component.
    pub fn defects(&self, kind: ComponentKind, id: &ComponentId, pipeline: Option<&PipelineId>) -> Defects {
        let (id, pipeline) = (id.to_string(), pipeline.map(ToString::to_string));
        let mut labels =
            vec![("otelcol.component.id", id.as_str()), ("otelcol.component.kind", kind.as_str())];
        labels.extend(pipeline.as_ref().map(|pipeline| ("otelcol.pipeline.id", pipeline.as_str())));
        let labels = attributes(&labels);
        Defects {
            restarts: self.registry().counter(&table::RESTARTS, Arc::clone(&labels)),
            panics: self.registry().counter(&table::PANICS, labels),
        }
    }

    fn per_signal(
        &self,
        metrics: &'static PerSignal,
        signal: Signal,
        labels: &[(&'static str, String)],
    ) -> Counter {
        self.registry().counter(metrics.of(signal), owned(labels))
    }
}

fn owned(labels: &[(&'static str, String)]) -> super::registry::Attributes {
    let labels: Vec<(&'static str, &str)> =
        labels.iter().map(|(key, value)| (*key, value.as_str())).collect();
    attributes(&labels)
}
