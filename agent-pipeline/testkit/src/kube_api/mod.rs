//! A small, real Kubernetes API server: HTTPS, bearer tokens, RBAC, `ConfigMaps` with watches, Events.
//!
//! Not a cluster: no admission, no other kinds, no anonymous access, no lists in pieces. What it has it answers as a real
//! server does, `Status` bodies and wording included, because that is what an agent's errors are made of. A process finds it through
//! [`Server::write_kubeconfig`], or through a service account directory where the process lets one be named.

mod access;
mod answer;
mod events;
mod files;
mod route;
mod selector;
mod state;
mod status;
mod store;
#[cfg(test)]
mod tests;
mod watch;
mod write;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;

pub use self::access::Rule;
pub use self::state::{Fault, Request};

use self::state::{Ending, Shared, State};
use crate::Error;
use crate::listen::{Listener, Tasks};
use crate::tls::Authority;

/// Who the server's own token belongs to, and what that account may do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Namespace of the service account.
    pub namespace: String,
    /// Name of the service account.
    pub service_account: String,
    /// What it may do.
    pub rules: Vec<Rule>,
}

impl Default for Options {
    /// The documented account: `kubeagent` in `kloudmate`, allowed to read the `ConfigMap` `kmagent-config` there.
    fn default() -> Self {
        Self {
            namespace: "kloudmate".to_owned(),
            service_account: "kubeagent".to_owned(),
            rules: vec![Rule::read_config_map("kloudmate", "kmagent-config")],
        }
    }
}

/// A running API server; dropping it stops it.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    listener: Listener,
    ca_pem: String,
    namespace: String,
    user: String,
    token: std::sync::Mutex<String>,
    admin_token: String,
}

impl Server {
    /// Starts a server with the documented account and no `ConfigMaps`.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(Options::default()).await
    }

    /// Starts a server for another account.
    pub async fn start_with(options: Options) -> Result<Self, Error> {
        let authority = Authority::new()?;
        let tls = authority.server()?.server_config(&["h2", "http/1.1"], None)?;
        let user = format!("system:serviceaccount:{}:{}", options.namespace, options.service_account);
        let shared = Arc::new(Shared::new(State::new(options.rules)));
        let tasks = Tasks::default();
        let (state, running) = (Arc::clone(&shared), tasks.clone());
        let service = move |request| answer::respond(Arc::clone(&state), running.clone(), request);
        let listener = Listener::start(Some(tls), tasks, service).await?;
        let admin_token = format!("admin-token-{}", listener.address().port());
        shared.lock().tokens.insert(admin_token.clone(), answer::ADMINISTRATOR.to_owned());
        let server = Self {
            shared,
            listener,
            ca_pem: authority.certificate_pem(),
            namespace: options.namespace,
            user,
            token: std::sync::Mutex::default(),
            admin_token,
        };
        server.rotate_token();
        Ok(server)
    }

    /// Stops the server and waits until no task of it is left.
    pub async fn shutdown(self) {
        self.listener.finish().await;
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("https://{}", self.address())
    }

    /// Creates or replaces a `ConfigMap` and returns the resource version. The same content changes nothing.
    pub fn put_config_map(&self, namespace: &str, name: &str, data: &[(&str, &str)]) -> u64 {
        let data: BTreeMap<String, String> =
            data.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.shared.change(|state| state.store.put(namespace, name, &data))
    }

    /// Sets (or with `None` removes) one key; false if there is no such `ConfigMap`.
    pub fn patch_config_map(&self, namespace: &str, name: &str, key: &str, value: Option<&str>) -> bool {
        self.shared.change(|state| state.store.patch(namespace, name, key, value))
    }

    /// Deletes a `ConfigMap`; false if there is none.
    pub fn delete_config_map(&self, namespace: &str, name: &str) -> bool {
        self.shared.change(|state| state.store.delete(namespace, name))
    }

    /// Replaces what the account may do. Watches that run go on, as they do in a real server.
    pub fn set_rules(&self, rules: Vec<Rule>) {
        self.shared.lock().rules = rules;
    }

    /// Revokes the account's token and issues a new one, which is returned.
    pub fn rotate_token(&self) -> String {
        let mut current = self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut state = self.shared.lock();
        state.issued += 1;
        let token = format!("test-token-{}-{}", self.address().port(), state.issued);
        state.tokens.remove(current.as_str());
        state.tokens.insert(token.clone(), self.user.clone());
        current.clone_from(&token);
        token
    }

    /// Revokes the account's token without issuing another.
    pub fn revoke_token(&self) {
        let current = self.token();
        self.shared.lock().tokens.remove(&current);
    }

    /// The account's token.
    pub fn token(&self) -> String {
        self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// A token that may do everything, `ConfigMaps` created, updated, patched and deleted over HTTP included. It is for
    /// whoever plays with the server from outside; nothing writes it into a file.
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// The next `count` requests meet `fault`, whatever they ask for.
    pub fn fail(&self, count: usize, fault: Fault) {
        self.shared.lock().plan(None, count, fault);
    }

    /// The next `count` requests with this verb (`get`, `list`, `watch`, `create`, `patch`) meet `fault`.
    pub fn fail_verb(&self, verb: &str, count: usize, fault: Fault) {
        self.shared.lock().plan(Some(verb), count, fault);
    }

    /// Forgets all planned faults.
    pub fn heal(&self) {
        self.shared.lock().clear_faults();
    }

    /// Closes the port and all connections, or opens the same port again. Returns when that is so.
    pub async fn refuse_connections(&self, refuse: bool) -> Result<(), Error> {
        self.listener.refuse(refuse).await
    }

    /// Ends all running watches in good order.
    pub fn close_watches(&self) {
        self.shared.end_watches.send_replace(Ending::Clean);
    }

    /// Breaks all running watches in the middle of their response.
    pub fn break_watches(&self) {
        self.shared.end_watches.send_replace(Ending::Broken);
    }

    /// Keeps watches open, past their timeout too, but sends nothing on them; or lets them send again.
    pub fn silence_watches(&self, silent: bool) {
        self.shared.change(|state| state.silent_watches = silent);
    }

    /// Sends a bookmark on every watch that asked for bookmarks.
    pub fn send_bookmarks(&self) {
        self.shared.change(|state| state.bookmarks += 1);
    }

    /// Forgets history: a watch that resumes from before now gets 410.
    pub fn compact(&self) {
        self.shared.change(|state| state.store.compact());
    }

    /// Whether 410 is an HTTP status (true) or an `ERROR` event in the stream (false, the default).
    pub fn gone_as_http(&self, http: bool) {
        self.shared.lock().gone_as_http = http;
    }

    /// The requests so far, oldest first; the last 4096 at most.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests()
    }

    /// The Events as they are now, oldest first; the last 4096 at most.
    pub fn events(&self) -> Vec<Value> {
        self.shared.lock().events.iter().cloned().collect()
    }

    /// Waits until `enough` says so of the requests so far, and returns them.
    pub async fn wait_for_requests(&self, enough: impl Fn(&[Request]) -> bool) -> Vec<Request> {
        let mut recorded = self.shared.recorded.subscribe();
        loop {
            let requests = self.requests();
            if enough(&requests) || recorded.changed().await.is_err() {
                return requests;
            }
        }
    }

    /// Waits until `enough` says so of the Events as they are now, and returns them.
    pub async fn wait_for_events(&self, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let mut recorded = self.shared.recorded.subscribe();
        loop {
            let events = self.events();
            if enough(&events) || recorded.changed().await.is_err() {
                return events;
            }
        }
    }

    /// Forgets all Events, as a real server does after an hour.
    pub fn expire_events(&self) {
        self.shared.lock().events.clear();
    }

    /// Waits until exactly `count` watches run.
    pub async fn wait_for_watches(&self, count: usize) {
        // The sender lives in `shared`, so the wait cannot fail.
        let _ = self.shared.watches.subscribe().wait_for(|running| *running == count).await;
    }
}
