//! Time of a row: the least of many rounds, each too short to be interrupted every time.

use std::time::{Duration, Instant};

/// About how long a round is.
const ROUND: Duration = Duration::from_millis(1);

/// Something that is measured.
pub(super) struct Row {
    /// What it does.
    pub(super) name: String,
    /// Items it does it to.
    pub(super) items: usize,
    /// Does it.
    pub(super) work: Box<dyn FnMut()>,
}

/// Two rows in nanoseconds an item.
pub(super) struct Pair {
    pub(super) subject: f64,
    pub(super) against: f64,
}

impl Pair {
    /// The subject by what it is compared with.
    pub(super) fn ratio(&self) -> f64 {
        self.subject / self.against
    }
}

impl Row {
    pub(super) fn new(name: impl Into<String>, items: usize, work: impl FnMut() + 'static) -> Self {
        Self { name: name.into(), items, work: Box::new(work) }
    }

    /// How often the work fits in a round.
    fn repeats(&mut self) -> u32 {
        (self.work)();
        let start = Instant::now();
        (self.work)();
        let once = start.elapsed().as_nanos().max(1);
        u32::try_from((ROUND.as_nanos() / once).clamp(1, 100_000)).unwrap_or(1)
    }

    fn round(&mut self, repeats: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..repeats {
            (self.work)();
        }
        start.elapsed()
    }

    fn each(&self, best: Duration, repeats: u32) -> f64 {
        best.as_secs_f64() * 1e9 / f64::from(repeats) / self.items.max(1) as f64
    }
}

/// Nanoseconds an item.
pub(super) fn alone(row: &mut Row, rounds: usize) -> f64 {
    let repeats = row.repeats();
    let best = (0..rounds).map(|_| row.round(repeats)).min().unwrap_or_default();
    row.each(best, repeats)
}

/// Both in nanoseconds an item of the subject, round by round in turns.
pub(super) fn in_turns(subject: &mut Row, against: &mut Row, rounds: usize) -> Pair {
    let repeats = (subject.repeats(), against.repeats());
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        best.0 = best.0.min(subject.round(repeats.0));
        best.1 = best.1.min(against.round(repeats.1));
    }
    Pair { subject: subject.each(best.0, repeats.0), against: against.each(best.1, repeats.1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spin(times: u64) -> Row {
        Row::new("spin", 1, move || {
            std::hint::black_box((0..times).fold(0_u64, |sum, at| std::hint::black_box(sum ^ at)));
        })
    }

    #[test]
    fn twice_the_work_takes_about_twice_the_time() {
        let ratio = in_turns(&mut spin(20_000), &mut spin(10_000), 50).ratio();
        assert!((1.5..2.7).contains(&ratio), "{ratio}");
    }
}
