//! Senders that can do both: as much as gets through (a closed loop), and so much whatever becomes of it (an open one).
//!
//! A refused request is not sent again: what it asks for is judged, and the next one is due anyway.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent_testkit::otlp_backend::Signal;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::item;
use crate::ledger::Ledger;
use crate::load::connection::{Answer, Connection, Protocol, frame};
use crate::load::{GENERATORS, GUESTS, Targets};

/// Senders; half of them speak gRPC. The last guest is the probe.
pub(super) const SENDERS: usize = GUESTS - 1;
/// Items of a request, and what each one weighs.
pub(super) const ITEMS: u64 = 16;
const WEIGHT: usize = 4 << 10;
const LOOK: Duration = Duration::from_millis(2);
/// Before another try to connect.
const RECONNECT: Duration = Duration::from_millis(20);

/// What senders do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pace {
    /// Nothing.
    Rest,
    /// The next request as soon as no more than so many items of the sender are on their way.
    Closed(u64),
    /// A request each time this has passed.
    Open(Duration),
}

/// What became of requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    /// Requests that were answered or broke.
    pub(super) sent: u64,
    /// Answered with success.
    pub(super) accepted: u64,
    /// Refused for now.
    pub(super) refused: u64,
    /// Refused for now without a word about when to come again.
    pub(super) without_delay: u64,
    /// Refused for good.
    pub(super) rejected: u64,
    /// Without an answer, or without a connection.
    pub(super) broken: u64,
    /// What was said to the first one that was not accepted, and to the first one that should not have been so refused.
    pub(super) first: Option<String>,
    pub(super) first_bad: Option<String>,
}

impl Counts {
    fn enter(&mut self, reply: &Reply) {
        self.sent += 1;
        let (count, words, is_bad) = match reply {
            Reply::Accepted => return self.accepted += 1,
            Reply::Refused(Some(_), words) => (&mut self.refused, words, false),
            Reply::Refused(None, words) => {
                self.refused += 1;
                (&mut self.without_delay, words, true)
            }
            Reply::Rejected(words) => (&mut self.rejected, words, true),
            Reply::Broken(words) => (&mut self.broken, words, true),
        };
        *count += 1;
        self.first.get_or_insert_with(|| words.clone());
        if is_bad {
            self.first_bad.get_or_insert_with(|| words.clone());
        }
    }
}

enum Reply {
    Accepted,
    Refused(Option<Duration>, String),
    Rejected(String),
    Broken(String),
}

/// All senders; they end with their owner.
pub(super) struct Senders {
    pace: watch::Sender<Pace>,
    counts: Arc<Mutex<Counts>>,
    probe: Sender,
    _running: JoinSet<()>,
}

impl Senders {
    /// Senders that rest, to these targets.
    pub(super) fn new(targets: &Targets, ledger: &Arc<Ledger>) -> Self {
        let (pace, counts) = (watch::Sender::new(Pace::Rest), Arc::<Mutex<Counts>>::default());
        let filling = filling();
        let mut running = JoinSet::new();
        let sender = |guest: usize| {
            let protocol = if guest.is_multiple_of(2) { Protocol::Grpc } else { Protocol::Http };
            let all = if protocol == Protocol::Grpc { &targets.grpc } else { &targets.http };
            let (ledger, filling) = (Arc::clone(ledger), Arc::clone(&filling));
            let number = GENERATORS + guest;
            Sender { number, protocol, targets: all.clone(), ledger, filling, connection: None, next: 0 }
        };
        for guest in 0..SENDERS {
            running.spawn(sender(guest).run(pace.subscribe(), Arc::clone(&counts)));
        }
        Self { pace, counts, probe: sender(SENDERS), _running: running }
    }

    /// From now on they do this.
    pub(super) fn go(&self, pace: Pace) {
        self.pace.send_replace(pace);
    }

    /// What became of requests since the last time.
    pub(super) fn take(&self) -> Counts {
        std::mem::take(&mut *locked(&self.counts))
    }

    /// How many requests were refused since.
    pub(super) fn refused(&self) -> u64 {
        locked(&self.counts).refused
    }

    /// Whether another client's small request is accepted.
    pub(super) async fn probe(&mut self) -> bool {
        matches!(self.probe.send(1).await, Reply::Accepted)
    }
}

fn locked(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Text that compresses as logs do.
fn filling() -> Arc<str> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut text = String::with_capacity(WEIGHT + 64);
    while text.len() < WEIGHT {
        let (order, took) = (random.u32(..), random.u16(..977));
        // Writing to a string cannot fail.
        let _written = write!(text, "order {order} took {took} ms to check out; ");
    }
    text.into()
}

struct Sender {
    number: usize,
    protocol: Protocol,
    targets: Vec<SocketAddr>,
    ledger: Arc<Ledger>,
    filling: Arc<str>,
    connection: Option<Connection>,
    next: u64,
}

impl Sender {
    async fn run(mut self, mut pace: watch::Receiver<Pace>, counts: Arc<Mutex<Counts>>) {
        let mut due = Instant::now();
        loop {
            let now = *pace.borrow_and_update();
            match now {
                Pace::Rest => {
                    if pace.changed().await.is_err() {
                        return;
                    }
                    due = Instant::now();
                    continue;
                }
                Pace::Closed(most) if self.ledger.outstanding(self.number) >= most => {
                    sleep(LOOK).await;
                    continue;
                }
                Pace::Closed(_) => due = Instant::now(),
                Pace::Open(between) => {
                    due += between;
                    tokio::select! {
                        () = sleep_until(due) => {}
                        _ = pace.changed() => continue,
                    }
                }
            }
            let reply = self.send(ITEMS).await;
            locked(&counts).enter(&reply);
            if let (Pace::Closed(_), Reply::Refused(after, _)) = (now, reply) {
                sleep(after.unwrap_or(LOOK)).await;
            }
        }
    }

    async fn send(&mut self, items: u64) -> Reply {
        let items = self.next..self.next + items;
        self.next = items.end;
        let request = frame(self.protocol, item::large(self.number, items.clone(), &self.filling));
        let connection = match self.connected().await {
            Ok(connection) => connection,
            Err(words) => return Reply::Broken(words),
        };
        match connection.export(request).await {
            Ok(Answer::Accepted) => {
                self.ledger.acknowledged(self.number, items);
                Reply::Accepted
            }
            Ok(Answer::Later(after, words)) => Reply::Refused(after, words),
            Ok(Answer::Rejected(words)) => Reply::Rejected(words),
            Err(trouble) => {
                self.connection = None;
                Reply::Broken(format!("{trouble:?}"))
            }
        }
    }

    async fn connected(&mut self) -> Result<&mut Connection, String> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => match self.targets.first() {
                None => return Err("no target".to_owned()),
                Some(target) => match Connection::open(*target, self.protocol, Signal::Logs).await {
                    Ok(connection) => connection,
                    Err(words) => {
                        sleep(RECONNECT).await;
                        return Err(words);
                    }
                },
            },
        };
        Ok(self.connection.insert(connection))
    }
}
