//! What the kubelet does: a GET and a look at the status.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(2);

/// The status of a GET.
pub(crate) async fn status(address: SocketAddr, path: &str) -> Result<u16> {
    timeout(PATIENCE, get(address, path)).await.with_context(|| format!("{path}: no answer"))?
}

async fn get(address: SocketAddr, path: &str) -> Result<u16> {
    let mut stream = TcpStream::connect(address).await.with_context(|| path.to_owned())?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    answer
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .with_context(|| format!("{path}: not HTTP: {answer}"))
}
