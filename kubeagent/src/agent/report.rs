//! What came of a configuration, told everywhere it is asked for: the log, readiness, the status endpoint, Events, metrics.

use agent_health::{ConfigState, ConfigVersion, FailingComponent, SwapReport};
use agent_k8s::{Event, Events, Snapshot};
use agent_pipeline::{Difference, Effect, Failing, Running};
use agent_telemetry::Metrics;
use agent_telemetry::metrics::Reload;
use tracing::{error, info, warn};

/// Tells what happens to configurations.
pub(super) struct Report {
    config: ConfigState,
    metrics: Metrics,
    events: Option<Events>,
    /// Whether some configuration runs.
    runs: bool,
}

impl Report {
    pub(super) fn new(config: ConfigState, metrics: Metrics) -> Self {
        Self { config, metrics, events: None, runs: false }
    }

    /// Where Events go, once there is a cluster.
    pub(super) fn set_events(&mut self, events: Option<Events>) {
        self.events = events;
    }

    /// A configuration runs; `difference` is what a reload did, `None` at the start.
    pub(super) fn applied(&mut self, snapshot: &Snapshot, difference: Option<&Difference>) {
        self.runs = true;
        let swap = difference.map(swap_report).unwrap_or_default();
        let (origin, hash) = (&snapshot.origin, snapshot.digest);
        if difference.is_some() {
            info!(
                configuration = %origin,
                %hash,
                started = swap.started.join(", "),
                changed = swap.changed.join(", "),
                stopped = swap.stopped.join(", "),
                kept = swap.kept.len(),
                "configuration reloaded"
            );
        } else {
            info!(configuration = %origin, %hash, "Everything is ready. Begin running and processing data.");
        }
        let hash = hash.to_string();
        let same = difference.is_some_and(Difference::is_empty);
        self.metrics.reloaded(if same { Reload::Unchanged } else { Reload::Applied(&hash) });
        self.publish(Event::applied(format!("{origin} runs, hash {hash}{}", in_words(&swap))));
        self.config.applied(version(snapshot), swap);
    }

    /// A configuration is not used, and why.
    pub(super) fn refused(&mut self, snapshot: &Snapshot, reason: &str, reload: Reload<'_>) {
        self.tell_refusal(reason);
        self.metrics.reloaded(reload);
        self.publish(Event::rejected(agent_telemetry::redact(reason)));
        self.config.refused(Some(version(snapshot)), reason);
    }

    /// No configuration could be read, and why.
    pub(super) fn unreadable(&mut self, reason: &str) {
        if self.runs {
            warn!("the configuration could not be read and the last one keeps running: {reason}");
        } else {
            self.tell_refusal(reason);
        }
        self.metrics.reloaded(Reload::Failed);
        self.publish(Event::rejected(agent_telemetry::redact(reason)));
        self.config.refused(None, reason);
    }

    /// What still drains, and which components do not run as they should.
    pub(super) fn state_of(&self, running: Option<&Running>) {
        self.config.set_draining(running.map_or(0, Running::draining));
        self.config
            .set_failing(running.map(Running::failing).unwrap_or_default().into_iter().map(told).collect());
    }

    fn publish(&self, event: Event) {
        if let Some(events) = &self.events {
            events.publish(event);
        }
    }

    fn tell_refusal(&self, reason: &str) {
        if self.runs {
            error!("the new configuration is refused and the last one keeps running: {reason}");
        } else {
            error!("agent could not be started with current config: {reason}");
        }
    }
}

fn told(failing: Failing) -> FailingComponent {
    FailingComponent {
        component: failing.component,
        reason: failing.reason,
        restarts: failing.restarts,
        failing_for_seconds: failing.failing_for.as_secs(),
        down: failing.is_down,
        lost: failing.is_lost,
    }
}

fn version(snapshot: &Snapshot) -> ConfigVersion {
    ConfigVersion { hash: snapshot.digest.to_string(), origin: snapshot.origin.to_string() }
}

/// What a swap did, for the end of a sentence.
fn in_words(swap: &SwapReport) -> String {
    let lists = [("started", &swap.started), ("changed", &swap.changed), ("stopped", &swap.stopped)];
    let told = lists.iter().filter(|(_, list)| !list.is_empty());
    let told: Vec<String> = told.map(|(word, list)| format!("; {word}: {}", list.join(", "))).collect();
    told.concat()
}

fn swap_report(difference: &Difference) -> SwapReport {
    let list = |effect| difference.components(effect).collect();
    SwapReport {
        started: list(Effect::Start),
        changed: list(Effect::Change),
        stopped: list(Effect::Stop),
        kept: list(Effect::Keep),
    }
}
