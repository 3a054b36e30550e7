//! What the servers promise, over real sockets on ports that the system chose.

mod address;
mod bounds;
mod config_state;
mod endpoints;
mod heartbeats;
mod probes;
mod status;
mod webhook;

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::connections::Limits;
use crate::endpoints::Endpoints;
use crate::{Health, HealthServer};

/// A server that runs, and what it takes to talk to it.
struct Fixture {
    health: Health,
    address: SocketAddr,
    endpoints: std::sync::Arc<Endpoints>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// What came back.
#[derive(Debug)]
struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Fixture {
    fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    fn with_limits(limits: Limits) -> Self {
        let (health, stop) = (Health::new(), CancellationToken::new());
        let server = HealthServer::with_limits("127.0.0.1:0", &health, limits).unwrap();
        let (address, endpoints) = (server.local_addr(), server.further());
        let mut tasks = JoinSet::new();
        tasks.spawn(server.run(stop.clone()));
        Self { health, address, endpoints, stop, tasks }
    }

    async fn get(&self, path: &str) -> Reply {
        get(self.address, path).await
    }

    async fn end(self) {
        end(&self.stop, self.tasks).await;
    }
}

impl Reply {
    fn json(&self) -> serde_json::Value {
        assert!(self.head.contains("content-type: application/json\r\n"), "{}", self.head);
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn end(stop: &CancellationToken, mut tasks: JoinSet<()>) {
    stop.cancel();
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

async fn get(address: SocketAddr, path: &str) -> Reply {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).await
}

/// Sends `request` and reads until the server closes.
async fn exchange(address: SocketAddr, request: &str) -> Reply {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    read(&mut socket).await
}

async fn read(socket: &mut (impl AsyncRead + Unpin)) -> Reply {
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head: format!("{head}\r\n"), body: body.to_owned() }
}
