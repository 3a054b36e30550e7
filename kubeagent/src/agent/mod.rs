//! The agent between its first and its last configuration.
//!
//! One loop: news of the configuration, the failure of a component, or the wish to stop. A configuration that cannot
//! be used never touches what runs: it is judged, built and started beside it, and only then takes its place.

mod apply;
mod report;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use agent_component::{HealthEndpoints, Host, Life};
use agent_config::{Environment, Settings};
use agent_health::{ConfigState, Health};
use agent_k8s::{AccessReview, Changes, Events, ReadError, Snapshot};
use agent_pipeline::Running;
use agent_telemetry::{LogHandle, Metrics, chain};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use self::report::Report;
use crate::{BUILD, source, time_to_stop};

/// How often the loop shows that it lives, and how long it may be silent before liveness fails.
const BEAT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_mins(1);

/// The agent of one process.
pub(crate) struct Agent {
    host: Arc<Host>,
    health: Health,
    logs: LogHandle,
    metrics: Metrics,
    report: Report,
    grace: Duration,
    /// How long a good configuration waits for the world to let it start while an older one runs.
    patience: Duration,
    running: Option<Running>,
    /// A good configuration that the world does not let start yet.
    waiting: Option<Waiting>,
}

/// What the loop does next.
enum Turn {
    /// A component ended, or is to be started anew.
    Mend,
    Beat,
    /// Somebody wants the configuration read again.
    Asked,
    News(Box<Result<Snapshot, ReadError>>),
}

/// See [`Agent::waiting`].
struct Waiting {
    snapshot: Snapshot,
    reason: String,
    due: Instant,
}

/// The process as its components see it.
pub(crate) fn host(
    settings: &Settings,
    environment: Arc<dyn Environment>,
    health: Arc<dyn HealthEndpoints>,
) -> Host {
    let lame_duck = time_to_stop::of_lame_duck(settings.shutdown_timeout, &*environment);
    let state_dir = settings.state_dir.clone();
    Host { health, state_dir, lame_duck, ..Host::new(BUILD, environment) }
}

/// The metrics of the process: components find the same ones through their host.
pub(crate) fn metrics(host: &Host) -> Metrics {
    Metrics::clone(&host.shared.of())
}

impl Agent {
    /// An agent that runs nothing yet.
    pub(crate) fn new(
        settings: &Settings,
        host: Host,
        health: Health,
        config: ConfigState,
        logs: LogHandle,
    ) -> Self {
        let metrics = metrics(&host);
        Self {
            host: Arc::new(host),
            health,
            logs,
            report: Report::new(config, metrics.clone()),
            metrics,
            grace: time_to_stop::of_pipelines(settings.shutdown_timeout),
            patience: settings.config_check_interval,
            running: None,
            waiting: None,
        }
    }

    /// From the source of configurations to silence. Cancels `life.abort` when nothing is left to answer for.
    ///
    /// `asked` is told when somebody wants the configuration read again.
    pub(crate) async fn live(mut self, settings: &Settings, life: Life, asked: &Notify) -> ExitCode {
        let status = match source::open(settings, &*self.host.environment).await {
            Ok(opened) => {
                let deployment_mode = settings.deployment_mode.as_str();
                info!(
                    version = BUILD.version,
                    commit = BUILD.commit,
                    deploymentMode = deployment_mode,
                    "kube agent initialized"
                );
                self.report.set_events(opened.events.clone());
                let changes = opened.source.changes(settings.config_check_interval);
                let writing = written(opened.events, life.abort.clone());
                let reviewing = reviewed(opened.access, life.abort.clone());
                let living = async {
                    self.supervise(changes, &life, asked).await;
                    life.abort.cancel();
                    ExitCode::SUCCESS
                };
                tokio::join!(living, writing, reviewing).0
            }
            Err(error) => {
                error!("{}", chain(&error));
                ExitCode::FAILURE
            }
        };
        life.abort.cancel();
        status
    }

    async fn supervise(&mut self, mut changes: Changes, life: &Life, asked: &Notify) {
        let heartbeat = self.health.watch("main loop", SILENCE);
        let mut beat = tokio::time::interval(BEAT);
        let reread = changes.reread();
        loop {
            let turn = tokio::select! {
                biased;
                () = life.stop.cancelled() => break,
                () = trouble(self.running.as_ref()) => Turn::Mend,
                _ = beat.tick() => Turn::Beat,
                () = asked.notified() => Turn::Asked,
                news = changes.next() => Turn::News(Box::new(news)),
            };
            heartbeat.beat();
            if matches!(turn, Turn::Asked) {
                reread.now();
            }
            // What is being started when the end comes has touched nothing yet.
            life.stop.run_until_cancelled(self.take(turn, life)).await;
            self.report.state_of(self.running.as_ref());
        }
        self.shut_down().await;
    }

    /// Does what there is to do now.
    async fn take(&mut self, turn: Turn, life: &Life) {
        match turn {
            Turn::Mend => {
                if let Some(running) = &mut self.running {
                    running.mend().await;
                }
            }
            Turn::Beat => self.try_again(life, Instant::now()).await,
            Turn::Asked => {
                if let Some(running) = &mut self.running {
                    running.hurry_repairs();
                }
                self.try_again(life, Instant::now() + self.patience).await;
            }
            Turn::News(news) => match *news {
                Ok(snapshot) => self.apply(snapshot, life).await,
                Err(error) => self.report.unreadable(&chain(&error).to_string()),
            },
        }
    }

    async fn shut_down(&mut self) {
        self.health.shut_down();
        info!("stopping collector agent");
        if let Some(running) = self.running.take() {
            running.stop(self.grace).await;
        }
        info!("collector agent stopped");
    }
}

/// Writes Events until `over`.
async fn written(events: Option<Events>, over: CancellationToken) {
    if let Some(events) = events {
        events.run(over).await;
    }
}

/// Warns of missing permissions, beside everything else.
async fn reviewed(access: Option<AccessReview>, over: CancellationToken) {
    if let Some(access) = access {
        access.run(over).await;
    }
}

/// Waits for a component that ended on its own; for ever while nothing runs.
async fn trouble(running: Option<&Running>) {
    match running {
        Some(running) => running.trouble().await,
        None => std::future::pending().await,
    }
}
