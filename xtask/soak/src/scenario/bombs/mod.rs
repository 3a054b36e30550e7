//! `bombs`: small bodies that want to become a gibibyte, many at once, in every format and over both protocols, while the
//! usual clients go on.
//!
//! Each one has to be refused, memory may rise only by what the limits allow, and the others may hardly notice.

mod make;
mod throw;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Findings, plain};
use crate::agent::watch::Watch;
use crate::cage::Cage;
use crate::figures::{Window, milliseconds, percentile, split};
use crate::load::Targets;
use crate::load::journal::Incident;
use crate::options::Options;
use crate::ports;
use crate::stage::{Stage, balanced};
use crate::verdict::Verdict;
use throw::{Answer, call, framed, post};

/// Bombs of a kind at once, and in a short run.
const AT_ONCE: usize = 64;
const FEW: usize = 4;
/// As in the manifests.
const LIMIT: u64 = 256 << 20;
/// What memory may rise by.
const RISE: f64 = 64.0;
/// What the usual clients' latency may become at the 99th percentile, in what it was; below the floor nobody notices.
const TIMES: f64 = 2.0;
const FLOOR: f64 = 10.0;
/// Between kinds, for what one of them left to be seen.
const BETWEEN: Duration = Duration::from_millis(300);
const QUEUE: usize = 10_000;
const MIB: f64 = 1_048_576.0;

struct Bomb {
    name: &'static str,
    encoding: &'static str,
    over_grpc: bool,
    body: Bytes,
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
    let steady = Duration::from_secs(if options.short { 2 } else { 10 });
    sleep(steady / 2).await;
    let before = Window { from: Instant::now(), to: Instant::now() + steady };
    sleep(steady).await;

    let mut thrown = Vec::new();
    for bomb in &bombs {
        let address = if bomb.over_grpc { grpc } else { http };
        let at_once = if options.short { FEW } else { AT_ONCE };
        let fate = throw(&stage, &watch, bomb, (address, at_once)).await?;
        stage.say(&fate.describe(bomb));
        thrown.push(fate);
        sleep(BETWEEN).await;
    }
    let seen = watch.take();
    let windows: Vec<Window> = thrown.iter().map(|fate| fate.window).collect();
    let served = stage.load.journal().all_served();
    let p99 = |windows: &[Window]| milliseconds(percentile(&mut split(&served, windows).0, 0.99));
    let (usual, during) = (p99(&[before]), p99(&windows));

    let mut verdicts: Vec<Verdict> =
        thrown.iter().zip(&bombs).flat_map(|(fate, bomb)| fate.verdicts(bomb)).collect();
    let limit = (usual * TIMES).max(FLOOR);
    verdicts.push(
        Verdict::at_most("latency of the others at the 99th percentile", during, limit, "ms")
            .unless(options.relaxed),
    );
    verdicts.push(Verdict::none("not ready", seen.not_ready, None));
    verdicts.push(Verdict::none("not alive", seen.not_alive, None));
    stage.agent.check()?;
    let (ending, _) = stage.end(options.rate).await?;
    verdicts.extend(stage.met_none(&Incident::FAILURES));
    verdicts.extend(balanced(&ending.tally, "items"));
    verdicts.extend(ending.verdicts(options.relaxed));
    let kinds: Vec<_> = thrown.iter().zip(&bombs).map(|(fate, bomb)| fate.json(bomb)).collect();
    let figures = json!({"usual_p99_ms": usual, "p99_ms": during, "kinds": kinds});
    stage.cluster.shutdown().await;
    Ok(Findings { verdicts, figures })
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

/// What became of the bombs of a kind.
struct Fate {
    answers: BTreeMap<Answer, usize>,
    window: Window,
    /// What memory rose by, in mebibytes.
    rise: f64,
}

async fn throw(
    stage: &Stage,
    watch: &Watch,
    bomb: &Bomb,
    (address, at_once): (SocketAddr, usize),
) -> Result<Fate> {
    let before = watch.resident()? as f64;
    // Sets the high water mark to what is used now (proc(5)).
    std::fs::write(format!("/proc/{}/clear_refs", stage.agent.pid()), "5")?;
    let from = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..at_once {
        let (encoding, body, over_grpc) = (bomb.encoding, bomb.body.clone(), bomb.over_grpc);
        all.spawn(async move {
            if over_grpc { call(address, encoding, body).await } else { post(address, encoding, body).await }
        });
    }
    let mut answers = BTreeMap::new();
    for answer in all.join_all().await {
        *answers.entry(answer).or_default() += 1;
    }
    let window = Window { from, to: Instant::now() };
    let rise = (stage.resources().await?.peak as f64 - before).max(0.0) / MIB;
    Ok(Fate { answers, window, rise })
}

impl Bomb {
    fn title(&self) -> String {
        format!("{} over {}", self.name, if self.over_grpc { "gRPC" } else { "HTTP" })
    }
}

impl Fate {
    fn describe(&self, bomb: &Bomb) -> String {
        let (took, kib) = (milliseconds(self.window.to - self.window.from), bomb.body.len() >> 10);
        let (title, rise, answers) = (bomb.title(), self.rise, &self.answers);
        let at_once: usize = answers.values().sum();
        format!(
            "{at_once} times {title}, {kib} KiB each: {answers:?} in {took:.0} ms; memory rose by {rise:.1} MiB"
        )
    }

    fn verdicts(&self, bomb: &Bomb) -> [Verdict; 3] {
        let count = |answer| self.answers.get(&answer).copied().unwrap_or_default() as u64;
        [
            Verdict::none("taken", count(Answer::Taken), None).of(&bomb.title()),
            Verdict::none("cut off without an answer", count(Answer::Cut), None).of(&bomb.title()),
            Verdict::at_most("memory rises", self.rise, RISE, "MiB").of(&bomb.title()),
        ]
    }

    fn json(&self, bomb: &Bomb) -> serde_json::Value {
        let answers = format!("{:?}", self.answers);
        let took = milliseconds(self.window.to - self.window.from);
        json!({"kind": bomb.title(), "bytes": bomb.body.len(), "answers": answers, "ms": took, "rise_mib": self.rise})
    }
}
