//! Which comparisons a run makes, and how long each takes.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::measure::Window;
use crate::measure::pairs::Comparison;
use crate::options::Options;
use crate::scenario::{Compression, Pace, Protocol, Scenario, Signal};
use crate::subject::Subject;

const FIXED_RATE: u32 = 20_000;

/// A run.
pub(crate) struct Plan {
    /// Rows of the table.
    pub(crate) comparisons: Vec<Comparison>,
    /// Pairs for each row.
    pub(crate) rounds: usize,
    /// Times of each measurement.
    pub(crate) window: Window,
    /// Starts of the agent for start-up time and idle memory.
    pub(crate) starts: usize,
}

impl Plan {
    /// The run that the options ask for.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let signals: Vec<Signal> = match options.signal.as_deref() {
            None => Signal::ALL.to_vec(),
            Some(name) => Signal::ALL.into_iter().filter(|signal| signal.name() == name).collect(),
        };
        if signals.is_empty() {
            bail!("--signal is traces, logs or metrics");
        }
        let millis = Duration::from_millis;
        let (rounds, window, starts) = if options.quick {
            (2, Window { settle: millis(200), warm_up: millis(400), length: millis(1200) }, 5)
        } else {
            (5, Window { settle: millis(500), warm_up: millis(1000), length: millis(4000) }, 15)
        };
        Ok(Self {
            comparisons: comparisons(&signals, options),
            rounds: options.rounds.unwrap_or(rounds),
            window: Window { length: options.length.unwrap_or(window.length), ..window },
            starts,
        })
    }
}

fn comparisons(signals: &[Signal], options: &Options) -> Vec<Comparison> {
    let subject = if options.references { Subject::Relay } else { Subject::Agent };
    let mut rows = Vec::new();
    let mut row = |signal, protocol, compression, pace| {
        let scenario = Scenario { signal, protocol, compression, pace };
        // The relay speaks gRPC only.
        let relay = !options.references && protocol == Protocol::Grpc && pace == Pace::Closed;
        rows.push(Comparison { scenario, subject, against: Subject::Floor, relay });
    };
    for compression in [Compression::Gzip, Compression::None] {
        for signal in signals {
            row(*signal, Protocol::Grpc, compression, Pace::Closed);
        }
    }
    if !options.quick {
        for signal in signals {
            row(*signal, Protocol::Grpc, Compression::Gzip, Pace::Fixed(FIXED_RATE));
        }
        for compression in [Compression::Gzip, Compression::None] {
            for signal in signals.iter().filter(|_| !options.references) {
                row(*signal, Protocol::Http, compression, Pace::Closed);
            }
        }
    }
    if !options.references {
        let processed: &[Signal] = if options.quick { signals.get(..1).unwrap_or_default() } else { signals };
        for signal in processed {
            for compression in [Compression::Gzip, Compression::None] {
                let scenario =
                    Scenario { signal: *signal, protocol: Protocol::Grpc, compression, pace: Pace::Closed };
                let (subject, against) = (Subject::AgentWithResource, Subject::Agent);
                rows.push(Comparison { scenario, subject, against, relay: false });
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_is_measured_with_and_without_compression() {
        for quick in [true, false] {
            let plan = Plan::new(&Options { quick, ..Options::default() }).unwrap();
            for signal in Signal::ALL {
                for compression in [Compression::Gzip, Compression::None] {
                    let found = plan.comparisons.iter().any(|row| {
                        row.scenario.signal == signal
                            && row.scenario.compression == compression
                            && row.against == Subject::Floor
                    });
                    assert!(found);
                }
            }
            assert!(plan.comparisons.iter().any(|row| row.subject == Subject::AgentWithResource));
        }
    }

    #[test]
    fn an_unknown_signal_is_refused() {
        assert!(Plan::new(&Options { signal: Some("spans".to_owned()), ..Options::default() }).is_err());
    }
}
