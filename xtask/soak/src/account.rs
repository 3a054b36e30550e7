//! The ledger as the agent keeps it: its own metrics have to balance too.
//!
//! ```text
//! accepted by the receiver + what an earlier process left on disk = sent + dropped (by any reason) + held
//! ```
//!
//! It is looked at once everything has arrived, so that nothing is held. Counters begin again with each process: after a kill
//! the account is that of the last one. Of several exporters behind one receiver the one called `otlphttp` counts.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::agent::metrics::Metrics;
use crate::verdict::Verdict;

/// What was sent is counted within this.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);

const EXPORTER: &str = "otlphttp";

/// The sums over all signals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Taken by the receiver.
    pub(crate) accepted: u64,
    /// Left by an earlier process.
    pub(crate) left: u64,
    /// Refused by the receiver; whoever sent it still has it.
    pub(crate) refused: u64,
    /// Taken by the backend.
    pub(crate) sent: u64,
    /// Given up by any component, for any reason.
    pub(crate) dropped: u64,
    /// Not taken by the backend, and counted at the exporter.
    pub(crate) send_failed: u64,
    /// What the queue holds, in its unit.
    pub(crate) held: u64,
    /// What clients were acknowledged by this process, where each answer came through.
    pub(crate) acknowledged: Option<u64>,
}

impl Account {
    /// Waits until nothing is held and all that was accepted is accounted for, or for a bounded time.
    pub(crate) async fn settled(metrics: SocketAddr) -> Result<Self> {
        let begin = Instant::now();
        loop {
            let account = Self::of(&Metrics::of(metrics).await?);
            let accounted = account.sent + account.dropped >= account.accepted;
            if (account.held == 0 && accounted) || begin.elapsed() > PATIENCE {
                return Ok(account);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The account of this moment.
    pub(crate) fn of(metrics: &Metrics) -> Self {
        let all = |kind: &str, labels: &[(&str, &str)]| -> u64 {
            let items = ["spans", "metric_points", "log_records"];
            items.iter().map(|item| metrics.sum(&format!("otelcol_{kind}_{item}"), labels)).sum()
        };
        let exporter = [("exporter", EXPORTER)];
        let dropped = |labels: &[(&str, &str)]| metrics.sum("otelcol_kubeagent_dropped_items", labels);
        let of_exporters = dropped(&[("otelcol_component_kind", "exporter")]);
        let of_ours = dropped(&[("otelcol_component_kind", "exporter"), ("otelcol_component_id", EXPORTER)]);
        Self {
            accepted: all("receiver_accepted", &[]),
            left: 0,
            refused: all("receiver_refused", &[]),
            sent: all("exporter_sent", &exporter),
            dropped: dropped(&[]) - (of_exporters - of_ours),
            send_failed: all("exporter_send_failed", &exporter),
            held: metrics.sum("otelcol_exporter_queue_size", &exporter),
            acknowledged: None,
        }
    }

    fn balances(&self) -> bool {
        self.accepted + self.left == self.sent + self.dropped
    }

    /// Whether it balances, and agrees with what clients were told.
    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        let mut verdicts = vec![
            Verdict::holds(
                "metrics: accepted + left on disk = sent + dropped",
                self.to_string(),
                self.balances() && self.held == 0,
            ),
            Verdict::holds(
                "metrics: send_failed = dropped by the exporter",
                format!("{} failed", self.send_failed),
                self.send_failed <= self.dropped,
            ),
        ];
        if let Some(acknowledged) = self.acknowledged {
            let found = format!("{acknowledged} acknowledged, {} accepted", self.accepted);
            verdicts.push(Verdict::holds(
                "metrics: accepted = acknowledged to clients",
                found,
                self.accepted == acknowledged,
            ));
        }
        verdicts
    }
}

impl fmt::Display for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, left, refused, sent, dropped, held, .. } = self;
        write!(
            out,
            "{accepted} accepted + {left} left, {sent} sent, {dropped} dropped, {held} held ({refused} refused)"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_does_not_balance_is_seen() {
        let passes = |account: Account| account.verdicts().iter().all(Verdict::passes);
        let good =
            Account { accepted: 10, left: 2, sent: 11, dropped: 1, send_failed: 1, ..Account::default() };
        assert!(passes(good));
        assert!(!passes(Account { sent: 10, ..good }));
        assert!(!passes(Account { held: 1, ..good }));
        assert!(!passes(Account { send_failed: 2, ..good }));
        assert!(passes(Account { acknowledged: Some(10), ..good }));
        assert!(!passes(Account { acknowledged: Some(9), ..good }));
    }
}
