//! The instrumented application: what it sends, and how each item can be told from the others.

use anyhow::Result;

use crate::sdk::{self, Transport};

/// Spans over each transport. Both together fill a batch of the documented configuration and leave a rest.
pub(crate) const SPANS: usize = 700;
/// Log records over each transport.
pub(crate) const LOG_RECORDS: usize = 120;
/// Data points over each transport: each of three instruments with so many attribute sets.
pub(crate) const POINTS: usize = 3 * POINTS_PER_INSTRUMENT;
/// Attribute sets of each instrument.
pub(crate) const POINTS_PER_INSTRUMENT: usize = 8;
/// `send_batch_size` of the documented configuration.
pub(crate) const FULL_BATCH: usize = 1024;

/// Sends everything over both transports.
pub(crate) async fn run() -> Result<()> {
    for transport in Transport::ALL {
        sdk::traces::send(transport, SPANS).await?;
        sdk::logs::send(transport, LOG_RECORDS).await?;
        sdk::metrics::send(transport, POINTS_PER_INSTRUMENT).await?;
    }
    Ok(())
}

/// What `run` sends, in words.
pub(crate) fn sent() -> String {
    let both = Transport::ALL.len();
    format!("{} spans, {} log records and {} data points", SPANS * both, LOG_RECORDS * both, POINTS * both)
}

/// The name of an item; unique in its signal.
pub(crate) fn item(transport: Transport, number: usize) -> String {
    format!("{} {number}", transport.name())
}
