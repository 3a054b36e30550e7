//! `retry_on_failure` and `sending_queue`, keys, defaults and rules as the Collector's `configretry` and
//! `exporterhelper` (v0.145.0).

use std::time::Duration;

use agent_component::StorageUse;
use agent_config::{ComponentId, GoDuration, Validate, Validator};
use agent_otlp::{Batch, Signal};
use serde::Deserialize;

/// How long a batch in memory is tried, when nothing else is said.
const MAX_ELAPSED_TIME: GoDuration = GoDuration::from_secs(300);

/// What new traces have while older ones wait, when nothing else is said: their order means nothing to a backend.
const LIVE_SHARE_OF_TRACES: f64 = 0.5;
/// Older data always gets some.
const MOST_LIVE_SHARE: f64 = 0.9;

/// `retry_on_failure`: how a refused batch is sent again.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetrySettings {
    /// Whether to try again at all. Default true.
    pub enabled: bool,
    /// Wait before the second try. Default 5s.
    pub initial_interval: GoDuration,
    /// Part of a wait that is left to chance, both ways. Default 0.5.
    pub randomization_factor: f64,
    /// Growth of the wait with each try. Default 1.5.
    pub multiplier: f64,
    /// Upper bound of the wait, chance not included. Default 30s.
    pub max_interval: GoDuration,
    /// Give up when the next try would come later than this after the first; 0 means never. Default 5m, and never with a
    /// queue on disk.
    pub max_elapsed_time: Option<GoDuration>,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            enabled: true,
            initial_interval: GoDuration::from_secs(5),
            randomization_factor: 0.5,
            multiplier: 1.5,
            max_interval: GoDuration::from_secs(30),
            max_elapsed_time: None,
        }
    }
}

impl RetrySettings {
    /// How long to try, zero meaning without end, in front of a queue that is on disk (`durable`) or is not.
    pub(super) fn max_elapsed(&self, durable: bool) -> Duration {
        let default = if durable { GoDuration::ZERO } else { MAX_ELAPSED_TIME };
        self.max_elapsed_time.unwrap_or(default).to_std()
    }

    /// No retries.
    pub fn off() -> Self {
        Self { enabled: false, ..Self::default() }
    }
}

impl Validate for RetrySettings {
    fn validate(&self, at: &mut Validator<'_>) {
        if !self.enabled {
            return;
        }
        if self.initial_interval.is_negative() {
            at.error("initial_interval", "'initial_interval' must be non-negative");
        }
        if !(0.0..=1.0).contains(&self.randomization_factor) {
            at.error("randomization_factor", "'randomization_factor' must be within [0, 1]");
        }
        if self.multiplier.is_nan() || self.multiplier < 0.0 {
            at.error("multiplier", "'multiplier' must be non-negative");
        }
        if self.max_interval.is_negative() {
            at.error("max_interval", "'max_interval' must be non-negative");
        }
        let max_elapsed_time = self.max_elapsed_time.unwrap_or(MAX_ELAPSED_TIME);
        if max_elapsed_time.is_negative() {
            at.error("max_elapsed_time", "'max_elapsed_time' must be non-negative");
        } else if !max_elapsed_time.is_zero() {
            for (name, interval) in
                [("initial_interval", self.initial_interval), ("max_interval", self.max_interval)]
            {
                if max_elapsed_time < interval {
                    let text = format!("'max_elapsed_time' must not be less than '{name}'");
                    at.error("max_elapsed_time", text);
                }
            }
        }
    }
}

/// What sizes are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sizer {
    /// Calls of the pipeline, whatever they hold.
    #[default]
    Requests,
    /// Spans, data points, log records.
    Items,
    /// Bytes of the batch in protobuf, not compressed.
    Bytes,
}

impl Sizer {
    pub(super) fn size(self, batch: &Batch) -> usize {
        match self {
            Self::Requests => 1,
            Self::Items => batch.items(),
            Self::Bytes => batch.byte_len(),
        }
    }

    /// The unit, for texts.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Items => "items",
            Self::Bytes => "bytes",
        }
    }
}

/// `sending_queue`: what is held before the wire, in memory or on disk, one for each signal.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueSettings {
    /// Whether there is a queue. Default true.
    pub enabled: bool,
    /// How many batches are on the wire at once, for each signal. Default 10.
    pub num_consumers: i64,
    /// How much is held, what is on the wire included, in units of `sizer`. Default 1000.
    pub queue_size: i64,
    /// What `queue_size` counts. Default `requests`.
    pub sizer: Sizer,
    /// Whether callers wait for room instead of being refused. Default false.
    pub block_on_overflow: bool,
    /// Whether a full queue on disk drops its oldest data instead; the Collector has no such key. Default false.
    pub drop_oldest_on_overflow: bool,
    /// The part, in bytes, of what is sent from a queue on disk that new data may have while older data waits; the Collector
    /// has no such key. Default 0.5 for traces, and 0 for metrics and logs, which backends may refuse when newer ones came
    /// before.
    pub live_share: Option<f64>,
    /// Whether callers wait for the backend's answer. Default false.
    pub wait_for_result: bool,
    /// The extension that keeps the queue on disk. Default none: it is in memory.
    pub storage: Option<ComponentId>,
    /// Whether and how waiting batches are merged and cut. Default not.
    pub batch: Option<BatchSettings>,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            num_consumers: 10,
            queue_size: 1000,
            sizer: Sizer::Requests,
            block_on_overflow: false,
            drop_oldest_on_overflow: false,
            live_share: None,
            wait_for_result: false,
            storage: None,
            batch: None,
        }
    }
}

impl QueueSettings {
    /// The extension that keeps this queue.
    pub(crate) fn storage_use(&self) -> Option<StorageUse> {
        let extension = self.storage.clone().filter(|_| self.enabled)?;
        Some(StorageUse { at: "sending_queue::storage", extension })
    }

    /// The part that new data of a signal may have while older data waits on disk.
    pub(super) fn live_share(&self, signal: Signal) -> f64 {
        self.live_share.unwrap_or(match signal {
            Signal::Traces => LIVE_SHARE_OF_TRACES,
            Signal::Metrics | Signal::Logs => 0.0,
        })
    }

    /// The unit of the `batch` section: its own, else the queue's where that can cut batches, else items.
    pub(super) fn batch_sizer(&self, batch: &BatchSettings) -> Sizer {
        batch.sizer.unwrap_or(match self.sizer {
            Sizer::Requests => Sizer::Items,
            other => other,
        })
    }
}

impl Validate for QueueSettings {
    fn validate(&self, at: &mut Validator<'_>) {
        if !self.enabled {
            return;
        }
        if self.num_consumers <= 0 {
            at.error("num_consumers", "`num_consumers` must be positive");
        }
        if self.queue_size <= 0 {
            at.error("queue_size", "`queue_size` must be positive");
        }
        if self.storage.is_some() && self.wait_for_result {
            at.error("wait_for_result", "`wait_for_result` is not supported with `storage`");
        }
        if self.drop_oldest_on_overflow && self.storage.is_none() {
            at.error("drop_oldest_on_overflow", "`drop_oldest_on_overflow` needs `storage`");
        } else if self.drop_oldest_on_overflow && self.block_on_overflow {
            let text = "`drop_oldest_on_overflow` and `block_on_overflow` exclude each other";
            at.error("drop_oldest_on_overflow", text);
        }
        if self.live_share.is_some_and(|share| !(0.0..=MOST_LIVE_SHARE).contains(&share)) {
            at.error("live_share", format!("`live_share` must be within [0, {MOST_LIVE_SHARE}]"));
        } else if self.live_share.is_some() && self.storage.is_none() {
            at.error("live_share", "`live_share` needs `storage`");
        }
        if let Some(batch) = &self.batch {
            batch.validate(&mut at.field("batch"));
            if self.batch_sizer(batch) == self.sizer && batch.min_size > self.queue_size {
                at.error("batch::min_size", "`min_size` must be less than or equal to `queue_size`");
            }
        }
    }
}

/// `sending_queue::batch`: merging and cutting between queue and wire.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchSettings {
    /// How long a batch below `min_size` waits for more. Default 200ms.
    pub flush_timeout: GoDuration,
    /// Sent without waiting from this size on. Default 8192.
    pub min_size: i64,
    /// Never larger than this, down to a single item. Default 0, no bound.
    pub max_size: i64,
    /// What the sizes count, `items` or `bytes`. Default that of the queue, or `items`.
    pub sizer: Option<Sizer>,
}

impl Default for BatchSettings {
    fn default() -> Self {
        Self { flush_timeout: GoDuration::from_millis(200), min_size: 8192, max_size: 0, sizer: None }
    }
}

impl BatchSettings {
    pub(super) fn flush_timeout(&self) -> Duration {
        self.flush_timeout.to_std()
    }
}

impl Validate for BatchSettings {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.sizer == Some(Sizer::Requests) {
            at.error("sizer", "`batch` supports only `items` or `bytes` sizer");
        }
        if self.flush_timeout <= GoDuration::ZERO {
            at.error("flush_timeout", "`flush_timeout` must be positive");
        }
        if self.min_size < 0 {
            at.error("min_size", "`min_size` must be non-negative");
        }
        if self.max_size < 0 {
            at.error("max_size", "`max_size` must be non-negative");
        } else if self.max_size > 0 && self.max_size < self.min_size {
            at.error("max_size", "`max_size` must be greater or equal to `min_size`");
        }
    }
}

/// A validated size or count as the machine's own type.
pub(super) fn count(value: i64) -> usize {
    usize::try_from(value).unwrap_or(0)
}
