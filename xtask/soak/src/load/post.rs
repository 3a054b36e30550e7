//! One request.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use agent_testkit::otlp_backend::Signal;
use anyhow::{Result, anyhow, bail};

use super::connection::{Answer, Connection, Protocol, frame};
use crate::item;

/// A request is put off for no longer than this.
const PATIENCE: Duration = Duration::from_secs(20);
const BACK_OFF: Duration = Duration::from_millis(100);

/// Sends items over HTTP, again when it is told to; an error when they are not accepted.
pub(crate) async fn post(
    address: SocketAddr,
    signal: Signal,
    generator: usize,
    items: Range<u64>,
) -> Result<()> {
    let opened = Connection::open(address, Protocol::Http, signal).await;
    let mut connection = opened.map_err(|words| anyhow!("{words}"))?;
    let request = frame(Protocol::Http, item::request(signal, generator, items));
    let begin = Instant::now();
    loop {
        match connection.export(request.clone()).await {
            Ok(Answer::Accepted) => return Ok(()),
            Ok(Answer::Later(after, _)) if begin.elapsed() < PATIENCE => {
                tokio::time::sleep(after.unwrap_or(BACK_OFF)).await;
            }
            other => bail!("a request was not accepted: {other:?}"),
        }
    }
}
