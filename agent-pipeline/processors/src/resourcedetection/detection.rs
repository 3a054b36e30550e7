//! Asking the detectors, and joining what they found.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use agent_config::{ComponentId, Environment};
use agent_otlp::AnyValue;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout_at};

use super::Config;
use super::env;
use super::system::System;

/// The first pause before a detector is asked again; each further one is twice as long.
const PAUSE: Duration = Duration::from_secs(1);

/// The detectors there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Env,
    System,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Detected {
    pub(super) attributes: Vec<(Cow<'static, str>, AnyValue<'static>)>,
    /// The schema that the names of the attributes are from; empty for none.
    pub(super) schema_url: &'static str,
}

/// Why nothing was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It may work a moment later.
    Passing(String),
    /// It is as it is.
    Lasting(String),
}

/// A detector, ready to be asked.
#[derive(Debug)]
pub(super) struct Detector {
    kind: Kind,
    source: Source,
}

enum Source {
    Env(Arc<dyn Environment>),
    System(System),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The environment holds secrets and is left out.
        f.write_str("Source")
    }
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Env, Self::System];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::System => "system",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Detector {
    pub(super) fn new(kind: Kind, config: &Config, environment: &Arc<dyn Environment>) -> Self {
        let source = match kind {
            Kind::Env => Source::Env(Arc::clone(environment)),
            Kind::System => Source::System(System::new(&config.system)),
        };
        Self { kind, source }
    }

    #[cfg(test)]
    pub(super) fn of_system(system: System) -> Self {
        Self { kind: Kind::System, source: Source::System(system) }
    }

    async fn ask(&self, deadline: Instant) -> Result<Detected, Failure> {
        match &self.source {
            Source::Env(environment) => env::detect(&**environment).map_err(Failure::Lasting),
            Source::System(system) => system.detect(deadline).await.map_err(Failure::Passing),
        }
    }

    /// Asks until there is an answer, or no time for another try.
    async fn ask_until(&self, deadline: Instant, id: &ComponentId) -> Result<Detected, String> {
        let mut pause = PAUSE;
        loop {
            let text = match timeout_at(deadline, self.ask(deadline)).await {
                Ok(Ok(detected)) => return Ok(detected),
                Ok(Err(Failure::Lasting(text))) => return Err(text),
                Ok(Err(Failure::Passing(text))) => text,
                Err(_) => return Err("no answer within the timeout".to_owned()),
            };
            if Instant::now() + pause >= deadline {
                return Err(text);
            }
            tracing::warn!(component = %id, detector = self.kind.name(), "failed to detect resource: {text}");
            sleep(pause).await;
            pause *= 2;
        }
    }
}

/// Asks all detectors at once, for at most `timeout`, and joins what they found.
///
/// # Errors
/// What the detectors say that found nothing.
pub(super) async fn detect(
    detectors: &[Detector],
    timeout: Duration,
    id: &ComponentId,
) -> Result<Detected, String> {
    let deadline = Instant::now() + timeout;
    let answers = join_all(detectors.iter().map(|detector| detector.ask_until(deadline, id))).await;
    let mut joined = Detected::default();
    let mut failures = Vec::new();
    for (detector, answer) in detectors.iter().zip(answers) {
        match answer {
            Ok(detected) => joined.add(detected),
            Err(text) => failures.push(format!("detector {}: {text}", detector.kind.name())),
        }
    }
    if failures.is_empty() { Ok(joined) } else { Err(failures.join("; ")) }
}

impl Detected {
    /// Adds what is not there.
    fn add(&mut self, other: Self) {
        for (key, value) in other.attributes {
            if !self.attributes.iter().any(|(known, _)| *known == key) {
                self.attributes.push((key, value));
            }
        }
        if self.schema_url.is_empty() {
            self.schema_url = other.schema_url;
        }
    }
}
