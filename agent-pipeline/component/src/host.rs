//! What a component may ask of the process it lives in.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use agent_config::{ComponentId, Environment, PipelineId};

use crate::{HealthEndpoints, Listeners, Memory, NoHealthEndpoints, Shared, Storages};

/// Who we are, for user agents and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    /// Version of the agent, `0.1.0`.
    pub version: &'static str,
    /// Commit it was built from, `none` when unknown.
    pub commit: &'static str,
}

/// The process as its components see it. One value for the life of the process, over all graphs.
#[derive(Clone)]
pub struct Host {
    /// Version and commit.
    pub build: BuildInfo,
    /// The environment: proxies, and what components document as read from it.
    pub environment: Arc<dyn Environment>,
    /// Listening sockets that outlive a graph.
    pub listeners: Listeners,
    /// The memory of the process: what brings data in asks before it holds it.
    pub memory: Memory,
    /// What else outlives a graph.
    pub shared: Shared,
    /// Places on disk that extensions provide.
    pub storages: Storages,
    /// Where the `health_check` extension is served.
    pub health: Arc<dyn HealthEndpoints>,
    /// Where queues and positions may be kept.
    pub state_dir: Option<PathBuf>,
    /// For how long what listens goes on accepting after it was asked to stop, if it has clients: those who have not heard
    /// yet that this process ends must not meet a closed port. Zero when nobody finds the process by its address.
    pub lame_duck: Duration,
}

impl Host {
    /// A host without health server or state directory.
    pub fn new(build: BuildInfo, environment: Arc<dyn Environment>) -> Self {
        Self {
            build,
            environment,
            listeners: Listeners::default(),
            memory: Memory::of_process(),
            shared: Shared::default(),
            storages: Storages::default(),
            health: Arc::new(NoHealthEndpoints),
            state_dir: None,
            lame_duck: Duration::ZERO,
        }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The environment holds secrets and is left out.
        f.debug_struct("Host")
            .field("build", &self.build)
            .field("state_dir", &self.state_dir)
            .finish_non_exhaustive()
    }
}

/// What a component is told while it is built.
#[derive(Clone, Debug)]
pub struct BuildContext {
    /// Its id, for logs and errors.
    pub id: ComponentId,
    /// The pipeline it is built for; `None` for components that several pipelines share.
    pub pipeline: Option<PipelineId>,
    /// The process.
    pub host: Arc<Host>,
}
