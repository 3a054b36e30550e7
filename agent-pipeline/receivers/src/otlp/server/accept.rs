//! Takes connections until told to stop.
//!
//! Running out of file descriptors makes `accept` fail at once, again and again, so failures back off; and there is
//! a most of open connections, above which new ones wait in the kernel's backlog. A connection that was taken is
//! served, whatever happens between.
//!
//! When it is told to stop and nobody else accepts from the socket, it goes on for a while, the lame duck period: in a
//! cluster clients go on coming to an address for a moment after it was taken out of service. Who comes then is told to go
//! with the first answer. Without a client in the last minute there is nobody to wait for.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use agent_component::{ClientInfo, Life, RunError};
use agent_net::tls::ServerTls;
use agent_telemetry::metrics::Counter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use super::Protocol;
use super::activity::Activity;
use super::drain::QUIET;
use super::guard::guarded;
use super::limits::CONNECTIONS;
use super::socket::{Accepted, Acceptor, Socket};
use super::stream::{Connection, Stream, Watched};

/// A TLS handshake must be done within this.
const HANDSHAKE: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Somebody who came within this may come again.
const RECENT: Duration = Duration::from_mins(1);

/// How a receiver ends, and what it notes of its connections.
#[derive(Clone, Debug)]
pub(in crate::otlp) struct Ending {
    pub(in crate::otlp) life: Life,
    /// For how long new connections are taken after `life.stop`.
    pub(in crate::otlp) lame_duck: Duration,
    /// Connections that ended by a panic.
    pub(in crate::otlp) panics: Counter,
}

/// Serves `protocol` on `socket` until `life.stop` and the lame duck period after it. Connections go on in `tasks`.
///
/// # Errors
/// The runtime cannot wait on the socket.
pub(in crate::otlp) async fn accept(
    socket: Socket,
    tls: Option<ServerTls>,
    protocol: Arc<impl Protocol>,
    ending: Ending,
    tasks: TaskTracker,
) -> Result<(), RunError> {
    let acceptor =
        socket.acceptor().map_err(|error| RunError::new(format!("cannot accept connections: {error}")))?;
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let Ending { life, lame_duck, .. } = ending.clone();
    let tls = tls.map(Arc::new);
    let mut door = Door { tls, protocol, room: Arc::clone(&room), ending, tasks, latest: None };
    life.stop.run_until_cancelled(door.admit_all(&acceptor)).await;
    if !lame_duck.is_zero() && socket.is_last() && door.has_clients() {
        // It ends by the time limit, or by the abort.
        let _ = timeout(lame_duck, life.abort.run_until_cancelled(door.admit_all(&acceptor))).await;
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
    ending: Ending,
    tasks: TaskTracker,
    /// When the last one came.
    latest: Option<Instant>,
}

impl<P: Protocol> Door<P> {
    /// Takes connections without end. Cancel safe.
    async fn admit_all(&mut self, acceptor: &Acceptor) {
        while let Ok(place) = Arc::clone(&self.room).acquire_owned().await {
            let accepted = next(|| acceptor.accept()).await;
            self.admit(accepted, place);
        }
    }

    /// Whether somebody is connected, or was a moment ago.
    fn has_clients(&self) -> bool {
        self.room.available_permits() < CONNECTIONS || self.latest.is_some_and(|at| at.elapsed() < RECENT)
    }

    /// Serves a connection in a task of its own, which keeps its place until the end.
    fn admit(&mut self, (stream, address): Accepted, place: OwnedSemaphorePermit) {
        let (tls, protocol) = (self.tls.clone(), Arc::clone(&self.protocol));
        let (room, tasks) = (Arc::clone(&self.room), self.tasks.clone());
        let Ending { life, panics, .. } = self.ending.clone();
        self.latest = Some(Instant::now());
        let is_late = life.stop.is_cancelled();
        let serving = async move {
            if let Some(stream) = secured(stream, tls.as_deref(), &life).await {
                let activity = Arc::new(Activity::new(is_late));
                let stream = Watched::new(stream, Arc::clone(&activity));
                let client = Arc::new(ClientInfo { address, ..ClientInfo::default() });
                protocol.serve(Connection { stream, activity, client, room, life, tasks }).await;
            }
            drop(place);
        };
        self.tasks.spawn(async move { guarded(serving, &panics).await });
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
