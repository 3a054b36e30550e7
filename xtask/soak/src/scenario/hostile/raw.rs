//! Bytes on a socket, and what comes of them.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// A server that has something to say says it within this.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between the bytes of somebody slow.
const SLOWLY: Duration = Duration::from_millis(100);

/// How a server met what it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Met {
    /// With success.
    Taken,
    /// With another answer.
    Refused,
    /// It ended the connection.
    Closed,
    /// Not at all, while the connection stayed open.
    Nothing,
}

/// Sends bytes, ends our side where `ends` says so, and waits for what the server does.
pub(super) async fn send(address: SocketAddr, bytes: &[u8], ends: bool) -> Met {
    let Ok(stream) = TcpStream::connect(address).await else { return Met::Closed };
    let (mut reader, mut writer) = stream.into_split();
    let sending = async {
        // A server may have had enough before all is sent.
        if writer.write_all(bytes).await.is_ok() && ends {
            let _ended = writer.shutdown().await;
        }
        std::future::pending().await
    };
    let mut start = [0; 12];
    let reading = async {
        tokio::select! {
            read = reader.read_exact(&mut start) => read.is_ok(),
            never = sending => never,
        }
    };
    match timeout(PATIENCE, reading).await {
        Err(_) => Met::Nothing,
        Ok(false) => Met::Closed,
        Ok(true) if &start == b"HTTP/1.1 200" => Met::Taken,
        Ok(true) => Met::Refused,
    }
}

/// Sends the bytes one by one, slowly, for so long; [`Met::Nothing`] when the server has left the connection open.
pub(super) async fn trickle(address: SocketAddr, bytes: &[u8], time: Duration) -> Met {
    let Ok(mut stream) = TcpStream::connect(address).await else { return Met::Closed };
    let (begin, mut answer) = (Instant::now(), [0; 1]);
    let mut bytes = bytes.iter().cycle();
    while begin.elapsed() < time {
        let Some(byte) = bytes.next() else { break };
        if stream.write_all(&[*byte]).await.is_err() {
            return Met::Closed;
        }
        tokio::select! {
            read = stream.read(&mut answer) => return if matches!(read, Ok(1)) { Met::Refused } else { Met::Closed },
            () = sleep(SLOWLY) => {}
        }
    }
    Met::Nothing
}

/// Sends `start` and then the same piece again and again, without reading a byte, until the server ends it, it takes no
/// more for a second, or so many were sent.
pub(super) async fn flood(
    address: SocketAddr,
    start: &[u8],
    pieces: impl Fn(u32) -> Vec<u8>,
    count: u32,
) -> Met {
    let Ok(mut stream) = TcpStream::connect(address).await else { return Met::Closed };
    if stream.write_all(start).await.is_err() {
        return Met::Closed;
    }
    for number in 0..count {
        match timeout(Duration::from_secs(1), stream.write_all(&pieces(number))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Met::Closed,
            Err(_) => return Met::Nothing,
        }
    }
    Met::Nothing
}
