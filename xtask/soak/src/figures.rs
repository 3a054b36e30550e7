//! Percentiles, and requests sorted by whether something went on while they were served.

use std::time::{Duration, Instant};

use crate::load::journal::Served;

/// A stretch of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Its begin.
    pub(crate) from: Instant,
    /// Its end.
    pub(crate) to: Instant,
}

/// The value below which that share of the samples lies; zero without samples.
pub(crate) fn percentile(samples: &mut [Duration], share: f64) -> Duration {
    samples.sort_unstable();
    let last = samples.len().saturating_sub(1);
    let at = (share * samples.len() as f64).ceil() as usize;
    samples.get(at.saturating_sub(1).min(last)).copied().unwrap_or_default()
}

/// How long requests took: those that some window touches, and the others. Windows are in the order of time.
pub(crate) fn split(served: &[Served], windows: &[Window]) -> (Vec<Duration>, Vec<Duration>) {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for Served { begin, took } in served {
        let nearest = windows.partition_point(|window| window.to < *begin);
        let touched = windows.get(nearest).is_some_and(|window| window.from <= *begin + *took);
        if touched { &mut inside } else { &mut outside }.push(*took);
    }
    (inside, outside)
}

/// Milliseconds for people.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let mut samples: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut samples, 0.5), Duration::from_millis(100));
        assert_eq!(percentile(&mut samples, 0.99), Duration::from_millis(198));
        assert_eq!(percentile(&mut samples, 1.0), Duration::from_millis(200));
        assert_eq!(percentile(&mut [], 0.99), Duration::ZERO);
    }

    #[test]
    fn a_request_belongs_to_a_window_that_it_reaches_into() {
        let begin = Instant::now();
        let at = |milliseconds| begin + Duration::from_millis(milliseconds);
        let window = |from, to| Window { from: at(from), to: at(to) };
        let windows = [window(10, 20), window(100, 200), window(500, 600)];
        let served = |begin, took| Served { begin: at(begin), took: Duration::from_millis(took) };
        let (inside, outside) =
            split(&[served(21, 50), served(90, 20), served(200, 1), served(201, 1)], &windows);
        assert_eq!((inside.len(), outside.len()), (2, 2));
    }
}
