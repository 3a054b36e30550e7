//! The attacks, one after the other; each returns how the agent met it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::raw::{Met, flood, send, trickle};
use super::words;

const SLOW_HEAD: &[u8] = b"POST /v1/logs HTTP/1.1\r\nX-Slow: ";
const SLOW_BODY: &[u8] = b"POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n\
    Content-Length: 1000000\r\n\r\n";
/// Pieces of a flood that is cut off, and of one that may only be held back.
const ENDLESS: u32 = 100_000;
const MANY: u32 = 1000;

/// How often each way of being met was met.
pub(super) type Tally = BTreeMap<Met, u64>;

/// Whom to attack and how hard.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) grpc: SocketAddr,
    pub(super) http: SocketAddr,
    pub(super) tls: SocketAddr,
    /// Clients at once.
    pub(super) clients: usize,
    /// How long slow ones go on.
    pub(super) time: Duration,
    pub(super) seed: u64,
}

/// An attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    Bodies,
    Heads,
    SlowHeads,
    SlowBodies,
    Connections,
    HalfClosed,
    Resets,
    EndlessHeads,
    Pings,
    Settings,
    Pipelined,
    GarbageBeforeTls,
}

impl Attack {
    pub(super) const ALL: [Self; 12] = [
        Self::Bodies,
        Self::Heads,
        Self::SlowHeads,
        Self::SlowBodies,
        Self::Connections,
        Self::HalfClosed,
        Self::Resets,
        Self::EndlessHeads,
        Self::Pings,
        Self::Settings,
        Self::Pipelined,
        Self::GarbageBeforeTls,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bodies => "malformed bodies",
            Self::Heads => "malformed heads, huge lengths and header floods",
            Self::SlowHeads => "slow heads",
            Self::SlowBodies => "slow bodies",
            Self::Connections => "silent connections",
            Self::HalfClosed => "half-closed sockets",
            Self::Resets => "rapid resets",
            Self::EndlessHeads => "heads without an end",
            Self::Pings => "pings without reading",
            Self::Settings => "settings without reading",
            Self::Pipelined => "requests without reading",
            Self::GarbageBeforeTls => "garbage before TLS",
        }
    }

    /// Whether every client of it must have been answered or cut off.
    pub(super) fn must_end(self) -> bool {
        !matches!(self, Self::SlowBodies | Self::Connections | Self::Pings | Self::Settings | Self::Pipelined)
    }

    /// Whether its clients send as fast as they can, and so take the time of the cores that they share with the agent.
    pub(super) fn floods(self) -> bool {
        matches!(self, Self::Resets | Self::EndlessHeads | Self::Pings | Self::Settings | Self::Pipelined)
    }

    pub(super) async fn run(self, field: &Field) -> Tally {
        let Field { grpc, http, time, .. } = *field;
        match self {
            Self::Bodies => bodies(field).await,
            Self::Heads => heads(field).await,
            Self::SlowHeads => many(field, move |_| trickle(http, SLOW_HEAD, time)).await,
            Self::SlowBodies => many(field, move |_| slow_body(http, time)).await,
            Self::Connections => silent(field).await,
            Self::HalfClosed => half_closed(field).await,
            Self::Resets => many(field, move |_| flood(grpc, words::HTTP2, words::reset, ENDLESS)).await,
            Self::EndlessHeads => {
                many(field, move |_| flood(grpc, words::HTTP2, words::endless_head, ENDLESS)).await
            }
            Self::Pings => many(field, move |_| flood(grpc, words::HTTP2, words::ping, MANY)).await,
            Self::Settings => many(field, move |_| flood(grpc, words::HTTP2, words::settings, MANY)).await,
            Self::Pipelined => many(field, move |_| flood(http, b"", words::pipelined, MANY)).await,
            Self::GarbageBeforeTls => garbage(field).await,
        }
    }
}

async fn heads(field: &Field) -> Tally {
    let both = [field.http, field.grpc];
    let heads: Vec<_> = words::heads().into_iter().map(Arc::new).collect();
    let pairs = both.into_iter().flat_map(|to| heads.iter().map(move |head| (to, Arc::clone(head))));
    all(pairs.map(|(to, head)| async move { send(to, &head, true).await })).await
}

/// Connections on which nothing is said.
async fn silent(field: &Field) -> Tally {
    let Field { grpc, http, tls, time, .. } = *field;
    let connect = move |number| async move {
        let to = match number % 3 {
            0 => grpc,
            1 => http,
            _ => tls,
        };
        let connected = TcpStream::connect(to).await;
        sleep(time).await;
        if connected.is_ok() { Met::Nothing } else { Met::Closed }
    };
    many(field, connect).await
}

/// Requests of which more and more is sent before our side ends.
async fn half_closed(field: &Field) -> Tally {
    let Field { grpc, http, .. } = *field;
    let whole = Arc::new(words::post("/v1/logs", words::PROTOBUF, &[0x0a, 0xff]));
    let client = move |number: usize| {
        let whole = Arc::clone(&whole);
        async move {
            let to = if number.is_multiple_of(2) { http } else { grpc };
            let part = whole.get(..whole.len() * (number % 5 + 1) / 5).unwrap_or_default();
            send(to, part, true).await
        }
    };
    many(field, client).await
}

/// Noise, a request without TLS, and a handshake that ends early.
async fn garbage(field: &Field) -> Tally {
    let Field { tls, seed, .. } = *field;
    let client = move |number: usize| async move {
        let mut random = Rng::with_seed(seed + number as u64);
        let noise: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(2000).collect();
        match number % 3 {
            0 => send(tls, &noise, true).await,
            1 => send(tls, &words::post("/v1/logs", "application/json", b"{}"), false).await,
            _ => {
                let record = [&[0x16, 3, 1, 2, 0, 1][..], noise.get(..40).unwrap_or_default()].concat();
                send(tls, &record, true).await
            }
        }
    };
    many(field, client).await
}

async fn bodies(field: &Field) -> Tally {
    let (http, grpc) = (field.http, field.grpc);
    let mut random = Rng::with_seed(field.seed);
    let mut requests = Vec::new();
    for (content_type, paths, body) in words::bodies(&mut random) {
        requests.extend(paths.iter().map(|path| (http, words::post(path, content_type, &body))));
        // gRPC over nothing that is HTTP/2: not even the preface.
        requests.push((grpc, body));
    }
    // Who closes their side of HTTP/1 gets no answer; who has not said all of the preface may still go on.
    all(requests.into_iter().map(move |(to, bytes)| async move { send(to, &bytes, to == grpc).await })).await
}

async fn slow_body(to: SocketAddr, time: Duration) -> Met {
    let Ok(mut stream) = TcpStream::connect(to).await else { return Met::Closed };
    if stream.write_all(SLOW_BODY).await.is_err() {
        return Met::Closed;
    }
    let begin = tokio::time::Instant::now();
    while begin.elapsed() < time {
        if stream.write_all(b"x").await.is_err() {
            return Met::Closed;
        }
        sleep(Duration::from_millis(100)).await;
    }
    Met::Nothing
}

/// As many clients as there are to be, at once.
async fn many<F>(field: &Field, client: impl Fn(usize) -> F) -> Tally
where
    F: Future<Output = Met> + Send + 'static,
{
    all((0..field.clients).map(client)).await
}

async fn all<F>(clients: impl Iterator<Item = F>) -> Tally
where
    F: Future<Output = Met> + Send + 'static,
{
    let mut running: JoinSet<Met> = clients.collect();
    let mut tally = Tally::new();
    while let Some(met) = running.join_next().await {
        *tally.entry(met.unwrap_or(Met::Nothing)).or_default() += 1;
    }
    tally
}
