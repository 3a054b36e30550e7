//! The groups of `batch`: one for each combination of metadata values met so far, or the only one.
//!
//! A group lives as long as the processor, as in the Collector (v0.145.0); the cardinality limit bounds them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent_component::{ClientInfo, ConsumeError};
use tokio::sync::Notify;

use super::group::{Group, Rules};

/// The values of each key, in the order of the keys. Without a value is not the same as with an empty one.
type Values = Vec<Vec<String>>;

/// See the file's head.
#[derive(Debug)]
pub(super) struct Groups {
    rules: Arc<Rules>,
    /// Lower case. Without keys there is only one group.
    keys: Vec<String>,
    /// The most groups; 0 for no bound.
    limit: usize,
    /// The one group of requests that are not kept apart.
    only: Option<Arc<Group>>,
    table: Mutex<Table>,
    fresh: Notify,
}

#[derive(Debug, Default)]
struct Table {
    by_values: HashMap<Values, Arc<Group>>,
    /// Groups whose task has not been started.
    fresh: Vec<Arc<Group>>,
    closed: bool,
}

impl Groups {
    pub(super) fn new(rules: Rules, keys: &[String], limit: usize) -> Self {
        let rules = Arc::new(rules);
        let keys: Vec<String> = keys.iter().map(|key| key.to_ascii_lowercase()).collect();
        let only = keys.is_empty().then(|| Arc::new(Group::new(Arc::clone(&rules), None)));
        let table = Table { fresh: only.iter().cloned().collect(), ..Table::default() };
        Self { rules, keys, limit, only, table: Mutex::new(table), fresh: Notify::new() }
    }

    /// The group that a client's data belongs to.
    pub(super) fn of(&self, client: Option<&ClientInfo>) -> Result<Arc<Group>, ConsumeError> {
        if let Some(only) = &self.only {
            return Ok(Arc::clone(only));
        }
        let values = self.values(client);
        let mut table = self.lock();
        if let Some(group) = table.by_values.get(&values) {
            return Ok(Arc::clone(group));
        }
        if table.closed {
            return Err(ConsumeError::retryable("the batch processor has stopped").by(&self.rules.id));
        }
        if self.limit != 0 && table.by_values.len() >= self.limit {
            let error = ConsumeError::permanent("too many batcher metadata-value combinations");
            return Err(error.by(&self.rules.id));
        }
        let group = Arc::new(Group::new(Arc::clone(&self.rules), Some(Arc::new(self.client(&values)))));
        table.fresh.push(Arc::clone(&group));
        table.by_values.insert(values, Arc::clone(&group));
        drop(table);
        self.fresh.notify_one();
        Ok(group)
    }

    /// All groups. None of them is fresh from then on.
    pub(super) fn take_all(&self) -> Vec<Arc<Group>> {
        let mut table = self.lock();
        table.fresh.clear();
        self.only.iter().chain(table.by_values.values()).cloned().collect()
    }

    /// The groups that came up since the last call.
    pub(super) fn take_fresh(&self) -> Vec<Arc<Group>> {
        std::mem::take(&mut self.lock().fresh)
    }

    /// Waits until there may be fresh groups.
    pub(super) async fn wait_fresh(&self) {
        self.fresh.notified().await;
    }

    /// From here on no new group comes up.
    pub(super) fn close(&self) {
        self.lock().closed = true;
    }

    fn values(&self, client: Option<&ClientInfo>) -> Values {
        let of = |key: &String| match client {
            Some(client) => client.metadata(key).map(str::to_owned).collect(),
            None => Vec::new(),
        };
        self.keys.iter().map(of).collect()
    }

    /// All that is left of the clients behind a group: the metadata they share.
    fn client(&self, values: &Values) -> ClientInfo {
        let pairs = self.keys.iter().zip(values);
        let metadata =
            pairs.flat_map(|(key, values)| values.iter().map(|value| (key.clone(), value.clone())));
        ClientInfo { metadata: metadata.collect(), ..ClientInfo::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing under the lock leaves it half done, so what a panicking thread left is still right.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
