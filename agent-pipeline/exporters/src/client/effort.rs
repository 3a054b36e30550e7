//! How hard a body is compressed when `compression_params` does not say: quickly, and metrics a little harder.
//!
//! Measured on joined requests (docs/performance.md): libdeflate's level 1 is the quickest by far, level 5 writes the
//! fewest bytes for what it costs, and levels 2 to 4 lie above the line between the two, so that they cost more than a
//! mix of both for the same bytes. Metrics compress worst at level 1; a share of their requests at level 5 brings their
//! bytes on the wire to what traces and logs have anyway.

use std::sync::atomic::{AtomicU32, Ordering};

use agent_net::compression::Codec;
use agent_otlp::Signal;

/// One request of metrics in this many is compressed at [`THOROUGH`].
const ONE_IN: u32 = 3;
const THOROUGH: i32 = 5;

/// Chooses the level of each request.
#[derive(Debug, Default)]
pub(crate) struct Effort {
    /// `compression_params::level`, where it is set.
    configured: Option<i32>,
    /// Requests of metrics so far; wraps.
    metrics: AtomicU32,
}

impl Effort {
    /// `configured` holds for every request; the mix is for those who left the choice to us.
    pub(crate) fn new(configured: Option<i32>) -> Self {
        Self { configured, metrics: AtomicU32::new(0) }
    }

    /// The level of the next request, for [`agent_net::compression::compress`].
    pub(crate) fn level(&self, codec: Codec, signal: Signal) -> Option<i32> {
        let deflates = matches!(codec, Codec::Gzip | Codec::Zlib | Codec::Deflate);
        if self.configured.is_some() || !deflates || signal != Signal::Metrics {
            return self.configured;
        }
        self.metrics.fetch_add(1, Ordering::Relaxed).is_multiple_of(ONE_IN).then_some(THOROUGH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(effort: &Effort, codec: Codec, signal: Signal) -> Vec<Option<i32>> {
        (0..6).map(|_| effort.level(codec, signal)).collect()
    }

    #[test]
    fn a_third_of_the_metrics_is_compressed_thoroughly() {
        let mixed = [Some(5), None, None, Some(5), None, None];
        assert_eq!(levels(&Effort::default(), Codec::Gzip, Signal::Metrics), mixed);
        assert_eq!(levels(&Effort::default(), Codec::Gzip, Signal::Traces), [None; 6]);
        assert_eq!(levels(&Effort::default(), Codec::Zstd, Signal::Metrics), [None; 6]);
    }

    #[test]
    fn a_configured_level_holds_for_every_request() {
        for signal in Signal::ALL {
            assert_eq!(levels(&Effort::new(Some(6)), Codec::Gzip, signal), [Some(6); 6]);
        }
    }
}
