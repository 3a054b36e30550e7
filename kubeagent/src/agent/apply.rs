//! Applying a configuration: all of it or nothing.

use agent_component::Life;
use agent_config::document::{LogLevelName, LogsTelemetry};
use agent_k8s::Snapshot;
use agent_pipeline::{Difference, Effect, GraphError};
use agent_telemetry::{LogHandle, Sampling};
use tracing::{Level, error, info, warn};

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
            warn!(configuration = %snapshot.origin, "the mounted file is used instead of the API: {}", agent_telemetry::chain(&**trouble));
        }
        self.attempt(snapshot, life, None).await;
    }

    /// Tries a configuration again that only the world kept from starting: a port that was taken, a file that was
    /// missing. The same reason is not told twice.
    pub(super) async fn try_again(&mut self, life: &Life) {
        if let Some(Waiting { snapshot, reason }) = self.waiting.take() {
            self.attempt(snapshot, life, Some(reason)).await;
        }
    }

    /// One try; `told` is the reason that was given for the one before it.
    async fn attempt(&mut self, snapshot: Snapshot, life: &Life, told: Option<String>) {
        self.waiting = None;
        let (reason, may_pass) = match self.start(&snapshot.text, life).await {
            Ok(difference) => return self.runs(&snapshot, difference.as_ref()),
            Err(Refusal::Document(reason)) => (reason, told.is_some()),
            Err(Refusal::World(reason)) => (reason, self.running.is_none()),
        };
        if told.as_ref() != Some(&reason) {
            self.refuse(&reason);
        }
        if may_pass {
            self.waiting = Some(Waiting { snapshot, reason });
        }
    }

    /// Says what runs now; `difference` is what a reload did, `None` at the start.
    fn runs(&mut self, snapshot: &Snapshot, difference: Option<&Difference>) {
        self.health.set_ready();
        let (origin, hash) = (&snapshot.origin, snapshot.digest);
        let Some(difference) = difference else {
            info!(configuration = %origin, %hash, "Everything is ready. Begin running and processing data.");
            return;
        };
        let list = |effect| difference.components(effect).collect::<Vec<_>>().join(", ");
        info!(
            configuration = %origin,
            %hash,
            started = list(Effect::Start),
            changed = list(Effect::Change),
            stopped = list(Effect::Stop),
            kept = difference.components(Effect::Keep).count(),
            "configuration reloaded"
        );
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

    /// Starts the first graph, or exchanges what differs in the running one and says what that was.
    async fn start(&mut self, text: &str, life: &Life) -> Result<Option<Difference>, Refusal> {
        let judged = judge(text, &*self.host.environment);
        let Judged { document, plan, warnings } =
            judged.map_err(|issues| Refusal::Document(in_one_line(&issues)))?;
        let world = |error: GraphError| Refusal::World(error.to_string());
        let difference = match &mut self.running {
            Some(running) => Some(running.swap(&plan, &self.host).await.map_err(world)?),
            none @ None => {
                let graph = plan.build(&self.host).map_err(world)?;
                *none = Some(graph.start(life).await.map_err(world)?);
                None
            }
        };
        warnings.iter().for_each(|warning| warn!("{warning}"));
        configure(&self.logs, &document.service.telemetry.logs);
        Ok(difference)
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
