//! The document in a `ConfigMap`: the API first, the mounted copy while the API cannot be read.
//!
//! Only what the documented Role allows is asked for: get of the one name, and list and watch with a field selector on it.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::List;
use k8s_openapi::api::core::v1::ConfigMap;

use super::memory::Memory;
use super::{Digest, FileSource, Origin, ReadError, Snapshot, TEXT_LIMIT};
use crate::call::{Api, CallError};
use crate::client::Connection;
use crate::text::escaped;

/// Answers above this are refused: a `ConfigMap` of 1 MiB can be several times that as JSON.
pub(super) const ANSWER_LIMIT: usize = 8 << 20;

/// A call takes at most this long, connecting included.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the server is asked to keep one watch open.
const WATCH_TIMEOUT: Duration = Duration::from_mins(5);

/// A watch that the server has not ended this long after it should have is dead.
const WATCH_GRACE: Duration = Duration::from_secs(15);

/// Reads the document from a `ConfigMap`. Clones share what has been read.
#[derive(Debug, Clone)]
pub struct ConfigMapSource {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    api: Api,
    /// How long a watch is open, and how long after that it counts as dead.
    watch: (Duration, Duration),
    namespace: String,
    name: String,
    key: String,
    mounted: Option<FileSource>,
    memory: Mutex<Memory>,
}

impl ConfigMapSource {
    /// The document under `key` of the `ConfigMap` `name` in `namespace`.
    pub fn new(connection: Connection, namespace: &str, name: &str, key: &str) -> Self {
        Self {
            inner: Arc::new(Inner {
                api: Api::new(connection, CALL_TIMEOUT),
                watch: (WATCH_TIMEOUT, WATCH_GRACE),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                key: key.to_owned(),
                mounted: None,
                memory: Mutex::default(),
            }),
        }
    }

    /// Namespace of the `ConfigMap`.
    pub fn namespace(&self) -> &str {
        &self.inner.namespace
    }

    /// Name of the `ConfigMap`.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// `metadata.uid` of the `ConfigMap`, once it has been read.
    pub fn uid(&self) -> Option<String> {
        self.memory().uid.clone()
    }

    /// The same, with the mounted copy `<dir>/<key>` for when the API cannot be read.
    #[must_use]
    pub fn with_mounted(self, dir: &Path) -> Self {
        let mounted = Some(FileSource::new(dir, &self.inner.key));
        self.rebuilt(|inner| Inner { mounted, ..inner })
    }

    /// The same, with another bound on the time of one call than 10 s.
    #[must_use]
    pub fn with_call_timeout(self, timeout: Duration) -> Self {
        self.rebuilt(|inner| Inner { api: inner.api.with_timeout(timeout), ..inner })
    }

    /// The same, with watches that the server is asked to end after `timeout` (5 minutes otherwise, whole seconds), and that
    /// are given up when they are silent for `grace` where they should not be (15 s).
    #[must_use]
    pub fn with_watch_timeout(self, timeout: Duration, grace: Duration) -> Self {
        self.rebuilt(|inner| Inner { watch: (timeout.max(Duration::from_secs(1)), grace), ..inner })
    }

    fn rebuilt(self, change: impl FnOnce(Inner) -> Inner) -> Self {
        let inner = match Arc::try_unwrap(self.inner) {
            Ok(inner) => inner,
            // Shared already: the copy starts without memory.
            Err(shared) => Inner {
                api: shared.api.clone(),
                watch: shared.watch,
                namespace: shared.namespace.clone(),
                name: shared.name.clone(),
                key: shared.key.clone(),
                mounted: shared.mounted.clone(),
                memory: Mutex::default(),
            },
        };
        Self { inner: Arc::new(change(inner)) }
    }

    /// How long a watch is open, and how long after that it counts as dead.
    pub(super) fn watch_times(&self) -> (Duration, Duration) {
        self.inner.watch
    }

    /// The mounted copy.
    pub(super) fn mounted(&self) -> Option<&FileSource> {
        self.inner.mounted.as_ref()
    }

    /// Reads the document once, from the API or, while that cannot be read, from what stands in for it.
    ///
    /// # Errors
    ///
    /// What the API said when it could be asked; [`ReadError::Neither`] when nothing could stand in.
    pub async fn read(&self) -> Result<Snapshot, ReadError> {
        let turn = self.memory().turn();
        match self.get().await {
            Ok(object) => self.learn(turn, Some(&object)).await,
            Err(api) if api.api_is_unreadable() => self.stand_in(api).await,
            Err(ReadError::NotFound { .. }) => self.learn(turn, None).await,
            Err(error) => Err(error),
        }
    }

    /// Reads what stands in, without asking the API again if it could not be read the last time.
    pub(super) async fn read_stand_in(&self) -> Result<Snapshot, ReadError> {
        let down = self.memory().down().cloned();
        match down {
            Some(api) => self.stand_in(api).await,
            None => self.read().await,
        }
    }

    async fn get(&self) -> Result<ConfigMap, ReadError> {
        let path = format!("{}/{}", self.collection(), escaped(&self.inner.name));
        let body = self.inner.api.get(&path, ANSWER_LIMIT).await;
        body.and_then(|body| decode(&body)).map_err(|error| self.error(error, "get"))
    }

    /// Lists the one name: what it holds now, and the resource version to watch from.
    pub(super) async fn list(&self) -> Result<(Result<Snapshot, ReadError>, String), ReadError> {
        let turn = self.memory().turn();
        let path = format!("{}?{}", self.collection(), self.selector());
        let body = self.inner.api.get(&path, ANSWER_LIMIT).await;
        let list: List<ConfigMap> =
            body.and_then(|body| decode(&body)).map_err(|error| self.error(error, "list"))?;
        let version = list.metadata.resource_version.unwrap_or_default();
        Ok((self.learn(turn, list.items.first()).await, version))
    }

    /// Opens a watch of the one name after `version`.
    pub(super) async fn watch(
        &self,
        version: &str,
        timeout: Duration,
    ) -> Result<kube::client::Body, ReadError> {
        let path = format!(
            "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}&{}",
            self.collection(),
            timeout.as_secs(),
            escaped(version),
            self.selector()
        );
        self.inner.api.open(&path).await.map_err(|error| self.error(error, "watch"))
    }

    /// Takes what a watch says (`None`: deleted); nothing if it is older than what has been read.
    pub(super) fn hear(&self, object: &ConfigMap, deleted: bool) -> Option<Result<Snapshot, ReadError>> {
        let version = object.metadata.resource_version.as_deref().unwrap_or_default();
        let mut memory = self.memory();
        if memory.is_behind(version) {
            return None;
        }
        memory.uid.clone_from(&object.metadata.uid);
        let result = if deleted { Err(self.not_found()) } else { self.snapshot(object) };
        memory.hear(version, result.clone());
        Some(result)
    }

    /// Remembers what a read that began at `turn` found (`None`: no such `ConfigMap`), and returns what counts.
    async fn learn(&self, turn: u64, object: Option<&ConfigMap>) -> Result<Snapshot, ReadError> {
        let mounted = self.mounted_now().await;
        let result = object.map_or_else(|| Err(self.not_found()), |object| self.snapshot(object));
        let version =
            object.and_then(|object| object.metadata.resource_version.as_deref()).unwrap_or_default();
        let mut memory = self.memory();
        if memory.is_down(None) {
            tracing::info!("configuration can be read from the API again");
        }
        if let Some(object) = object {
            memory.uid.clone_from(&object.metadata.uid);
        }
        memory.learn(turn, version, result, mounted)
    }

    async fn stand_in(&self, api: ReadError) -> Result<Snapshot, ReadError> {
        if self.memory().is_down(Some(&api)) {
            tracing::warn!(error = %api, "configuration cannot be read from the API");
        }
        match &self.inner.mounted {
            Some(mounted) => {
                let file = mounted.read().await;
                self.memory().stand_in(file, api)
            }
            None => Err(api),
        }
    }

    async fn mounted_now(&self) -> Option<Digest> {
        match &self.inner.mounted {
            Some(mounted) => mounted.read().await.ok().map(|snapshot| snapshot.digest),
            None => None,
        }
    }

    fn snapshot(&self, object: &ConfigMap) -> Result<Snapshot, ReadError> {
        let Inner { namespace, name, key, .. } = &*self.inner;
        let Some(text) = object.data.as_ref().and_then(|data| data.get(key)) else {
            let text_keys = object.data.iter().flatten().map(|(key, _)| key.clone());
            let binary_keys = object.binary_data.iter().flatten().map(|(key, _)| format!("{key} (binary)"));
            let keys = text_keys.chain(binary_keys).collect();
            let (namespace, name, key) = (namespace.clone(), name.clone(), key.clone());
            return Err(ReadError::MissingKey { namespace, name, key, keys });
        };
        if text.len() > TEXT_LIMIT {
            return Err(ReadError::TooLarge { limit: TEXT_LIMIT });
        }
        let origin = Origin::ConfigMap {
            namespace: namespace.clone(),
            name: name.clone(),
            key: key.clone(),
            resource_version: object.metadata.resource_version.clone().unwrap_or_default(),
        };
        Ok(Snapshot::new(text.clone(), origin))
    }

    fn not_found(&self) -> ReadError {
        ReadError::NotFound { namespace: self.inner.namespace.clone(), name: self.inner.name.clone() }
    }

    fn error(&self, error: CallError, verb: &'static str) -> ReadError {
        ReadError::of(error, verb, self.inner.api.server(), &self.inner.namespace, &self.inner.name)
    }

    fn collection(&self) -> String {
        format!("/api/v1/namespaces/{}/configmaps", escaped(&self.inner.namespace))
    }

    fn selector(&self) -> String {
        format!("fieldSelector=metadata.name%3D{}", escaped(&self.inner.name))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.inner.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decode<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, CallError> {
    serde_json::from_slice(body).map_err(|error| CallError::Malformed(error.to_string()))
}
