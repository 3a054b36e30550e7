//! Which components fail, since when, and when each is to be started anew.
//!
//! The first restart is at once, so that what waits before the component waits for as short as can be; those after it
//! come later and later. A component that ran well for a while has a clean record.

use std::time::Duration;

use agent_component::Kind;
use tokio::time::Instant;

use crate::plan::Node;

/// Between the first restart and the second; doubled for each one after that.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// After this long without a failure what was before is forgotten.
const WELL: Duration = Duration::from_mins(1);
/// A component that has failed for this long, and was started anew this often, is not going to work in this process.
const PATIENCE: Duration = Duration::from_mins(2);
const TRIES: u32 = 5;

/// A component that does not run as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// As `"batch" processor of traces`.
    pub component: String,
    /// What ended it last, or kept it from starting.
    pub reason: String,
    /// How often it was started anew.
    pub restarts: u32,
    /// Since the first failure that was not followed by a minute of good work.
    pub failing_for: Duration,
    /// It does not run now. Otherwise it runs again, but not for long enough to be trusted.
    pub is_down: bool,
    /// Data needs it, and it has failed for 2 minutes and 5 restarts: only a new process may help.
    pub is_lost: bool,
}

/// The components that fail.
#[derive(Default)]
pub(super) struct Repairs(Vec<Case>);

struct Case {
    node: Node,
    reason: String,
    since: Instant,
    restarts: u32,
    stand: Stand,
}

#[derive(Clone, Copy)]
enum Stand {
    Down { due: Instant },
    OnTrial { since: Instant },
}

impl Repairs {
    /// A component ended on its own; `false` when that is known already.
    pub(super) fn note(&mut self, node: &Node, reason: String, now: Instant) -> bool {
        self.forget_the_well(now);
        let known = self.0.iter_mut().find(|case| case.node == *node);
        match known {
            Some(Case { stand: Stand::Down { .. }, .. }) => return false,
            Some(case) => {
                case.reason = reason;
                case.stand = Stand::Down { due: now + pause(case.restarts) };
            }
            None => {
                let stand = Stand::Down { due: now };
                self.0.push(Case { node: node.clone(), reason, since: now, restarts: 0, stand });
            }
        }
        true
    }

    /// When the next one is to be started anew.
    pub(super) fn due(&self) -> Option<Instant> {
        let due = |case: &Case| if let Stand::Down { due } = case.stand { Some(due) } else { None };
        self.0.iter().filter_map(due).min()
    }

    /// One that is to be started anew now. If that fails, the time of the next try stands already.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Node> {
        let is_due = |case: &&mut Case| matches!(case.stand, Stand::Down { due } if due <= now);
        let case = self.0.iter_mut().find(is_due)?;
        case.restarts = case.restarts.saturating_add(1);
        case.stand = Stand::Down { due: now + pause(case.restarts) };
        Some(case.node.clone())
    }

    /// It could not be started.
    pub(super) fn put_off(&mut self, node: &Node, reason: &str) {
        self.of(node).for_each(|case| reason.clone_into(&mut case.reason));
    }

    /// It runs again.
    pub(super) fn restarted(&mut self, node: &Node, now: Instant) {
        self.of(node).for_each(|case| case.stand = Stand::OnTrial { since: now });
    }

    /// All are due.
    pub(super) fn hurry(&mut self, now: Instant) {
        for case in &mut self.0 {
            if let Stand::Down { due } = &mut case.stand {
                *due = now;
            }
        }
    }

    /// Forgets those that are gone, or were exchanged for others.
    pub(super) fn retain(&mut self, stays: impl Fn(&Node) -> bool) {
        self.0.retain(|case| stays(&case.node));
    }

    pub(super) fn list(&self, now: Instant) -> Vec<Failing> {
        self.0.iter().filter(|case| !case.is_well(now)).map(|case| case.told(now)).collect()
    }

    fn of(&mut self, node: &Node) -> impl Iterator<Item = &mut Case> {
        self.0.iter_mut().filter(move |case| case.node == *node)
    }

    fn forget_the_well(&mut self, now: Instant) {
        self.0.retain(|case| !case.is_well(now));
    }
}

impl Case {
    fn is_well(&self, now: Instant) -> bool {
        matches!(self.stand, Stand::OnTrial { since } if now.duration_since(since) >= WELL)
    }

    fn told(&self, now: Instant) -> Failing {
        let failing_for = now.duration_since(self.since);
        // Nothing flows without the others; an extension stands beside the pipelines.
        let is_needed = self.node.kind() != Kind::Extension;
        Failing {
            component: self.node.to_string(),
            reason: self.reason.clone(),
            restarts: self.restarts,
            failing_for,
            is_down: matches!(self.stand, Stand::Down { .. }),
            is_lost: is_needed && failing_for >= PATIENCE && self.restarts >= TRIES,
        }
    }
}

/// Before the next try after so many, jittered by up to a quarter less.
fn pause(restarts: u32) -> Duration {
    let Some(doublings) = restarts.checked_sub(1) else { return Duration::ZERO };
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings.min(16)).min(LONGEST_PAUSE);
    pause.mul_f64(1.0 - fastrand::f64() / 4.0)
}
