//! What the usual clients notice, and how much of it is the agent's.
//!
//! Three figures, each the 99th percentile of all their requests in a kind of window:
//!
//! | figure | while |
//! |---|---|
//! | steady | nothing goes on beside them |
//! | control | the senders throw their bytes at [`super::sink`], at the pace of the bombs; the agent serves the usual clients alone |
//! | during | the senders throw the same at the agent |
//!
//! Senders, kernel and backend share the processors with the agent, so `during` holds their part as well, and `control`
//! nothing else. Only requests that begin in a control window count there: one that bombs have held up would raise what bombs
//! are measured by. Judged is `during`: at most twice the larger of the other two, or [`FLOOR`] where that is more.

use std::fmt;

use serde_json::{Value, json};

use crate::figures::{Window, milliseconds, percentile, split};
use crate::load::journal::Served;
use crate::verdict::Verdict;

/// What the latency may become, in what it would be without the agent's part.
const TIMES: f64 = 2.0;
/// Below this, in milliseconds, nobody notices.
const FLOOR: f64 = 10.0;

/// The three figures in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Latency {
    steady: f64,
    control: f64,
    during: f64,
}

/// The 99th percentile of what some window touches, in milliseconds.
pub(super) fn p99(served: &[Served], windows: &[Window]) -> f64 {
    milliseconds(percentile(&mut split(served, windows).0, 0.99))
}

/// The same of what begins in some window.
pub(super) fn p99_begun(served: &[Served], windows: &[Window]) -> f64 {
    let is_in = |begin| windows.iter().any(|window| (window.from..=window.to).contains(&begin));
    let mut begun: Vec<_> = served.iter().filter(|one| is_in(one.begin)).map(|one| one.took).collect();
    milliseconds(percentile(&mut begun, 0.99))
}

impl Latency {
    /// From the windows of each.
    pub(super) fn of(served: &[Served], steady: Window, control: &[Window], during: &[Window]) -> Self {
        Self {
            steady: p99(served, &[steady]),
            control: p99_begun(served, control),
            during: p99(served, during),
        }
    }

    pub(super) fn verdict(&self) -> Verdict {
        // Named for what the limit comes from.
        let (what, limit) = [
            ("twice of control", self.control * TIMES),
            ("twice of steady", self.steady * TIMES),
            ("what nobody notices", FLOOR),
        ]
        .into_iter()
        .max_by(|one, other| one.1.total_cmp(&other.1))
        .unwrap_or_default();
        Verdict::at_most(&format!("p99 of the others during bombs, target {what}"), self.during, limit, "ms")
    }

    pub(super) fn json(&self) -> Value {
        json!({"steady_p99_ms": self.steady, "control_p99_ms": self.control, "during_p99_ms": self.during})
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steady, control, during } = self;
        write!(
            out,
            "99th percentile of the others: steady {steady:.1} ms, control {control:.1} ms, during {during:.1} ms"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn what_bombs_hold_up_is_no_control() {
        let begin = Instant::now();
        let at = |milliseconds| begin + Duration::from_millis(milliseconds);
        let window = |from, to| Window { from: at(from), to: at(to) };
        let served = [(50, 300), (310, 5)]
            .map(|(at_ms, took)| Served { begin: at(at_ms), took: Duration::from_millis(took) });
        let latency = Latency::of(&served, window(0, 10), &[window(300, 400)], &[window(0, 100)]);
        assert_eq!(latency, Latency { steady: 0.0, control: 5.0, during: 300.0 });
        assert!(!latency.verdict().passes());
    }

    #[test]
    fn it_may_double_what_it_is_without_the_agent() {
        let passes = |steady, control, during| Latency { steady, control, during }.verdict().passes();
        assert!(passes(2.0, 3.0, 10.0) && !passes(2.0, 3.0, 10.1));
        assert!(passes(2.0, 8.0, 16.0) && !passes(2.0, 8.0, 16.1));
        assert!(passes(9.0, 8.0, 18.0) && !passes(9.0, 8.0, 18.1));
    }
}
