//! Takes connections until told to stop.
//!
//! Running out of file descriptors makes `accept` fail at once, again and again, so failures back off; and there is
//! a most of open connections, above which new ones wait in the kernel's backlog.

use std::sync::Arc;
use std::time::Duration;

use agent_component::{ClientInfo, Life, RunError};
use agent_net::tls::ServerTls;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use super::Protocol;
use super::activity::Activity;
use super::socket::{Acceptor, Socket};
use super::stream::{Connection, Stream, Watched};

/// Open connections of one protocol.
const MOST_CONNECTIONS: usize = 16_384;
/// A TLS handshake must be done within this.
const HANDSHAKE: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Serves `protocol` on `socket` until `life.stop`. Connections go on in `tasks`.
///
/// # Errors
/// The runtime cannot wait on the socket.
pub(in crate::otlp) async fn accept(
    socket: Socket,
    tls: Option<ServerTls>,
    protocol: Arc<impl Protocol>,
    life: Life,
    tasks: TaskTracker,
) -> Result<(), RunError> {
    let acceptor =
        socket.acceptor().map_err(|error| RunError::new(format!("cannot accept connections: {error}")))?;
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let tls = tls.map(Arc::new);
    while let Some((stream, client)) = life.stop.run_until_cancelled(next(&acceptor)).await {
        let Some(Ok(place)) = life.stop.run_until_cancelled(Arc::clone(&room).acquire_owned()).await else {
            break;
        };
        let (protocol, tls, life, inner) = (Arc::clone(&protocol), tls.clone(), life.clone(), tasks.clone());
        tasks.spawn(async move {
            if let Some(stream) = secured(stream, tls.as_deref(), &life).await {
                let activity = Arc::new(Activity::new());
                let stream = Watched::new(stream, Arc::clone(&activity));
                protocol.serve(Connection { stream, activity, client, life, tasks: inner }).await;
            }
            drop(place);
        });
    }
    Ok(())
}

/// The next connection, however many attempts fail before.
async fn next(acceptor: &Acceptor) -> (Stream, Arc<ClientInfo>) {
    let mut pause = FIRST_PAUSE;
    loop {
        match acceptor.accept().await {
            Ok((stream, address)) => {
                return (stream, Arc::new(ClientInfo { address, ..ClientInfo::default() }));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// The stream, behind TLS where that is asked for; `None` when the handshake failed or took too long.
async fn secured(stream: Stream, tls: Option<&ServerTls>, life: &Life) -> Option<Stream> {
    let Some(tls) = tls else { return Some(stream) };
    let handshake = TlsAcceptor::from(tls.current()).accept(stream);
    match life.stop.run_until_cancelled(timeout(HANDSHAKE, handshake)).await? {
        Ok(Ok(stream)) => Some(Stream::Tls(Box::new(stream))),
        Ok(Err(error)) => {
            tracing::debug!(%error, "TLS handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!("TLS handshake took too long");
            None
        }
    }
}
