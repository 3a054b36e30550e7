//! The load: four generators on connections that stay, and a visitor that opens a new one for each request.
//!
//! The four send all three signals over both protocols. The visitor is slow; it is there because only a new connection
//! can be refused.

pub(crate) mod connection;
mod generator;
pub(crate) mod journal;
pub(crate) mod post;
mod retry_info;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use agent_testkit::otlp_backend::Signal;
use anyhow::{Result, bail};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::ledger::Ledger;
use connection::Protocol;
use generator::{Generator, Role};
use journal::Journal;

/// Items of a request.
pub(crate) const ITEMS: u64 = 50;

const ROLES: [Role; 5] = [
    Role { protocol: Protocol::Grpc, signal: Signal::Traces, visits: false },
    Role { protocol: Protocol::Grpc, signal: Signal::Logs, visits: false },
    Role { protocol: Protocol::Http, signal: Signal::Metrics, visits: false },
    Role { protocol: Protocol::Http, signal: Signal::Logs, visits: false },
    Role { protocol: Protocol::Http, signal: Signal::Traces, visits: true },
];
/// The visitor is the last.
const VISITOR: usize = ROLES.len() - 1;
const VISIT: Duration = Duration::from_millis(50);

/// How many of the generators keep their connection.
pub(crate) const STAYING: u64 = VISITOR as u64;

/// How many generators there are.
pub(crate) const GENERATORS: usize = ROLES.len();

/// How many senders of its own a scenario may bring; their numbers follow those of the generators.
pub(crate) const GUESTS: usize = 8;

/// Where new connections lead, for each protocol; the later ones are tried when the first does not take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Targets {
    /// For gRPC.
    pub(crate) grpc: Vec<SocketAddr>,
    /// For HTTP.
    pub(crate) http: Vec<SocketAddr>,
}

impl Targets {
    fn of(&self, protocol: Protocol) -> &[SocketAddr] {
        match protocol {
            Protocol::Grpc => &self.grpc,
            Protocol::Http => &self.http,
        }
    }
}

/// Running generators.
pub(crate) struct Load {
    targets: watch::Sender<Targets>,
    journal: Arc<Journal>,
    stop: CancellationToken,
    generators: JoinSet<()>,
    begin: Instant,
}

impl Load {
    /// Begins to send that many items a second.
    pub(crate) fn start(rate: u64, targets: Targets, ledger: &Arc<Ledger>) -> Result<Self> {
        let between = interval(rate)?;
        let mut load = Self {
            targets: watch::Sender::new(targets),
            journal: Arc::default(),
            stop: CancellationToken::new(),
            generators: JoinSet::new(),
            begin: Instant::now(),
        };
        for (number, role) in ROLES.into_iter().enumerate() {
            let generator = Generator {
                number,
                role,
                ledger: Arc::clone(ledger),
                journal: Arc::clone(&load.journal),
                targets: load.targets.subscribe(),
                stop: load.stop.clone(),
                connection: None,
                next: 0,
            };
            // They take turns instead of sending all at once.
            let first = load.begin + between * u32::try_from(number)? / u32::try_from(GENERATORS)?;
            load.generators.spawn(generator.run(first, if number == VISITOR { VISIT } else { between }));
        }
        Ok(load)
    }

    /// What the generators go through.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Where new connections lead from now on.
    pub(crate) fn lead(&self, targets: Targets) {
        self.targets.send_replace(targets);
    }

    /// Lets requests in flight end and closes the connections; how long it has run.
    pub(crate) async fn stop(&mut self) -> Duration {
        let ran = self.begin.elapsed();
        self.stop.cancel();
        while self.generators.join_next().await.is_some() {}
        ran
    }
}

/// Items a second that are to be sent, the visitor's among them.
pub(crate) fn expected(rate: u64) -> f64 {
    rate as f64 + ITEMS as f64 / VISIT.as_secs_f64()
}

/// Time between two requests of one of the four.
fn interval(rate: u64) -> Result<Duration> {
    let requests = rate / ITEMS;
    if requests == 0 {
        bail!("--rate {rate} is less than a request of {ITEMS} items a second");
    }
    Ok(Duration::from_secs(STAYING).div_f64(f64::from(u32::try_from(requests)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_generators_share_a_rate() {
        assert_eq!(interval(20_000).unwrap(), Duration::from_millis(10));
        assert!(interval(49).is_err());
    }
}
