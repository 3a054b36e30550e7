//! One listening address and what is answered there.
//!
//! What extensions add is kept as a list, newest last, because while one graph replaces another both have theirs:
//! the newest that fits answers, and the older one takes its own away.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent_component::HealthEndpoint;

use crate::address;
use crate::answer::{self, Answer, Bodies};
use crate::readiness::Health;

/// An address, its socket, its answers.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    listener: TcpListener,
    health: Health,
    /// The agent's own server, with `/health` and `/ready`, and with an answer at `/` that needs no extension.
    own: bool,
    extensions: Mutex<Vec<Extension>>,
    next_id: AtomicU64,
}

#[derive(Debug)]
struct Extension {
    id: u64,
    /// Without a slash at the end; empty for every path.
    path: String,
    bodies: Option<Bodies>,
}

/// An extension's part in a site; taken away when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    pub(crate) site: Arc<Site>,
    id: u64,
}

impl Site {
    /// Listens on an endpoint text.
    pub(crate) fn listen(endpoint: &str, health: &Health, own: bool) -> io::Result<Self> {
        Self::listen_on(address::resolve(endpoint)?, health, own)
    }

    /// Listens on an address.
    pub(crate) fn listen_on(address: SocketAddr, health: &Health, own: bool) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            health: health.clone(),
            own,
            extensions: Mutex::default(),
            next_id: AtomicU64::new(0),
        })
    }

    /// The socket for the runtime that this is called in. All sockets of a site accept from one backlog.
    pub(crate) fn socket(&self) -> io::Result<tokio::net::TcpListener> {
        tokio::net::TcpListener::from_std(self.listener.try_clone()?)
    }

    /// Answers as `endpoint` says until the share is dropped.
    pub(crate) fn share(self: &Arc<Self>, endpoint: HealthEndpoint) -> Share {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let HealthEndpoint { path, healthy_body, unhealthy_body, .. } = endpoint;
        let bodies = (healthy_body.is_some() || unhealthy_body.is_some()).then(|| Bodies {
            healthy: healthy_body.unwrap_or_default(),
            unhealthy: unhealthy_body.unwrap_or_default(),
        });
        let path = path.trim_end_matches('/');
        let path =
            if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        self.extensions().push(Extension { id, path, bodies });
        Share { site: Arc::clone(self), id }
    }

    /// `/health` of the agent's own server: always liveness; an extension at that very path lends its bodies.
    pub(crate) fn liveness(&self) -> Answer {
        if !self.own {
            return self.extension("/health");
        }
        let extensions = self.extensions();
        let here = extensions.iter().rev().find(|extension| extension.path == "/health");
        answer::liveness(&self.health, here.and_then(|extension| extension.bodies.as_ref()))
    }

    /// `/ready` of the agent's own server; an extension at that very path means the same and answers itself.
    pub(crate) fn readiness(&self) -> Answer {
        if !self.own || self.extensions().iter().any(|extension| extension.path == "/ready") {
            return self.extension("/ready");
        }
        answer::readiness(&self.health)
    }

    /// Any other path.
    pub(crate) fn extension(&self, path: &str) -> Answer {
        let extensions = self.extensions();
        if let Some(extension) = extensions.iter().rev().find(|extension| extension.answers(path)) {
            return answer::extension(&self.health, extension.bodies.as_ref());
        }
        if self.own && extensions.is_empty() {
            return answer::extension(&self.health, None);
        }
        answer::not_found()
    }

    fn extensions(&self) -> MutexGuard<'_, Vec<Extension>> {
        self.extensions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Extension {
    fn answers(&self, path: &str) -> bool {
        path.strip_prefix(&self.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.site.extensions().retain(|extension| extension.id != self.id);
    }
}
