//! Watches: the change stream of a scope as JSON lines.
//!
//! A watch of a resource version that history no longer covers is answered 410, as an `ERROR` event in a 200 stream (what
//! a real server does most of the time) or as an HTTP status, as the test asked for.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, header};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::access::Access;
use super::route::Query;
use super::selector::Selector;
use super::state::{Ending, Shared};
use super::status::Status;
use super::store::Store;
use crate::listen::{Body, Tasks, full, pieces};

/// How long a watch runs when the client does not say, or says zero.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(30);

struct Watch {
    shared: Arc<Shared>,
    namespace: Option<String>,
    selector: Selector,
    bookmarks: bool,
    deadline: Instant,
    /// Changes up to here have been sent.
    cursor: u64,
    bookmarks_sent: u64,
}

/// Starts a watch and answers with its stream.
pub(super) fn start(shared: Arc<Shared>, tasks: &Tasks, access: Access, query: &Query) -> Response<Body> {
    let state = shared.lock();
    let now = state.store.revision();
    let asked = query.resource_version.as_deref().unwrap_or("0");
    let Ok(asked) = asked.parse::<u64>() else {
        return Status::bad_request(format!("invalid resource version: {asked}")).response();
    };
    if asked != 0 && asked < state.store.oldest() {
        let expired = Status::expired(asked, state.store.oldest());
        if state.gone_as_http {
            return expired.response();
        }
        return stream_of(full(line("ERROR", &expired.json())));
    }
    // Without a version the watch begins with what is there, as if it had just been added.
    let first: Vec<Bytes> = if asked == 0 {
        let existing = state.store.list(access.namespace.as_deref());
        existing
            .filter(|object| access.selector.selects(object))
            .map(|object| line("ADDED", object))
            .collect()
    } else {
        Vec::new()
    };
    let bookmarks_sent = state.bookmarks;
    drop(state);
    let timeout = query.timeout_seconds.filter(|seconds| *seconds > 0);
    let timeout = timeout.map_or(DEFAULT_TIMEOUT, Duration::from_secs);
    let watch = Watch {
        shared,
        namespace: access.namespace,
        selector: access.selector,
        bookmarks: query.bookmarks,
        deadline: Instant::now() + timeout,
        cursor: if asked == 0 { now } else { asked },
        bookmarks_sent,
    };
    let (sender, body) = pieces();
    tasks.spawn(watch.run(sender, first));
    stream_of(body)
}

fn stream_of(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn line(kind: &str, object: &Value) -> Bytes {
    let mut line = json!({"type": kind, "object": object}).to_string();
    line.push('\n');
    line.into()
}

/// Counts a running watch for as long as it lives.
struct Counted(Arc<Shared>);

impl Counted {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.watches.send_modify(|count| *count += 1);
        Self(Arc::clone(shared))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.watches.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Watch {
    async fn run(mut self, sender: mpsc::Sender<Result<Bytes, std::io::Error>>, first: Vec<Bytes>) {
        let mut changed = self.shared.changed.subscribe();
        let mut end = self.shared.end_watches.subscribe();
        let _counted = Counted::new(&self.shared);
        let mut lines = first;
        loop {
            lines.extend(self.pending());
            for line in lines.drain(..) {
                if sender.send(Ok(line)).await.is_err() {
                    return;
                }
            }
            tokio::select! {
                () = sender.closed() => return,
                ticked = changed.changed() => if ticked.is_err() { return },
                ended = end.changed() => {
                    if ended.is_ok() && *end.borrow() == Ending::Broken {
                        let broken = std::io::Error::other("watch broken on purpose");
                        let _ = sender.send(Err(broken)).await;
                    }
                    return;
                }
                () = tokio::time::sleep_until(self.deadline) => {
                    let (last, silent) = {
                        let state = self.shared.lock();
                        (state.store.revision(), state.silent_watches)
                    };
                    if silent {
                        self.deadline = Instant::now() + DEFAULT_TIMEOUT;
                        continue;
                    }
                    if self.bookmarks {
                        let _ = sender.send(Ok(bookmark(last))).await;
                    }
                    return;
                }
            }
        }
    }

    fn pending(&mut self) -> Vec<Bytes> {
        let state = self.shared.lock();
        if state.silent_watches {
            return Vec::new();
        }
        let mut lines: Vec<Bytes> =
            changes(&state.store, self.cursor, self.namespace.as_deref(), &self.selector);
        self.cursor = state.store.revision();
        if self.bookmarks && state.bookmarks > self.bookmarks_sent {
            lines.push(bookmark(self.cursor));
        }
        self.bookmarks_sent = state.bookmarks;
        lines
    }
}

fn changes(store: &Store, after: u64, namespace: Option<&str>, selector: &Selector) -> Vec<Bytes> {
    store
        .since(after)
        .filter(|change| namespace.is_none_or(|n| n == change.namespace) && selector.selects(&change.object))
        .map(|change| line(change.kind, &change.object))
        .collect()
}

fn bookmark(revision: u64) -> Bytes {
    let metadata = json!({"resourceVersion": revision.to_string(), "creationTimestamp": null});
    line("BOOKMARK", &json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata}))
}
