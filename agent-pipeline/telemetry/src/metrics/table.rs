//! Every metric of the agent: name, description, unit, kind, and the level from which it is measured.
//!
//! Names, texts and units of the first part are the Collector's (v0.145.0), so that dashboards made for it go on
//! working; units in braces are annotations and never part of a name. Of its Go runtime only the heap has a counterpart
//! here. What is ours starts with `otelcol_kubeagent_`.

use agent_config::document::MetricsLevel;
use agent_config::document::MetricsLevel::{Basic, Detailed, Normal};
use agent_otlp::Signal;

/// What a metric is. Two are the same when their names are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metric {
    /// The name without the suffixes that a Prometheus reader may add.
    pub(super) name: &'static str,
    /// What it counts.
    pub(super) description: &'static str,
    /// Its unit, as UCUM writes it.
    pub(super) unit: &'static str,
    /// How it behaves.
    pub(super) kind: Kind,
    /// The least level of `service::telemetry::metrics::level` that measures it.
    pub(super) level: MetricsLevel,
}

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// A whole number that only grows.
    Counter,
    /// Seconds that only grow.
    SecondsCounter,
    /// A whole number at this moment.
    Gauge,
    /// Seconds at this moment.
    Seconds,
    /// How often values fell between these bounds.
    Histogram(&'static [f64]),
}

/// Series of one counter. Beyond it counters without an owner make room; when there is none, what is new is counted
/// together under `otel.metric.overflow`.
const COUNTER_SERIES: usize = 1000;
/// Series of any other metric; for these the SDK keeps room from the start.
const SERIES: usize = 200;

impl Metric {
    /// How many series it may have.
    pub(super) fn series(&self) -> usize {
        match self.kind {
            Kind::Counter | Kind::SecondsCounter => COUNTER_SERIES,
            Kind::Gauge | Kind::Seconds | Kind::Histogram(_) => SERIES,
        }
    }
}

/// A metric for each signal, as the Collector names what is counted after the items.
#[derive(Debug)]
pub(super) struct PerSignal([Metric; 3]);

impl PerSignal {
    /// The metric of `signal`.
    pub(super) fn of(&self, signal: Signal) -> &Metric {
        let [spans, points, records] = &self.0;
        match signal {
            Signal::Traces => spans,
            Signal::Metrics => points,
            Signal::Logs => records,
        }
    }
}

const fn metric(name: &'static str, unit: &'static str, kind: Kind, description: &'static str) -> Metric {
    Metric { name, description, unit, kind, level: Basic }
}

const fn counter(name: &'static str, unit: &'static str, description: &'static str) -> Metric {
    metric(name, unit, Kind::Counter, description)
}

const fn from(level: MetricsLevel, metric: Metric) -> Metric {
    Metric { level, ..metric }
}

/// `per_signal!("prefix_", "Number of ", " did so.", units)`: the three metrics of one event.
macro_rules! per_signal {
    ($prefix:literal, $before:literal, $after:literal, $units:expr) => {{
        const UNITS: [&str; 3] = $units;
        PerSignal([
            counter(concat!($prefix, "spans"), UNITS[0], concat!($before, "spans", $after)),
            counter(concat!($prefix, "metric_points"), UNITS[1], concat!($before, "metric points", $after)),
            counter(concat!($prefix, "log_records"), UNITS[2], concat!($before, "log records", $after)),
        ])
    }};
}

const ITEMS: [&str; 3] = ["{spans}", "{datapoints}", "{records}"];
/// A scraper's log records are data points to the Collector.
const SCRAPED: [&str; 3] = ["{spans}", "{datapoints}", "{datapoints}"];

pub(super) static RECEIVER_ACCEPTED: PerSignal =
    per_signal!("otelcol_receiver_accepted_", "Number of ", " successfully pushed into the pipeline.", ITEMS);
pub(super) static RECEIVER_REFUSED: PerSignal = per_signal!(
    "otelcol_receiver_refused_",
    "Number of ",
    " that could not be pushed into the pipeline.",
    ITEMS
);
pub(super) static RECEIVER_FAILED: PerSignal = per_signal!(
    "otelcol_receiver_failed_",
    "The number of ",
    " that failed to be processed by the receiver due to internal errors.",
    ITEMS
);
pub(super) static SCRAPER_SCRAPED: PerSignal =
    per_signal!("otelcol_scraper_scraped_", "Number of ", " successfully scraped.", SCRAPED);
pub(super) static SCRAPER_ERRORED: PerSignal =
    per_signal!("otelcol_scraper_errored_", "Number of ", " that were unable to be scraped.", SCRAPED);
pub(super) static PROCESSOR_ACCEPTED: PerSignal = per_signal!(
    "otelcol_processor_accepted_",
    "Number of ",
    " successfully pushed into the next component in the pipeline.",
    ITEMS
);
pub(super) static PROCESSOR_REFUSED: PerSignal = per_signal!(
    "otelcol_processor_refused_",
    "Number of ",
    " that were rejected by the next component in the pipeline.",
    ITEMS
);
pub(super) static EXPORTER_SENT: PerSignal =
    per_signal!("otelcol_exporter_sent_", "Number of ", " successfully sent to destination.", ITEMS);
pub(super) static EXPORTER_SEND_FAILED: PerSignal = per_signal!(
    "otelcol_exporter_send_failed_",
    "Number of ",
    " in failed attempts to send to destination.",
    ITEMS
);
pub(super) static EXPORTER_ENQUEUE_FAILED: PerSignal = per_signal!(
    "otelcol_exporter_enqueue_failed_",
    "Number of ",
    " failed to be added to the sending queue.",
    ITEMS
);

pub(super) static PROCESSOR_INCOMING: Metric =
    counter("otelcol_processor_incoming_items", "{items}", "Number of items passed to the processor.");
pub(super) static PROCESSOR_OUTGOING: Metric =
    counter("otelcol_processor_outgoing_items", "{items}", "Number of items emitted from the processor.");

pub(super) static FILTERED: PerSignal = PerSignal([
    counter(
        "otelcol_processor_filter_spans.filtered",
        "1",
        "Number of spans dropped by the filter processor",
    ),
    counter(
        "otelcol_processor_filter_datapoints.filtered",
        "1",
        "Number of metric data points dropped by the filter processor",
    ),
    counter("otelcol_processor_filter_logs.filtered", "1", "Number of logs dropped by the filter processor"),
]);

pub(super) static EXPORTER_QUEUE_SIZE: Metric = metric(
    "otelcol_exporter_queue_size",
    "{batches}",
    Kind::Gauge,
    "Current size of the retry queue (in batches).",
);
pub(super) static EXPORTER_QUEUE_CAPACITY: Metric = metric(
    "otelcol_exporter_queue_capacity",
    "{batches}",
    Kind::Gauge,
    "Fixed capacity of the retry queue (in batches).",
);
pub(super) static EXPORTER_BATCH_SIZE: Metric = from(
    Detailed,
    metric("otelcol_exporter_queue_batch_send_size", "{units}", SIZES, "Number of units in the batch"),
);
pub(super) static EXPORTER_BATCH_BYTES: Metric = from(
    Detailed,
    metric(
        "otelcol_exporter_queue_batch_send_size_bytes",
        "By",
        BYTES,
        "Number of bytes in batch that was sent",
    ),
);

pub(super) static BATCH_SIZE: Metric = from(
    Normal,
    metric("otelcol_processor_batch_batch_send_size", "{units}", SIZES, "Number of units in the batch"),
);
pub(super) static BATCH_BYTES: Metric = from(
    Detailed,
    metric(
        "otelcol_processor_batch_batch_send_size_bytes",
        "By",
        BYTES,
        "Number of bytes in batch that was sent",
    ),
);
pub(super) static BATCH_BY_SIZE: Metric = from(
    Normal,
    counter(
        "otelcol_processor_batch_batch_size_trigger_send",
        "{times}",
        "Number of times the batch was sent due to a size trigger",
    ),
);
pub(super) static BATCH_BY_TIMEOUT: Metric = from(
    Normal,
    counter(
        "otelcol_processor_batch_timeout_trigger_send",
        "{times}",
        "Number of times the batch was sent due to a timeout trigger",
    ),
);
pub(super) static BATCH_CARDINALITY: Metric = from(
    Normal,
    metric(
        "otelcol_processor_batch_metadata_cardinality",
        "{combinations}",
        Kind::Gauge,
        "Number of distinct metadata value combinations being processed",
    ),
);

pub(super) static UPTIME: Metric =
    metric("otelcol_process_uptime", "s", Kind::SecondsCounter, "Uptime of the process");
pub(super) static CPU_SECONDS: Metric = metric(
    "otelcol_process_cpu_seconds",
    "s",
    Kind::SecondsCounter,
    "Total CPU user and system time in seconds",
);
pub(super) static MEMORY_RSS: Metric =
    metric("otelcol_process_memory_rss", "By", Kind::Gauge, "Total physical memory (resident set size)");
pub(super) static MEMORY_HEAP: Metric = metric(
    "otelcol_process_runtime_heap_alloc_bytes",
    "By",
    Kind::Gauge,
    "Bytes of the resident set that are the process's own: heap and stacks, without files",
);

/// Ours: items that were given up, by component, signal and `reason`.
pub(super) static DROPPED: Metric = counter(
    "otelcol_kubeagent_dropped_items",
    "{items}",
    "Number of items that a component had accepted and gave up, by reason.",
);
/// Ours: components that ended on their own.
pub(super) static RESTARTS: Metric = counter(
    "otelcol_kubeagent_component_restarts",
    "{restarts}",
    "Number of times that a component was to be started anew because it had ended by an error or a panic.",
);
/// Ours: defects that were caught.
pub(super) static PANICS: Metric = counter(
    "otelcol_kubeagent_component_panics",
    "{panics}",
    "Number of panics in a component: while it ran, or in a call that was refused because of it.",
);
/// Ours: what queues on disk lost to damage, by exporter and signal.
pub(super) static DAMAGED_RECORDS: Metric = counter(
    "otelcol_kubeagent_queue_damaged_records",
    "{records}",
    "Number of batches in a queue on disk that were lost because files are damaged.",
);
/// Ours: how large that was.
pub(super) static DAMAGED_BYTES: Metric = counter(
    "otelcol_kubeagent_queue_damaged_bytes",
    "By",
    "Bytes of a queue on disk that were lost because files are damaged, those of files set aside too.",
);
/// Ours: what is in a `directory` of queues that no exporter sends.
pub(super) static ORPHANED_RECORDS: Metric = metric(
    "otelcol_kubeagent_queue_orphaned_records",
    "{records}",
    Kind::Gauge,
    "Batches in a queue on disk that no exporter sends.",
);
/// Ours: how large that is.
pub(super) static ORPHANED_BYTES: Metric = metric(
    "otelcol_kubeagent_queue_orphaned_bytes",
    "By",
    Kind::Gauge,
    "Bytes of a queue on disk that no exporter sends.",
);
/// Ours: configurations by `result`: `applied`, `rejected`, `unchanged`, `failed`.
pub(super) static CONFIG_RELOADS: Metric = counter(
    "otelcol_kubeagent_config_reloads",
    "{reloads}",
    "Number of configurations that were read, by what became of them.",
);
/// Ours: when a configuration was last applied.
pub(super) static CONFIG_LAST_SUCCESS: Metric = metric(
    "otelcol_kubeagent_config_last_success_timestamp_seconds",
    "s",
    Kind::Seconds,
    "Unix time at which a configuration was last applied.",
);
/// Ours: the same as an age, for alerts that have no clock of their own.
pub(super) static CONFIG_AGE: Metric = metric(
    "otelcol_kubeagent_config_last_success_age_seconds",
    "s",
    Kind::Seconds,
    "Seconds since a configuration was last applied.",
);
/// Ours: which configuration runs, by its `hash`; always 1.
pub(super) static CONFIG_INFO: Metric =
    metric("otelcol_kubeagent_config_info", "", Kind::Gauge, "The configuration that runs, by its hash.");

const SIZES: Kind = Kind::Histogram(&[
    10., 25., 50., 75., 100., 250., 500., 750., 1e3, 2e3, 3e3, 4e3, 5e3, 6e3, 7e3, 8e3, 9e3, 1e4, 2e4, 3e4,
    5e4, 1e5,
]);
const BYTES: Kind = Kind::Histogram(&[
    10., 25., 50., 75., 100., 250., 500., 750., 1e3, 2e3, 3e3, 4e3, 5e3, 6e3, 7e3, 8e3, 9e3, 1e4, 2e4, 3e4,
    5e4, 1e5, 2e5, 3e5, 4e5, 5e5, 6e5, 7e5, 8e5, 9e5, 1e6, 2e6, 3e6, 4e6, 5e6, 6e6, 7e6, 8e6, 9e6,
]);

/// The whole table; what is not here is not measured.
pub(super) fn all() -> impl Iterator<Item = &'static Metric> {
    let by_signal = [
        &RECEIVER_ACCEPTED,
        &RECEIVER_REFUSED,
        &RECEIVER_FAILED,
        &PROCESSOR_ACCEPTED,
        &PROCESSOR_REFUSED,
        &FILTERED,
        &EXPORTER_SENT,
        &EXPORTER_SEND_FAILED,
        &EXPORTER_ENQUEUE_FAILED,
    ];
    let others = [
        &PROCESSOR_INCOMING,
        &PROCESSOR_OUTGOING,
        &EXPORTER_QUEUE_SIZE,
        &EXPORTER_QUEUE_CAPACITY,
        &EXPORTER_BATCH_SIZE,
        &EXPORTER_BATCH_BYTES,
        &BATCH_SIZE,
        &BATCH_BYTES,
        &BATCH_BY_SIZE,
        &BATCH_BY_TIMEOUT,
        &BATCH_CARDINALITY,
        &UPTIME,
        &CPU_SECONDS,
        &MEMORY_RSS,
        &MEMORY_HEAP,
        &DROPPED,
        &RESTARTS,
        &PANICS,
        &DAMAGED_RECORDS,
        &DAMAGED_BYTES,
        &ORPHANED_RECORDS,
        &ORPHANED_BYTES,
        &CONFIG_RELOADS,
        &CONFIG_LAST_SUCCESS,
        &CONFIG_AGE,
        &CONFIG_INFO,
    ];
    // Nothing scrapes spans.
    let scrapers =
        [&SCRAPER_SCRAPED, &SCRAPER_ERRORED].into_iter().flat_map(|metrics| metrics.0.iter().skip(1));
    by_signal.into_iter().flat_map(|metrics| &metrics.0).chain(scrapers).chain(others)
}
