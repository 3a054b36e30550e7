//! The growing wait between tries. Pure: chance comes in as a number.

use std::time::Duration;

use super::RetrySettings;

/// Far beyond any real wait; keeps products of hostile settings finite.
const LONGEST: Duration = Duration::from_hours(24 * 365);

pub(super) struct Backoff {
    interval: Duration,
    max_interval: Duration,
    multiplier: f64,
    randomization_factor: f64,
}

impl Backoff {
    pub(super) fn new(settings: &RetrySettings) -> Self {
        Self {
            interval: settings.initial_interval.to_std(),
            max_interval: settings.max_interval.to_std(),
            multiplier: settings.multiplier,
            randomization_factor: settings.randomization_factor,
        }
    }

    /// The next wait; `chance` in `0.0..1.0` picks its place in the interval's range.
    pub(super) fn next(&mut self, chance: f64) -> Duration {
        let spread = (chance * 2.0 - 1.0) * self.randomization_factor;
        let wait = scale(self.interval, 1.0 + spread);
        self.interval = scale(self.interval, self.multiplier).min(self.max_interval);
        wait
    }
}

fn scale(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(LONGEST).min(LONGEST)
}
