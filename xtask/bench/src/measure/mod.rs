//! One measurement: a fresh process, a check that items arrive, a warm-up, a window.

pub(crate) mod idle;
pub(crate) mod pairs;
pub(crate) mod soak;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use tokio::time::{Instant, sleep};

use crate::backend::Backend;
use crate::load::{Load, frame};
use crate::payload;
use crate::process::ended_well;
use crate::scenario::{CONNECTIONS, ITEMS_PER_REQUEST, Pace, Protocol, Scenario, Signal};
use crate::subject::{Programs, Running, Subject};

/// How long things take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Between ready and the first reading of memory.
    pub(crate) settle: Duration,
    /// Load before the window.
    pub(crate) warm_up: Duration,
    /// The window.
    pub(crate) length: Duration,
}

/// What one measurement found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Processor time an item, in microseconds.
    pub(crate) cpu_us: f64,
    /// Items a second.
    pub(crate) rate: f64,
    /// Bytes on the wire an item.
    pub(crate) bytes: f64,
    /// Resident memory before any load, in bytes.
    pub(crate) idle: u64,
    /// The most resident memory, in bytes.
    pub(crate) peak: u64,
    /// From exec to all ports accepting.
    pub(crate) ready: Duration,
    /// Requests that were refused in the window.
    pub(crate) refused: u64,
}

/// What all measurements share.
pub(crate) struct Bench {
    /// The programs.
    pub(crate) programs: Programs,
    /// Where subjects export to.
    pub(crate) backend: Backend,
    requests: BTreeMap<(Signal, Protocol), Arc<[Bytes]>>,
}

impl Bench {
    /// Starts the backend and encodes all requests.
    pub(crate) async fn new(programs: Programs) -> Result<Self> {
        let mut requests = BTreeMap::new();
        for signal in Signal::ALL {
            let plain = payload::requests(signal, payload::DISTINCT);
            for protocol in [Protocol::Grpc, Protocol::Http] {
                requests.insert((signal, protocol), frame(protocol, &plain).into());
            }
        }
        Ok(Self { programs, backend: Backend::start().await?, requests })
    }

    /// The encoded requests of a scenario.
    pub(crate) fn requests(&self, scenario: Scenario) -> Result<&Arc<[Bytes]>> {
        self.requests.get(&(scenario.signal, scenario.protocol)).context("no requests for this scenario")
    }

    /// Measures a subject once.
    pub(crate) async fn measure(
        &self,
        subject: Subject,
        scenario: Scenario,
        window: Window,
    ) -> Result<Sample> {
        let sample = self.attempt(subject, scenario, window).await;
        sample.with_context(|| format!("{subject}, {scenario}"))
    }

    async fn attempt(&self, subject: Subject, scenario: Scenario, window: Window) -> Result<Sample> {
        let mut running = Running::start(&self.programs, subject, scenario.compression, &self.backend.url())?;
        let ready = running.ready().await?;
        sleep(window.settle).await;
        let idle = running.process.resident()?;
        self.verify(&running, scenario).await?;

        let mut load =
            Load::start(running.address(scenario.protocol), scenario, self.requests(scenario)?).await?;
        sleep(window.warm_up).await;
        let begin = self.reading(&running, &load)?;
        sleep(window.length).await;
        let end = self.reading(&running, &load)?;
        load.check()?;
        load.stop().await.context("the load generator")?;
        let peak = running.process.peak()?;
        let status = running.process.stop().await?;
        if !ended_well(status) {
            bail!("ended with {status} after SIGTERM");
        }
        let items = (end.items - begin.items) as f64;
        if items == 0.0 {
            bail!("accepted nothing in {:?}", window.length);
        }
        Ok(Sample {
            cpu_us: end.processor.saturating_sub(begin.processor).as_secs_f64() * 1e6 / items,
            rate: items / (end.at - begin.at).as_secs_f64(),
            bytes: (end.bytes - begin.bytes) as f64 / items,
            idle,
            peak,
            ready,
            refused: end.refused - begin.refused,
        })
    }

    /// Sends each request once and counts what comes out, item by item.
    async fn verify(&self, running: &Running, scenario: Scenario) -> Result<()> {
        self.backend.keep(true);
        let once = Scenario { pace: Pace::Closed, ..scenario };
        let load = Load::start(running.address(scenario.protocol), once, self.requests(scenario)?).await?;
        let enough = ITEMS_PER_REQUEST * CONNECTIONS as u64 * 4;
        while load.items() < enough {
            sleep(Duration::from_millis(1)).await;
        }
        let sent = load.stop().await?;
        let begin = Instant::now();
        loop {
            let arrived = self.backend.kept_items(scenario.signal)?;
            if arrived == sent {
                break;
            }
            if begin.elapsed() > Duration::from_secs(5) {
                bail!("{sent} items were accepted and {arrived} arrived");
            }
            sleep(Duration::from_millis(20)).await;
        }
        self.backend.keep(false);
        Ok(())
    }

    fn reading(&self, running: &Running, load: &Load) -> Result<Reading> {
        Ok(Reading {
            at: Instant::now(),
            processor: running.process.processor_time()?,
            items: load.items(),
            refused: load.refused(),
            bytes: self.backend.bytes(),
        })
    }
}

struct Reading {
    at: Instant,
    processor: Duration,
    items: u64,
    refused: u64,
    bytes: u64,
}
