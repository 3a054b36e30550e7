//! What the handle and the request handlers share.
//!
//! One short-lived lock; nothing is awaited under it. Everything that a test can wait for is a `watch` channel, so no
//! test has to poll.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

use super::access::Rule;
use super::store::Store;

/// Requests and Events kept for inspection; older ones are dropped.
const KEPT: usize = 4096;

/// A request that the server has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, or empty outside resources.
    pub verb: String,
    /// The path.
    pub path: String,
    /// The query as sent, without the question mark.
    pub query: String,
    /// Who the token belongs to; `None` if it belongs to nobody.
    pub user: Option<String>,
}

/// What the server does instead of answering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answers with a failure: HTTP status and `Retry-After` in seconds.
    Status {
        /// HTTP status code.
        code: u16,
        /// `Retry-After`, if any.
        retry_after: Option<u32>,
    },
    /// Closes the connection without an answer.
    Drop,
    /// Takes the request and never answers.
    Silence,
    /// Answers 200 with these bytes as JSON.
    Body(Vec<u8>),
}

/// How running watches are ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The response ends as it should.
    Clean,
    /// The connection breaks in the middle of the response.
    Broken,
}

#[derive(Debug)]
struct Planned {
    verb: Option<String>,
    left: usize,
    fault: Fault,
}

/// State under the lock.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) store: Store,
    /// Token to user.
    pub(super) tokens: BTreeMap<String, String>,
    pub(super) rules: Vec<Rule>,
    pub(super) events: VecDeque<Value>,
    pub(super) issued: u64,
    pub(super) gone_as_http: bool,
    pub(super) silent_watches: bool,
    pub(super) bookmarks: u64,
    requests: VecDeque<Request>,
    faults: VecDeque<Planned>,
}

impl State {
    pub(super) fn new(rules: Vec<Rule>) -> Self {
        Self { rules, ..Self::default() }
    }

    pub(super) fn plan(&mut self, verb: Option<&str>, count: usize, fault: Fault) {
        if count > 0 {
            self.faults.push_back(Planned { verb: verb.map(str::to_owned), left: count, fault });
        }
    }

    pub(super) fn clear_faults(&mut self) {
        self.faults.clear();
    }

    pub(super) fn take_fault(&mut self, verb: &str) -> Option<Fault> {
        let at = self.faults.iter().position(|p| p.verb.as_deref().is_none_or(|wanted| wanted == verb))?;
        let planned = self.faults.get_mut(at)?;
        planned.left -= 1;
        let fault = planned.fault.clone();
        if planned.left == 0 {
            self.faults.remove(at);
        }
        Some(fault)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.iter().cloned().collect()
    }

    fn keep<T>(queue: &mut VecDeque<T>, item: T) {
        if queue.len() == KEPT {
            queue.pop_front();
        }
        queue.push_back(item);
    }

    pub(super) fn record(&mut self, request: Request) {
        Self::keep(&mut self.requests, request);
    }

    pub(super) fn record_event(&mut self, event: Value) {
        Self::keep(&mut self.events, event);
    }
}

/// The state and the signals around it.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Ticks when watches may have something to send.
    pub(super) changed: watch::Sender<()>,
    /// Ticks when a request or an Event was recorded.
    pub(super) recorded: watch::Sender<()>,
    /// Ends running watches.
    pub(super) end_watches: watch::Sender<Ending>,
    /// Watches that are running.
    pub(super) watches: watch::Sender<usize>,
}

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Self {
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
            recorded: watch::Sender::new(()),
            end_watches: watch::Sender::new(Ending::Clean),
            watches: watch::Sender::new(0),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes the watches.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.send_replace(());
        result
    }
}
