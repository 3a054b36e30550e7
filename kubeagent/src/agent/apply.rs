//! Applying a configuration: all of it or nothing.

use agent_component::Life;
use agent_config::document::{LogLevelName, LogsTelemetry};
use agent_k8s::Snapshot;
use agent_pipeline::Running;
use agent_telemetry::{LogHandle, Sampling};
use tracing::{Level, error, info, warn};

use super::Agent;
use crate::document::{Judged, in_one_line, judge};

impl Agent {
    /// Runs the configuration of `snapshot` instead of what runs now, or says why not and leaves that alone.
    pub(super) async fn apply(&mut self, snapshot: &Snapshot, life: &Life) {
        if let Some(trouble) = &snapshot.instead_of {
            warn!(configuration = %snapshot.origin, "the mounted file is used instead of the API: {}", agent_telemetry::chain(&**trouble));
        }
        match self.start(&snapshot.text, life).await {
            Ok(running) => {
                let old = self.running.replace(running);
                self.health.set_ready();
                info!(configuration = %snapshot.origin, hash = %snapshot.digest, "Everything is ready. Begin running and processing data.");
                if let Some(old) = old {
                    old.stop(self.grace).await;
                }
            }
            Err(reason) => self.refuse(&reason),
        }
    }

    /// Says that no configuration could be read.
    pub(super) fn unreadable(&self, reason: &str) {
        if self.running.is_some() {
            warn!("the configuration could not be read and the last one keeps running: {reason}");
        } else {
            self.refuse(reason);
        }
    }

    fn refuse(&self, reason: &str) {
        if self.running.is_some() {
            error!("the new configuration is refused and the last one keeps running: {reason}");
            self.health.set_refused(reason);
        } else {
            error!("agent could not be started with current config: {reason}");
            self.health.set_not_ready(reason);
        }
    }

    async fn start(&self, text: &str, life: &Life) -> Result<Running, String> {
        let judged = judge(text, &*self.host.environment).map_err(|issues| in_one_line(&issues))?;
        let Judged { document, plan, warnings } = judged;
        let graph = plan.build(&self.host).map_err(|error| error.to_string())?;
        let running = graph.start(life).await.map_err(|error| error.to_string())?;
        warnings.iter().for_each(|warning| warn!("{warning}"));
        configure(&self.logs, &document.service.telemetry.logs);
        Ok(running)
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
