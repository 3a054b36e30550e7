//! Applying a configuration: all of it or nothing.

use std::time::Duration;

use agent_component::Life;
use agent_config::document::{LogLevelName, LogsTelemetry, ServiceTelemetry};
use agent_k8s::Snapshot;
use agent_pipeline::{Difference, GraphError};
use agent_telemetry::metrics::{Change, Reload};
use agent_telemetry::{LogHandle, Sampling, chain};
use tokio::time::Instant;
use tracing::{Level, warn};

use super::{Agent, Waiting};
use crate::document::{Judged, in_one_line, judge};

/// Why a configuration does not run.
enum Refusal {
    /// The text is to blame; it stays bad.
    Document(String),
    /// A port, a file, a certificate is to blame; that may pass.
    World(String),
}

impl Agent {
    /// Runs the configuration of `snapshot` instead of what runs now, or says why not and leaves that alone.
    pub(super) async fn apply(&mut self, snapshot: Snapshot, life: &Life) {
        if let Some(trouble) = &snapshot.instead_of {
            warn!(configuration = %snapshot.origin, "the mounted file is used instead of the API: {}", chain(&**trouble));
        }
        self.attempt(snapshot, life, None).await;
    }

    /// Tries a configuration again that only the world kept from starting (a port that was taken, a file that was missing),
    /// if its time has come by `now`. The same reason is not told twice.
    pub(super) async fn try_again(&mut self, life: &Life, now: Instant) {
        if let Some(Waiting { snapshot, reason, .. }) = self.waiting.take_if(|waiting| waiting.due <= now) {
            self.attempt(snapshot, life, Some(reason)).await;
        }
    }

    /// One try; `told` is the reason that was given for the one before it.
    async fn attempt(&mut self, snapshot: Snapshot, life: &Life, told: Option<String>) {
        self.waiting = None;
        let (reason, reload) = match self.start(&snapshot.text, life).await {
            Ok(difference) => return self.report.applied(&snapshot, difference.as_ref()),
            Err(Refusal::Document(reason)) => (reason, Reload::Rejected),
            Err(Refusal::World(reason)) => (reason, Reload::Failed),
        };
        if told.as_ref() != Some(&reason) {
            self.report.refused(&snapshot, &reason, reload);
        }
        // A text that failed for the world's sake before may only look bad, as a file it refers to is gone.
        if reload == Reload::Failed || told.is_some() {
            // With nothing running every moment counts; an older configuration can go on for a while.
            let wait = if self.running.is_some() { self.patience } else { Duration::ZERO };
            self.waiting = Some(Waiting { snapshot, reason, due: Instant::now() + wait });
        }
    }

    /// Starts the first graph, or exchanges what differs in the running one and says what that was.
    async fn start(&mut self, text: &str, life: &Life) -> Result<Option<Difference>, Refusal> {
        let judged = judge(text, &*self.host.environment);
        let Judged { document, plan, warnings } =
            judged.map_err(|issues| Refusal::Document(in_one_line(&issues)))?;
        let world = |error: GraphError| Refusal::World(error.to_string());
        let change = self.readers(&document.service.telemetry)?;
        let difference = match &mut self.running {
            Some(running) => Some(running.swap(&plan, &self.host).await.map_err(world)?),
            none @ None => {
                let graph = plan.build(&self.host).map_err(world)?;
                *none = Some(graph.start(life).await.map_err(world)?);
                None
            }
        };
        warnings.iter().for_each(|warning| warn!("{warning}"));
        if let Some(change) = change {
            change.apply();
        }
        configure(&self.logs, &document.service.telemetry.logs);
        Ok(difference)
    }

    /// Readers of the agent's own metrics. Those that nobody asked for, the Collector's default, are no reason to refuse a
    /// configuration: on the network of a node the port may be another's.
    fn readers(&self, telemetry: &ServiceTelemetry) -> Result<Option<Change>, Refusal> {
        match self.metrics.configure(telemetry) {
            Ok(change) => Ok(Some(change)),
            Err(error) if telemetry.metrics.readers.is_some() => {
                Err(Refusal::World(chain(&error).to_string()))
            }
            Err(error) => {
                warn!("the agent's own metrics are not served: {}", chain(&error));
                Ok(None)
            }
        }
    }
}

/// `service::telemetry::logs`. The default level there is no wish, so that `KM_LOG_LEVEL` keeps its meaning.
fn configure(logs: &LogHandle, settings: &LogsTelemetry) {
    match settings.level {
        LogLevelName::Info => logs.reset_level(),
        LogLevelName::Debug => logs.set_level(Level::DEBUG),
        LogLevelName::Warn => logs.set_level(Level::WARN),
        LogLevelName::Error => logs.set_level(Level::ERROR),
    }
    let sampling = &settings.sampling;
    logs.set_sampling(sampling.enabled.then(|| Sampling {
        initial: sampling.initial,
        thereafter: sampling.thereafter,
        tick: sampling.tick.to_std(),
    }));
}
