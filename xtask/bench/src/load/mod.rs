//! The load generator: four connections that send the same few dozen encoded requests over and over.
//!
//! It does no work per item: requests are encoded before, and a body is a reference to those bytes. An answer other
//! than success is counted and tried again after a pause, as a client would.

mod connection;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::scenario::{CONNECTIONS, ITEMS_PER_REQUEST, Pace, Protocol, Scenario};
use connection::Connection;

const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(5);

/// A running load generator.
pub(crate) struct Load {
    counts: Arc<Counts>,
    stop: CancellationToken,
    connections: JoinSet<Result<()>>,
}

#[derive(Default)]
struct Counts {
    items: AtomicU64,
    refused: AtomicU64,
}

/// Frames requests for a protocol.
pub(crate) fn frame(protocol: Protocol, requests: &[Bytes]) -> Vec<Bytes> {
    requests
        .iter()
        .map(|request| match protocol {
            Protocol::Http => request.clone(),
            Protocol::Grpc => {
                let mut framed = BytesMut::with_capacity(request.len() + 5);
                framed.put_u8(0);
                framed.put_u32(u32::try_from(request.len()).unwrap_or(u32::MAX));
                framed.put_slice(request);
                framed.freeze()
            }
        })
        .collect()
}

impl Load {
    /// Opens the connections and begins.
    pub(crate) async fn start(
        address: SocketAddr,
        scenario: Scenario,
        requests: &Arc<[Bytes]>,
    ) -> Result<Self> {
        let mut load =
            Self { counts: Arc::default(), stop: CancellationToken::new(), connections: JoinSet::new() };
        let begin = Instant::now();
        for index in 0..CONNECTIONS {
            let connection = Connection::open(address, scenario).await?;
            // Connections start at different requests and, when paced, at different times.
            let sender = Sender {
                connection,
                requests: Arc::clone(requests),
                next: index * requests.len() / CONNECTIONS,
                counts: Arc::clone(&load.counts),
                stop: load.stop.clone(),
            };
            match scenario.pace {
                Pace::Closed => load.connections.spawn(sender.closed()),
                Pace::Fixed(rate) => {
                    let between = interval(rate)?;
                    let first = begin + between * u32::try_from(index)? / u32::try_from(CONNECTIONS)?;
                    load.connections.spawn(sender.paced(first, between))
                }
            };
        }
        Ok(load)
    }

    /// Items that were accepted so far.
    pub(crate) fn items(&self) -> u64 {
        self.counts.items.load(Ordering::Relaxed)
    }

    /// Requests that were refused so far.
    pub(crate) fn refused(&self) -> u64 {
        self.counts.refused.load(Ordering::Relaxed)
    }

    /// Fails when a connection has broken.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.connections.try_join_next() {
            Some(ended) => ended?.context("a connection of the load generator broke"),
            None => Ok(()),
        }
    }

    /// Lets requests in flight end, then closes the connections; the items that were accepted in all.
    pub(crate) async fn stop(mut self) -> Result<u64> {
        self.stop.cancel();
        while let Some(ended) = self.connections.join_next().await {
            ended??;
        }
        Ok(self.items())
    }
}

/// Time between two requests of one connection.
fn interval(items_per_second: u32) -> Result<Duration> {
    let requests = u64::from(items_per_second) / ITEMS_PER_REQUEST;
    if requests == 0 {
        bail!("a rate of {items_per_second} items a second is less than a request a second");
    }
    Ok(Duration::from_secs(CONNECTIONS as u64).div_f64(f64::from(u32::try_from(requests)?)))
}

/// What runs on one connection.
struct Sender {
    connection: Connection,
    requests: Arc<[Bytes]>,
    next: usize,
    counts: Arc<Counts>,
    stop: CancellationToken,
}

impl Sender {
    async fn closed(mut self) -> Result<()> {
        while !self.stop.is_cancelled() {
            self.send().await?;
        }
        Ok(())
    }

    async fn paced(mut self, first: Instant, between: Duration) -> Result<()> {
        let mut ticks = tokio::time::interval_at(first, between);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        while self.stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.send().await?;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<()> {
        let index = self.next % self.requests.len().max(1);
        let request = self.requests.get(index).cloned().unwrap_or_default();
        self.next = index + 1;
        if self.connection.export(request).await? {
            self.counts.items.fetch_add(ITEMS_PER_REQUEST, Ordering::Relaxed);
        } else {
            self.counts.refused.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(PAUSE_AFTER_REFUSAL).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grpc_frame_is_a_flag_a_length_and_the_message() {
        let framed = frame(Protocol::Grpc, &[Bytes::from_static(b"abc")]);
        assert_eq!(framed, [Bytes::from_static(b"\0\0\0\0\x03abc")]);
    }

    #[test]
    fn four_connections_share_a_rate() {
        assert_eq!(interval(20_000).unwrap(), Duration::from_millis(20));
        assert!(interval(99).is_err());
    }
}
