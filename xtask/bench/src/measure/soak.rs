//! A long run under full load: memory and cost have to stay as they are.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::{Instant, sleep};

use super::Bench;
use super::pairs::median;
use crate::load::Load;
use crate::scenario::{Compression, Pace, Protocol, Scenario, Signal};
use crate::subject::{Running, Subject};

const SAMPLES: u32 = 60;

/// Growth that is still flat: allocators keep a little more over time without losing it.
const FLAT: f64 = 1.05;

/// What a soak found.
#[derive(Debug, Clone)]
pub(crate) struct Soak {
    /// Resident memory over time, in bytes.
    pub(crate) resident: Vec<f64>,
    /// Processor time an item over time, in microseconds.
    pub(crate) cpu_us: Vec<f64>,
}

impl Soak {
    /// The median of the last quarter by that of the second one; the first one is warm-up.
    fn growth(figures: &[f64]) -> f64 {
        let quarter = (figures.len() / 4).max(1);
        let early = median(figures.iter().skip(quarter).take(quarter).copied());
        median(figures.iter().rev().take(quarter).copied()) / early
    }

    /// Growth of memory.
    pub(crate) fn memory_growth(&self) -> f64 {
        Self::growth(&self.resident)
    }

    /// Growth of cost.
    pub(crate) fn cost_growth(&self) -> f64 {
        Self::growth(&self.cpu_us)
    }

    /// Whether memory stayed where it was.
    pub(crate) fn is_flat(&self) -> bool {
        self.memory_growth() <= FLAT
    }
}

/// Loads the agent for as long as told.
pub(crate) async fn run(bench: &Bench, length: Duration) -> Result<Soak> {
    let scenario = Scenario {
        signal: Signal::Traces,
        protocol: Protocol::Grpc,
        compression: Compression::Gzip,
        pace: Pace::Closed,
    };
    let mut running =
        Running::start(&bench.programs, Subject::Agent, scenario.compression, &bench.backend.url())?;
    running.ready().await?;
    let mut load =
        Load::start(running.address(scenario.protocol), scenario, bench.requests(scenario)?).await?;
    let mut soak = Soak { resident: Vec::new(), cpu_us: Vec::new() };
    let begin = Instant::now();
    for sample in 1..=SAMPLES {
        let (items, processor) = (load.items(), running.process.processor_time()?);
        sleep(length / SAMPLES).await;
        load.check()?;
        let items = (load.items() - items).max(1) as f64;
        let processor = running.process.processor_time()?.saturating_sub(processor);
        soak.cpu_us.push(processor.as_secs_f64() * 1e6 / items);
        let resident = running.process.resident()? as f64;
        soak.resident.push(resident);
        if sample % 6 == 0 {
            println!(
                "  {:>5.0} s  {:>6.1} MiB resident  {:.2} µs/item",
                begin.elapsed().as_secs_f64(),
                resident / 1_048_576.0,
                soak.cpu_us.last().copied().unwrap_or_default()
            );
        }
    }
    load.stop().await.context("the load generator")?;
    running.process.stop().await?;
    Ok(soak)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_after_the_warm_up_is_not_flat() {
        let soak = |resident: Vec<f64>| Soak { resident, cpu_us: vec![1.0; 8] };
        assert!(soak(vec![1.0, 9.0, 10.0, 10.0, 10.1, 10.0, 10.2, 10.1]).is_flat());
        assert!(!soak(vec![9.0, 9.0, 10.0, 10.5, 11.0, 11.5, 12.0, 12.5]).is_flat());
        assert!((soak(vec![1.0; 8]).cost_growth() - 1.0).abs() < f64::EPSILON);
    }
}
