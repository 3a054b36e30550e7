//! Runs of several subjects in turn, so that what disturbs the machine disturbs them alike.

use anyhow::Result;

use super::{Bench, Sample, Window};
use crate::scenario::Scenario;
use crate::subject::Subject;

/// A scenario and the subjects that are compared in it.
#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    /// What is done.
    pub(crate) scenario: Scenario,
    /// The one that is judged.
    pub(crate) subject: Subject,
    /// The one that it is judged by.
    pub(crate) against: Subject,
    /// Also the relay, once in each two rounds.
    pub(crate) relay: bool,
}

/// All samples of a comparison, by round.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    /// Of the one that is judged.
    pub(crate) subject: Vec<Sample>,
    /// Of the one that it is judged by.
    pub(crate) against: Vec<Sample>,
    /// Of the relay.
    pub(crate) relay: Vec<Sample>,
}

impl Samples {
    /// The ratio of processor times in each round.
    pub(crate) fn ratios(&self) -> Vec<f64> {
        self.subject
            .iter()
            .zip(&self.against)
            .map(|(subject, against)| subject.cpu_us / against.cpu_us)
            .collect()
    }
}

/// Runs a comparison.
pub(crate) async fn run(
    bench: &Bench,
    comparison: &Comparison,
    rounds: usize,
    window: Window,
) -> Result<Samples> {
    let mut samples = Samples::default();
    let scenario = comparison.scenario;
    for round in 0..rounds {
        // Who goes first changes, so that neither always runs behind the other.
        let subject_first = round % 2 == 0;
        for turn in [subject_first, !subject_first] {
            if turn {
                samples.subject.push(bench.measure(comparison.subject, scenario, window).await?);
            } else {
                samples.against.push(bench.measure(comparison.against, scenario, window).await?);
            }
        }
        if comparison.relay && subject_first {
            samples.relay.push(bench.measure(Subject::Relay, scenario, window).await?);
        }
    }
    Ok(samples)
}

/// The middle of some figures; NaN of none.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match (figures.get(middle.wrapping_sub(1)), figures.get(middle)) {
        (Some(low), Some(high)) if figures.len().is_multiple_of(2) => f64::midpoint(*low, *high),
        (_, Some(middle)) => *middle,
        (_, None) => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert!((median([3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median([4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median([]).is_nan());
    }
}
