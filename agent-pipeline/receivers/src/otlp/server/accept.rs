//! Takes connections until told to stop.
//!
//! Running out of file descriptors makes `accept` fail at once, again and again, so failures back off; and there is
//! a most of open connections, above which new ones wait in the kernel's backlog. A connection that was taken is
//! served, whatever happens between.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use agent_component::{ClientInfo, Life, RunError};
use agent_net::tls::ServerTls;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use super::Protocol;
use super::activity::Activity;
use super::drain::QUIET;
use super::limits::CONNECTIONS;
use super::socket::{Accepted, Socket};
use super::stream::{Connection, Stream, Watched};

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
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let door = Door { tls: tls.map(Arc::new), protocol, room: Arc::clone(&room), life: life.clone(), tasks };
    while let Some(Ok(place)) = life.stop.run_until_cancelled(Arc::clone(&room).acquire_owned()).await {
        let Some(accepted) = life.stop.run_until_cancelled(next(|| acceptor.accept())).await else { break };
        door.admit(accepted, place);
    }
    while let Ok(place) = Arc::clone(&room).try_acquire_owned()
        && let Some(accepted) = socket.left_behind()
    {
        door.admit(accepted, place);
    }
    Ok(())
}

/// What every connection is given.
struct Door<P> {
    tls: Option<Arc<ServerTls>>,
    protocol: Arc<P>,
    room: Arc<Semaphore>,
    life: Life,
    tasks: TaskTracker,
}

impl<P: Protocol> Door<P> {
    /// Serves a connection in a task of its own, which keeps its place until the end.
    fn admit(&self, (stream, address): Accepted, place: OwnedSemaphorePermit) {
        let (tls, protocol) = (self.tls.clone(), Arc::clone(&self.protocol));
        let (room, life, tasks) = (Arc::clone(&self.room), self.life.clone(), self.tasks.clone());
        self.tasks.spawn(async move {
            if let Some(stream) = secured(stream, tls.as_deref(), &life).await {
                let activity = Arc::new(Activity::new());
                let stream = Watched::new(stream, Arc::clone(&activity));
                let client = Arc::new(ClientInfo { address, ..ClientInfo::default() });
                protocol.serve(Connection { stream, activity, client, room, life, tasks }).await;
            }
            drop(place);
        });
    }
}

/// The next connection, however many attempts fail before.
pub(super) async fn next<F: Future<Output = io::Result<Accepted>>>(accept: impl Fn() -> F) -> Accepted {
    let mut pause = FIRST_PAUSE;
    loop {
        match accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// The stream, behind TLS where that is asked for; `None` when the handshake failed or took too long. After
/// `life.stop` it gets no more time than a connection that is idle by then.
async fn secured(stream: Stream, tls: Option<&ServerTls>, life: &Life) -> Option<Stream> {
    let Some(tls) = tls else { return Some(stream) };
    let stopped = async {
        life.stop.cancelled().await;
        sleep(QUIET).await;
    };
    tokio::select! {
        () = life.abort.cancelled() => None,
        () = stopped => None,
        () = sleep(HANDSHAKE) => {
            tracing::debug!("TLS handshake took too long");
            None
        }
        done = TlsAcceptor::from(tls.current()).accept(stream) => match done {
            Ok(stream) => Some(Stream::Tls(Box::new(stream))),
            Err(error) => {
                tracing::debug!(%error, "TLS handshake failed");
                None
            }
        },
    }
}
