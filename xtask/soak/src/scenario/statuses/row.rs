//! A case under way: its backend, and what the agent made of it.

use std::fmt;
use std::time::Duration;

use agent_testkit::otlp_backend::{Answer, Backend, Options, Request};
use anyhow::{Context as _, Result};

use super::table::{Case, Deed, Promise, Protocol};
use super::{GENERATOR, ITEMS};
use crate::agent::metrics::Metrics;
use crate::figures::milliseconds;
use crate::item::{self, Found};

/// What a delay may fall short of what was named, by the grain of clocks.
const GRAIN: Duration = Duration::from_millis(20);

/// A case with a backend of its own.
pub(super) struct Row {
    pub(super) case: Case,
    number: usize,
    backend: Backend,
    requests: Vec<Request>,
}

/// What became of it.
pub(super) struct Outcome<'a> {
    row: &'a Row,
    attempts: usize,
    waited: Option<Duration>,
    /// Each item arrived in a request that was taken: once, not at all, or otherwise.
    arrived: u64,
    repeated: bool,
    sent: u64,
    failed: u64,
    dropped: u64,
    /// Under the reason that was promised.
    dropped_so: u64,
    refused: u64,
}

impl Row {
    pub(super) async fn of(number: usize, case: Case) -> Result<Self> {
        let backend = Backend::start_with(Options { keep_requests: 4096, ..Options::default() });
        let row = Self { case, number, backend: backend.await.context("a backend")?, requests: Vec::new() };
        match &row.case.deed {
            Deed::Answers(answer) => row.backend.answer(answer.clone()),
            Deed::Refuses => row.backend.refuse_connections(true).await?,
        }
        Ok(row)
    }

    /// The exporter's id.
    pub(super) fn exporter(&self) -> String {
        let kind = if self.case.protocol == Protocol::Grpc { "otlp" } else { "otlphttp" };
        format!("{kind}/{}", self.number)
    }

    /// The exporter's section.
    pub(super) fn yaml(&self) -> String {
        let endpoint = match self.case.protocol {
            Protocol::Grpc => format!("{}, tls: {{insecure: true}}", self.backend.grpc_address()),
            Protocol::Http => self.backend.http_url(),
        };
        format!(
            "  {}: {{endpoint: {endpoint}, timeout: 1s, retry_on_failure: {{initial_interval: 100ms, \
             max_interval: 200ms, randomization_factor: 0}}}}\n",
            self.exporter()
        )
    }

    /// From now on it accepts what comes.
    pub(super) async fn get_well(&self) -> Result<()> {
        self.backend.answer(Answer::Accept);
        Ok(self.backend.refuse_connections(false).await?)
    }

    /// Takes in what has come; whether all of it has happened that is to happen before the backend gets well.
    pub(super) fn has_shown(&mut self, metrics: &Metrics) -> bool {
        self.requests.extend(self.backend.take_requests());
        match (self.case.promise, &self.case.deed) {
            (Promise::Retried { .. }, Deed::Refuses) => true,
            (Promise::Retried { .. }, Deed::Answers(_)) => self.requests.len() > 1,
            _ => self.is_settled(metrics),
        }
    }

    /// Whether the agent holds nothing of it any more.
    pub(super) fn is_settled(&self, metrics: &Metrics) -> bool {
        let exporter = self.exporter();
        let of =
            |kind: &str| metrics.sum(&format!("otelcol_exporter_{kind}_spans"), &[("exporter", &exporter)]);
        of("sent") + of("send_failed") + of("enqueue_failed") >= ITEMS
    }

    pub(super) fn outcome(&mut self, metrics: &Metrics) -> Outcome<'_> {
        self.requests.extend(self.backend.take_requests());
        let exporter = self.exporter();
        let of =
            |kind: &str| metrics.sum(&format!("otelcol_exporter_{kind}_spans"), &[("exporter", &exporter)]);
        let id = ("otelcol_component_id", exporter.as_str());
        let dropped = |labels: &[(&str, &str)]| metrics.sum("otelcol_kubeagent_dropped_items", labels);
        let reason = match self.case.promise {
            Promise::Dropped(reason) => reason,
            _ => "rejected_by_backend",
        };
        let mut seen = vec![0_u64; usize::try_from(ITEMS).unwrap_or_default()];
        for name in self.requests.iter().filter(|request| self.takes(request)).flat_map(names) {
            if let Some(times) = usize::try_from(name).ok().and_then(|name| seen.get_mut(name)) {
                *times += 1;
            }
        }
        let gap = |pair: &[Request]| Some(pair.last()?.at.saturating_duration_since(pair.first()?.at));
        Outcome {
            attempts: self.requests.len(),
            waited: self.requests.get(..2).and_then(gap),
            arrived: seen.iter().filter(|times| **times > 0).count() as u64,
            repeated: seen.iter().any(|times| *times > 1),
            sent: of("sent"),
            failed: of("send_failed"),
            dropped: dropped(&[id]),
            dropped_so: dropped(&[id, ("reason", reason)]),
            refused: of("enqueue_failed"),
            row: self,
        }
    }

    /// Whether the backend keeps what a request brings; one that answers with a 2xx does too.
    fn takes(&self, request: &Request) -> bool {
        request.accepted || matches!(self.case.promise, Promise::Taken { .. })
    }
}

fn names(request: &Request) -> Vec<u64> {
    let Found { intact, .. } = request.message.clone().map(item::inspect).unwrap_or_default();
    intact.into_iter().filter(|name| name.generator == GENERATOR).map(|name| name.sequence).collect()
}

impl Outcome<'_> {
    /// Whether the promise was kept, and every item is somewhere once.
    pub(super) fn is_kept(&self) -> bool {
        let counted = self.sent + self.failed + self.refused == ITEMS && self.failed == self.dropped;
        let all = self.arrived == ITEMS && !self.repeated;
        let so = match self.row.case.promise {
            Promise::Taken { rejected } => {
                all && self.attempts == 1 && self.dropped_so == rejected && self.sent == ITEMS - rejected
            }
            Promise::Retried { after } => {
                let waited = self.waited.is_some_and(|waited| waited + GRAIN >= after);
                let visible = matches!(self.row.case.deed, Deed::Answers(_));
                all && self.sent == ITEMS && (waited || !visible)
            }
            Promise::Dropped(reason) => {
                // Cut in halves down to single items.
                let attempts = if reason == "too_large" { 2 * ITEMS - 1 } else { 1 };
                self.arrived == 0 && self.dropped_so == ITEMS && self.attempts as u64 == attempts
            }
        };
        counted && so
    }
}

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Case { name, protocol, promise, .. } = &self.row.case;
        let promise = match promise {
            Promise::Taken { rejected: 0 } => "taken".to_owned(),
            Promise::Taken { rejected } => format!("taken but for {rejected}"),
            Promise::Retried { after } if after.is_zero() => "retried".to_owned(),
            Promise::Retried { after } => format!("retried after {} s", after.as_secs()),
            Promise::Dropped(reason) => (*reason).to_owned(),
        };
        let waited = self.waited.filter(|_| matches!(self.row.case.promise, Promise::Retried { .. }));
        let waited = waited.map_or_else(String::new, |waited| format!("{:.0}", milliseconds(waited)));
        write!(
            out,
            "{:<6}{name:<44}{promise:<20}{:>9}{waited:>9}{:>6}{:>9}  {}",
            format!("{protocol:?}").to_lowercase(),
            self.attempts,
            self.sent,
            self.dropped,
            if self.is_kept() { "ok" } else { "MISSED" }
        )
    }
}
