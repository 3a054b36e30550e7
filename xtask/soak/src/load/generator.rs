//! One generator: numbered items at a fixed rate over one connection, as an exporter of an SDK sends them.
//!
//! A request that was deferred or met a broken connection is sent again, the same items, until it is accepted; only then
//! does it count as acknowledged. Its latency counts from the first try. When an answer comes so late that the next
//! request is overdue, that one is left out instead of sent in a burst, so that a machine that is busy with other things
//! does not turn into an overloaded agent; the rate that was reached is judged on its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_testkit::otlp_backend::Signal;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::connection::{Answer, Connection, Protocol, Trouble, frame};
use super::journal::{Incident, Journal};
use super::{ITEMS, Targets};
use crate::item;
use crate::ledger::Ledger;

/// Before a connection is tried again.
const RECONNECT: Duration = Duration::from_millis(20);
/// Before a deferred request is sent again, if the answer does not say.
const BACK_OFF: Duration = Duration::from_millis(100);

/// What a generator sends and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Role {
    pub(super) protocol: Protocol,
    pub(super) signal: Signal,
    /// Whether each request gets a connection of its own.
    pub(super) visits: bool,
}

/// A generator.
pub(super) struct Generator {
    pub(super) number: usize,
    pub(super) role: Role,
    pub(super) ledger: Arc<Ledger>,
    pub(super) journal: Arc<Journal>,
    pub(super) targets: watch::Receiver<Targets>,
    pub(super) stop: CancellationToken,
    pub(super) connection: Option<Connection>,
    pub(super) next: u64,
}

impl Generator {
    /// Sends a request every `between`, the first one at `first`, until told to stop.
    pub(super) async fn run(mut self, first: tokio::time::Instant, between: Duration) {
        let stop = self.stop.clone();
        let mut ticks = tokio::time::interval_at(first, between);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.deliver().await;
            if self.role.visits {
                self.connection = None;
            }
        }
    }

    /// Sends the next items until they are accepted or it is told to stop.
    async fn deliver(&mut self) {
        let items = self.next..self.next + ITEMS;
        self.next = items.end;
        let request = item::request(self.role.signal, self.number, items.clone());
        let request = frame(self.role.protocol, request);
        let begin = Instant::now();
        loop {
            let Some(connection) = self.connected().await else { return };
            let address = connection.address;
            let outcome = connection.export(request.clone()).await;
            let mut pause = Duration::ZERO;
            match outcome {
                Ok(Answer::Accepted) => {
                    self.ledger.acknowledged(self.number, items);
                    return self.journal.served(self.number, address, begin);
                }
                Ok(Answer::Rejected(words)) => {
                    return self.journal.met(Incident::Rejected, || words);
                }
                Ok(Answer::Later(after, words)) => {
                    self.journal.met(Incident::Deferred, || words);
                    pause = after.unwrap_or(BACK_OFF);
                }
                Err(trouble) => self.lost_connection(trouble, items.clone()),
            }
            if self.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    fn lost_connection(&mut self, trouble: Trouble, items: std::ops::Range<u64>) {
        self.connection = None;
        match trouble {
            Trouble::Ended => self.journal.met(Incident::Moved, String::new),
            Trouble::BrokenBefore(words) => self.journal.met(Incident::Broken, || words),
            Trouble::Broken(words) => {
                self.ledger.doubtful(self.number, items);
                self.journal.met(Incident::Broken, || words);
            }
        }
    }

    /// The connection, opened if there is none: to the first of the targets that takes it. `None` when told to stop.
    async fn connected(&mut self) -> Option<&mut Connection> {
        while self.connection.is_none() {
            let targets = self.targets.borrow().of(self.role.protocol).to_vec();
            let mut words = String::new();
            for target in targets {
                match Connection::open(target, self.role.protocol, self.role.signal).await {
                    Ok(connection) => {
                        self.connection = Some(connection);
                        break;
                    }
                    Err(error) => words = format!("{target}: {error}"),
                }
            }
            if self.connection.is_none() {
                if self.stop.is_cancelled() {
                    return None;
                }
                self.journal.met(Incident::Refused, || words);
                self.stop.run_until_cancelled(tokio::time::sleep(RECONNECT)).await;
            }
        }
        self.connection.as_mut()
    }
}
