//! The backend: the testkit's, whose requests are inspected as they come and entered into a ledger.
//!
//! Besides items it shows what an edit of an exporter or a processor changes: the revision header and the mark of the
//! newest request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use agent_testkit::otlp_backend::{self, Answer, Backend as Testkit};
use anyhow::{Context as _, Result};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, timeout};

use crate::item;
use crate::ledger::Ledger;

/// The header that configurations give a value of their own.
pub(crate) const REVISION: &str = "soak-revision";

/// How often requests are taken out, and how many fit in between.
const COLLECT: Duration = Duration::from_millis(5);
const ROOM: usize = 1 << 16;

/// What the newest requests looked like.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sighting {
    /// Requests so far, refused ones included.
    pub(crate) requests: u64,
    /// [`REVISION`] of the newest one.
    pub(crate) revision: String,
    /// The value of [`item::MARK`] in it.
    pub(crate) mark: Option<String>,
}

/// A running backend.
pub(crate) struct Backend {
    testkit: Arc<Testkit>,
    sightings: watch::Receiver<Sighting>,
    _collecting: JoinSet<()>,
}

impl Backend {
    /// Starts a backend that enters what it accepts into `ledger`.
    pub(crate) async fn start(ledger: Arc<Ledger>) -> Result<Self> {
        let options = otlp_backend::Options { keep_requests: ROOM, ..otlp_backend::Options::default() };
        let testkit = Arc::new(Testkit::start_with(options).await.context("cannot start a backend")?);
        let (sender, sightings) = watch::channel(Sighting::default());
        let mut collecting = JoinSet::new();
        collecting.spawn(collect(Arc::clone(&testkit), ledger, sender));
        Ok(Self { testkit, sightings, _collecting: collecting })
    }

    /// Base URL of OTLP/HTTP.
    pub(crate) fn url(&self) -> String {
        self.testkit.http_url()
    }

    /// Where OTLP/HTTP is taken.
    pub(crate) fn address(&self) -> SocketAddr {
        self.testkit.http_address()
    }

    /// Every answer from now on waits this long first.
    pub(crate) fn delay(&self, delay: Duration) {
        self.testkit.delay(delay);
    }

    /// From now on no request is answered.
    pub(crate) fn hang(&self) {
        self.testkit.answer(Answer::Silence);
    }

    /// Closes the port and all connections, or opens it again.
    pub(crate) async fn refuse(&self, refuse: bool) -> Result<()> {
        Ok(self.testkit.refuse_connections(refuse).await?)
    }

    /// What the newest requests looked like.
    pub(crate) fn sighting(&self) -> Sighting {
        self.sightings.borrow().clone()
    }

    /// Waits until `enough` says so of the newest requests; false when it did not within `patience`.
    pub(crate) async fn sees(&self, patience: Duration, enough: impl FnMut(&Sighting) -> bool) -> bool {
        let mut sightings = self.sightings.clone();
        timeout(patience, sightings.wait_for(enough)).await.is_ok_and(|seen| seen.is_ok())
    }
}

async fn collect(testkit: Arc<Testkit>, ledger: Arc<Ledger>, sightings: watch::Sender<Sighting>) {
    let mut ticks = tokio::time::interval(COLLECT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for request in testkit.take_requests() {
            let at = request.at;
            let revision = request.headers.get(REVISION).and_then(|value| value.to_str().ok());
            let revision = revision.unwrap_or_default().to_owned();
            let message = request.message.filter(|_| request.accepted);
            let found = message.map(item::inspect).unwrap_or_default();
            ledger.arrived(&found, at);
            sightings.send_modify(|sighting| {
                *sighting = Sighting { requests: sighting.requests + 1, revision, mark: found.mark };
            });
        }
    }
}
