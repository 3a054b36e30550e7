//! An OTLP backend: takes gRPC and OTLP/HTTP on loopback, decodes, records, answers as told.
//!
//! Not a collector and not fast: every request is decoded completely with the published protobuf types, which makes it an
//! independent judge of what an exporter sent. What it keeps is bounded; the totals are not affected by that.

mod answer;
mod decode;
mod received;
mod serve;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub use self::answer::Answer;
pub use self::received::{Counts, Message, Request, Signal, Transport};

use crate::Error;
use crate::listen::{Listener, Tasks};
use crate::tls::Authority;

/// How a backend is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether to speak TLS; the certificate is for `localhost` and the loopback addresses.
    pub tls: bool,
    /// With TLS: whether a client must show a certificate issued by [`Backend::authority`].
    pub client_certificates: bool,
    /// A header that every request must carry with exactly this value, else 401 or `UNAUTHENTICATED`.
    pub required_header: Option<(String, String)>,
    /// Requests kept for inspection; older ones are dropped.
    pub keep_requests: usize,
    /// Whether kept requests hold their decoded message; benchmarks do without.
    pub keep_messages: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tls: false,
            client_certificates: false,
            required_header: None,
            keep_requests: 4096,
            keep_messages: true,
        }
    }
}

#[derive(Debug)]
struct Script {
    usual: Answer,
    planned: VecDeque<(usize, Answer)>,
    delay: Duration,
}

/// What the listeners and the handle share.
#[derive(Debug)]
struct Shared {
    options: Options,
    script: Mutex<Script>,
    requests: Mutex<VecDeque<Request>>,
    counts: watch::Sender<Counts>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn required_header(&self) -> Option<(String, String)> {
        self.options.required_header.clone()
    }

    fn next_answer(&self) -> (Answer, Duration) {
        let mut script = locked(&self.script);
        let delay = script.delay;
        let Some((left, answer)) = script.planned.front_mut() else {
            return (script.usual.clone(), delay);
        };
        let answer = answer.clone();
        *left -= 1;
        if *left == 0 {
            script.planned.pop_front();
        }
        (answer, delay)
    }

    fn record(&self, mut request: Request) {
        if !self.options.keep_messages {
            request.message = None;
        }
        let counted = request.clone_without_message();
        {
            let mut requests = locked(&self.requests);
            if requests.len() >= self.options.keep_requests {
                requests.pop_front();
            }
            if self.options.keep_requests > 0 {
                requests.push_back(request);
            }
        }
        self.counts.send_modify(|counts| counts.add(&counted));
    }

    fn refuse(&self) {
        self.counts.send_modify(|counts| counts.refused += 1);
    }
}

impl Request {
    fn clone_without_message(&self) -> Self {
        Self {
            at: self.at,
            signal: self.signal,
            transport: self.transport,
            headers: http::HeaderMap::new(),
            compression: String::new(),
            wire_bytes: self.wire_bytes,
            payload_bytes: self.payload_bytes,
            items: self.items,
            accepted: self.accepted,
            message: None,
        }
    }
}

/// A running backend; dropping it stops it.
#[derive(Debug)]
pub struct Backend {
    shared: Arc<Shared>,
    http: Listener,
    grpc: Listener,
    authority: Authority,
}

impl Backend {
    /// Starts a backend without TLS that accepts everything.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(Options::default()).await
    }

    /// Starts a backend as `options` say.
    pub async fn start_with(options: Options) -> Result<Self, Error> {
        let authority = Authority::new()?;
        let tls = |alpn: &[&str]| {
            let clients = options.client_certificates.then_some(&authority);
            options.tls.then(|| authority.server()?.server_config(alpn, clients)).transpose()
        };
        let (http_tls, grpc_tls) = (tls(&["h2", "http/1.1"])?, tls(&["h2"])?);
        let script =
            Mutex::new(Script { usual: Answer::Accept, planned: VecDeque::new(), delay: Duration::ZERO });
        let shared = Arc::new(Shared {
            options,
            script,
            requests: Mutex::default(),
            counts: watch::Sender::new(Counts::default()),
        });
        let service = || {
            let shared = Arc::clone(&shared);
            move |request| serve::respond(Arc::clone(&shared), request)
        };
        let http = Listener::start(http_tls, Tasks::default(), service()).await?;
        let grpc = Listener::start(grpc_tls, Tasks::default(), service()).await?;
        Ok(Self { shared, http, grpc, authority })
    }

    /// Stops the backend and waits until no task of it is left.
    pub async fn shutdown(self) {
        self.http.finish().await;
        self.grpc.finish().await;
    }

    /// Where OTLP/HTTP is taken.
    pub fn http_address(&self) -> SocketAddr {
        self.http.address()
    }

    /// Where gRPC is taken.
    pub fn grpc_address(&self) -> SocketAddr {
        self.grpc.address()
    }

    /// The base URL of OTLP/HTTP.
    pub fn http_url(&self) -> String {
        format!("{}://{}", self.scheme(), self.http_address())
    }

    /// The URL of gRPC.
    pub fn grpc_url(&self) -> String {
        format!("{}://{}", self.scheme(), self.grpc_address())
    }

    fn scheme(&self) -> &'static str {
        if self.shared.options.tls { "https" } else { "http" }
    }

    /// The authority that signs the backend's certificate and, if asked for, the clients'.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// From now on every request gets `answer`, once planned ones are used up.
    pub fn answer(&self, answer: Answer) {
        locked(&self.shared.script).usual = answer;
    }

    /// The next `count` requests get `answer`.
    pub fn answer_next(&self, count: usize, answer: Answer) {
        if count > 0 {
            locked(&self.shared.script).planned.push_back((count, answer));
        }
    }

    /// Every answer waits this long first.
    pub fn delay(&self, delay: Duration) {
        locked(&self.shared.script).delay = delay;
    }

    /// Closes both ports and all connections, or opens the same ports again. Returns when that is so.
    pub async fn refuse_connections(&self, refuse: bool) -> Result<(), Error> {
        self.http.refuse(refuse).await?;
        self.grpc.refuse(refuse).await
    }

    /// The kept requests, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        locked(&self.shared.requests).iter().cloned().collect()
    }

    /// Takes the kept requests out.
    pub fn take_requests(&self) -> Vec<Request> {
        locked(&self.shared.requests).drain(..).collect()
    }

    /// The totals since the start.
    pub fn counts(&self) -> Counts {
        *self.shared.counts.borrow()
    }

    /// Waits until `enough` says so of the totals, and returns them.
    pub async fn wait_for(&self, enough: impl FnMut(&Counts) -> bool) -> Counts {
        // The sender lives in `shared`, so the wait cannot fail; the totals are the answer in any case.
        match self.shared.counts.subscribe().wait_for(enough).await {
            Ok(counts) => *counts,
            Err(_) => self.counts(),
        }
    }
}
