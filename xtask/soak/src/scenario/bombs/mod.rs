//! `bombs`: small bodies that want to become a gibibyte, many at once, in every format and over both protocols, while the
//! usual clients go on.
//!
//! Each one has to be refused, memory may rise only by what the limits allow, and the others may hardly notice. What of that
//! is the agent's is told from a control: see [`latency`].

mod apart;
mod fate;
mod latency;
mod make;
mod rounds;
mod sink;
mod throw;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use serde_json::json;
use tokio::time::sleep;

use super::{Findings, plain};
use crate::agent::watch::Watch;
use crate::cage::Cage;
use crate::figures::Window;
use crate::load::Targets;
use crate::load::journal::Incident;
use crate::options::Options;
use crate::ports;
use crate::stage::{Stage, balanced};
use crate::verdict::Verdict;
use fate::{Fate, cpu_of};
use latency::{Latency, p99, p99_begun};
use rounds::{Rounds, Senders};
use sink::Sink;
use throw::framed;

/// Bombs of a kind at once, and in a short run.
const AT_ONCE: usize = 64;
const FEW: usize = 4;
/// How often that many are thrown, so that enough requests of others fall into it; in a short run.
const ROUNDS: usize = 10;
const FEW_ROUNDS: usize = 2;
/// As in the manifests.
const LIMIT: u64 = 256 << 20;
/// What memory may rise by.
const RISE: f64 = 64.0;
/// After each stretch, for what it left to be seen and not to be taken for the next one's.
const BETWEEN: Duration = Duration::from_millis(300);
const QUEUE: usize = 10_000;
const MIB: f64 = 1_048_576.0;

struct Bomb {
    name: &'static str,
    encoding: &'static str,
    over_grpc: bool,
    body: Bytes,
}

impl Bomb {
    fn title(&self) -> String {
        format!("{} over {}", self.name, if self.over_grpc { "gRPC" } else { "HTTP" })
    }
}

/// Runs the scenario.
pub(super) async fn run(options: &Options) -> Result<Findings> {
    let options = Options { rate: if options.short { 2000 } else { options.rate }, ..options.clone() };
    let (grpc, http, health) = (ports::free()?, ports::free()?, ports::free()?);
    let targets = Targets { grpc: vec![grpc], http: vec![http] };
    let bombs = bombs()?;
    let cage = Cage::of(LIMIT);
    println!("{}", cage.describe());
    let yaml = plain::yaml(grpc, http, QUEUE);
    let mut stage = Stage::set_with(&options, &yaml, targets, cage.wrapper(health)).await?;
    let watch = Watch::on(stage.agent.pid(), health);
    let length = Duration::from_secs(if options.short { 2 } else { 10 });
    sleep(length / 2).await;
    let steady = Window { from: Instant::now(), to: Instant::now() + length };
    sleep(length).await;

    let thrown = throw_all(&stage, &watch, &bombs, (grpc, http), options.short).await?;
    let seen = watch.take();
    let windows = |of: fn(&Fate) -> &Rounds| {
        thrown.iter().flat_map(|fate| of(fate).windows.clone()).collect::<Vec<_>>()
    };
    let (control, during) = (windows(|fate| &fate.control), windows(|fate| &fate.bombs));
    let latency = Latency::of(&stage.load.journal().all_served(), steady, &control, &during);
    stage.say(&latency.to_string());

    let mut verdicts: Vec<Verdict> =
        thrown.iter().zip(&bombs).flat_map(|(fate, bomb)| fate.verdicts(bomb)).collect();
    verdicts.push(latency.verdict().unless(options.relaxed));
    verdicts.push(Verdict::none("not ready", seen.not_ready, None));
    verdicts.push(Verdict::none("not alive", seen.not_alive, None));
    stage.agent.check()?;
    let (ending, _) = stage.end(options.rate).await?;
    verdicts.extend(stage.met_none(&Incident::FAILURES));
    verdicts.extend(balanced(&ending.tally, "items"));
    verdicts.extend(ending.verdicts(options.relaxed));
    let kinds: Vec<_> = thrown.iter().zip(&bombs).map(|(fate, bomb)| fate.json(bomb)).collect();
    let figures = json!({"latency": latency.json(), "kinds": kinds});
    stage.cluster.shutdown().await;
    Ok(Findings { verdicts, figures })
}

/// Every kind, at the agent and at the sink.
async fn throw_all(
    stage: &Stage,
    watch: &Watch,
    bombs: &[Bomb],
    (grpc, http): (SocketAddr, SocketAddr),
    short: bool,
) -> Result<Vec<Fate>> {
    let (at_once, rounds) = if short { (FEW, FEW_ROUNDS) } else { (AT_ONCE, ROUNDS) };
    let (senders, sink) = (Senders::start(at_once)?, Sink::open()?);
    let pid = stage.agent.pid();
    let mut thrown = Vec::new();
    for bomb in bombs {
        let (agent, control) = if bomb.over_grpc { (grpc, sink.grpc) } else { (http, sink.http) };
        let before = watch.resident()? as f64;
        // Sets the high water mark to what is used now (proc(5)).
        std::fs::write(format!("/proc/{pid}/clear_refs"), "5")?;
        let begin = cpu_of(pid)?;
        let bombs = senders.throw(bomb, agent, rounds).await;
        let cpu = cpu_of(pid)? - begin;
        let rise = (stage.resources().await?.peak as f64 - before).max(0.0) / MIB;
        sleep(BETWEEN).await;
        let begin = cpu_of(pid)?;
        let control = senders.again(&bombs, bomb, control).await;
        let cpu = [cpu, cpu_of(pid)? - begin];
        sleep(BETWEEN).await;
        let served = stage.load.journal().all_served();
        let p99 = [p99(&served, &bombs.windows), p99_begun(&served, &control.windows)];
        let fate = Fate { bombs, control, rise, cpu, p99 };
        stage.say(&fate.describe(bomb));
        thrown.push(fate);
    }
    Ok(thrown)
}

fn bombs() -> Result<Vec<Bomb>> {
    let (gzip, zlib, zstd, lz4) = (make::gzip(1 << 30)?, make::zlib()?, make::zstd(), make::lz4());
    let liar = make::gzip(1000)?;
    let (block, frames) = (make::snappy_block(), make::snappy_framed());
    let over_http = [
        ("gzip", "gzip", &gzip),
        ("gzip that lies about its size", "gzip", &liar),
        ("zlib", "zlib", &zlib),
        ("deflate", "deflate", &zlib),
        ("zstd", "zstd", &zstd),
        ("lz4", "lz4", &lz4),
        ("snappy block", "snappy", &block),
        ("snappy frames", "x-snappy-framed", &frames),
    ];
    let over_grpc = [("gzip", &gzip), ("zstd", &zstd), ("snappy", &frames)];
    let mut all: Vec<Bomb> = over_http
        .map(|(name, encoding, body)| Bomb { name, encoding, over_grpc: false, body: body.clone() })
        .into();
    all.extend(over_grpc.map(|(name, body)| Bomb {
        name,
        encoding: name,
        over_grpc: true,
        body: framed(body),
    }));
    Ok(all)
}
