//! Looks at a running agent again and again: its memory and what its health endpoint says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

const LOOK_EVERY: Duration = Duration::from_millis(10);
const ASK_EVERY: Duration = Duration::from_millis(100);
/// An answer that takes longer is none: the kubelet's own patience is a second.
const PATIENCE: Duration = Duration::from_secs(1);
/// Pages of 4 KiB, as on every architecture the agent is built for.
const PAGE: u64 = 4096;

/// What was seen since the last [`Watch::take`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// The most memory at any look, in bytes.
    pub(crate) most: u64,
    /// Looks.
    pub(crate) looks: u64,
    /// How often readiness was asked for, and how often it was not there.
    pub(crate) asked: u64,
    pub(crate) not_ready: u64,
    /// How often liveness was not there, and the longest that an answer took.
    pub(crate) not_alive: u64,
    pub(crate) slowest: Duration,
}

/// A watch on one agent; it ends with its owner.
pub(crate) struct Watch {
    pid: u32,
    health: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    _looking: JoinSet<()>,
}

impl Watch {
    /// Watches the process `pid`, whose health endpoint is `health`.
    pub(crate) fn on(pid: u32, health: SocketAddr) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let mut looking = JoinSet::new();
        looking.spawn(look(pid, Arc::clone(&seen)));
        looking.spawn(ask(health, Arc::clone(&seen)));
        Self { pid, health, seen, _looking: looking }
    }

    /// What was seen since the last time; begins anew.
    pub(crate) fn take(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Memory now, in bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        resident(self.pid)
    }

    /// Whether it says that it is ready.
    pub(crate) async fn is_ready(&self) -> bool {
        answers(self.health, "/ready").await
    }
}

async fn look(pid: u32, seen: Arc<Mutex<Seen>>) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Ok(resident) = resident(pid) else { return };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.most = seen.most.max(resident);
        seen.looks += 1;
    }
}

async fn ask(health: SocketAddr, seen: Arc<Mutex<Seen>>) {
    let mut ticks = interval(ASK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let begin = Instant::now();
        let alive = answers(health, "/health").await;
        let took = begin.elapsed();
        let ready = answers(health, "/ready").await;
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.asked += 1;
        seen.not_alive += u64::from(!alive);
        seen.not_ready += u64::from(!ready);
        seen.slowest = seen.slowest.max(took);
    }
}

fn resident(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).context("the agent's memory")?;
    let pages = text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    Ok(pages.context("the agent's memory has no second number")? * PAGE)
}

/// Whether a GET of `path` is answered with 200.
async fn answers(address: SocketAddr, path: &str) -> bool {
    let get = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer.starts_with(b"HTTP/1.1 200 "))
    };
    matches!(timeout(PATIENCE, get).await, Ok(Ok(true)))
}
