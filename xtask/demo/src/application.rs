//! The instrumented application: what it sends, and how each item can be told from the others.

use std::ops::Range;

use anyhow::Result;

use crate::sdk::{self, Transport};

/// Spans over each transport. Both together fill a batch of the documented configuration and leave a rest.
pub(crate) const SPANS: usize = 700;
/// Log records over each transport.
pub(crate) const LOG_RECORDS: usize = 120;
/// A counter, a gauge and a histogram.
const INSTRUMENTS: usize = 3;
/// Data points over each transport for each instrument: so many attribute sets.
pub(crate) const POINTS_PER_INSTRUMENT: usize = 8;
/// `send_batch_size` of the documented configuration.
pub(crate) const FULL_BATCH: usize = 1024;

/// The configuration is edited between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Most of it.
    BeforeTheEdit,
    /// An eighth of it.
    AfterTheEdit,
}

impl Part {
    /// The numbers of `count` items that belong to this part.
    pub(crate) fn of(self, count: usize) -> Range<usize> {
        let edit = count - count / 8;
        match self {
            Self::BeforeTheEdit => 0..edit,
            Self::AfterTheEdit => edit..count,
        }
    }
}

/// Sends a part of everything over both transports.
pub(crate) async fn run(part: Part) -> Result<()> {
    for transport in Transport::ALL {
        sdk::traces::send(transport, part.of(SPANS)).await?;
        sdk::logs::send(transport, part.of(LOG_RECORDS)).await?;
        sdk::metrics::send(transport, part.of(POINTS_PER_INSTRUMENT)).await?;
    }
    Ok(())
}

/// What `run` sends, in words.
pub(crate) fn sent(part: Part) -> String {
    let both = |count| part.of(count).len() * Transport::ALL.len();
    let (spans, records, points) =
        (both(SPANS), both(LOG_RECORDS), both(POINTS_PER_INSTRUMENT) * INSTRUMENTS);
    format!("{spans} spans, {records} log records and {points} data points")
}

/// The name of an item; unique in its signal.
pub(crate) fn item(transport: Transport, number: usize) -> String {
    format!("{} {number}", transport.name())
}
