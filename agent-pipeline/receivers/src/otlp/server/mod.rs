//! What both protocols stand on: sockets, connections, their limits and their ordered end.
//!
//! | part | does |
//! |---|---|
//! | [`socket`] | listens, over TCP or a unix socket |
//! | [`accept`] | takes connections, does the TLS handshake, hands each to a [`Protocol`] |
//! | [`activity`] | knows what a connection is doing, without a lock |
//! | [`drive`] | runs a hyper connection within its limits |
//! | [`drain`] | ends one that is still in use, without failing a request |
//! | [`hold`] | lets HTTP/2 clients finish what they have begun when they are told to go |
//! | [`linger`] | lets a client see the last answer before its connection is closed |
//! | [`guard`] | keeps a panic in a request from its neighbours |
//! | [`limits`] | what a connection may take of memory, and where each figure is from |
//! | [`body`] | reads request bodies within a size and without stalling |
//! | [`open`] | decompresses them |
//! | [`aside`] | does what would keep others waiting, after them |

pub(super) mod accept;
pub(super) mod activity;
mod aside;
pub(super) mod body;
mod drain;
pub(super) mod drive;
pub(super) mod guard;
pub(super) mod hold;
pub(super) mod limits;
mod linger;
pub(super) mod open;
pub(super) mod socket;
pub(super) mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use agent_component::{BoxFuture, ClientInfo};
use tokio_util::task::TaskTracker;

use activity::Activity;
use stream::Connection;

/// One accepted connection, as its requests see it.
#[derive(Debug)]
pub(super) struct Peer<S> {
    /// What all connections of the server share.
    pub(super) server: Arc<S>,
    /// What this connection is doing.
    pub(super) activity: Arc<Activity>,
    /// What is known of the client before it says anything.
    pub(super) client: Arc<ClientInfo>,
}

/// Serves connections in one protocol.
pub(super) trait Protocol: Send + Sync + 'static {
    /// Serves one connection to its end.
    fn serve(self: Arc<Self>, connection: Connection) -> BoxFuture<'static, ()>;
}

/// Spawns hyper's tasks, one for each HTTP/2 request, where they are counted.
#[derive(Clone, Debug)]
pub(super) struct Spawner(pub(super) TaskTracker);

impl<F> hyper::rt::Executor<F> for Spawner
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, task: F) {
        self.0.spawn(task);
    }
}
