//! One request, sent once.

use std::net::SocketAddr;
use std::ops::Range;

use agent_testkit::otlp_backend::Signal;
use anyhow::{Result, anyhow, bail};

use super::connection::{Answer, Connection, Protocol, frame};
use crate::item;

/// Sends items over HTTP; an error when they are not accepted.
pub(crate) async fn post(
    address: SocketAddr,
    signal: Signal,
    generator: usize,
    items: Range<u64>,
) -> Result<()> {
    let opened = Connection::open(address, Protocol::Http, signal).await;
    let mut connection = opened.map_err(|words| anyhow!("{words}"))?;
    let request = frame(Protocol::Http, item::request(signal, generator, items));
    match connection.export(request).await {
        Ok(Answer::Accepted) => Ok(()),
        other => bail!("a request was not accepted: {other:?}"),
    }
}
