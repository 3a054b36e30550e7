//! `file`: writes batches to files, as lines of OTLP/JSON or as length-prefixed messages, as the Collector (v0.145.0).
//!
//! Taken is what is in the buffer, as in the Collector: a crash loses what was not flushed, at most `flush_interval` of
//! data. Writing happens on the caller's time under a lock; the buffer keeps system calls rare.

mod config;
mod encode;
mod group;
mod rotate;
mod target;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildError, ConsumeError, ConsumeResult, Consumer, ExporterComponent,
    Holder, Info, Life, RunError, StartError, Telemetry,
};
use agent_config::ComponentId;
use agent_otlp::Signal;
use tokio::time::MissedTickBehavior;

pub use config::{Compression, Config, Format, GroupBy, Rotation};

use encode::Encoder;
use group::Group;
use target::{Target, Targets};

/// Flushing more often than this would only burn the processor.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// The exporter: one for all signals of an id, so that their lines never mix.
pub struct File {
    id: ComponentId,
    config: Config,
    encoder: Encoder,
    group: Option<Group>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The one file, open from `start` on; with `group_by` there is none.
    single: Option<Target>,
    grouped: Targets,
    scratch: Vec<u8>,
}

impl File {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, data: &Telemetry) -> ConsumeResult {
        let mut state = self.state();
        let State { single, grouped, scratch } = &mut *state;
        match (&self.group, single) {
            (None, Some(target)) => {
                let message = self.encoder.encode(&data.batch, scratch).map_err(ConsumeError::permanent)?;
                target.write(message).map_err(|error| self.failed(&self.config.path, &error))?;
            }
            (None, None) => return Err(ConsumeError::retryable("the file is not open").by(&self.id)),
            (Some(group), _) => {
                let (parts, without) = group.split(&data.batch);
                if without > 0 {
                    tracing::warn!(
                        component = %self.id,
                        dropped_items = without,
                        attribute = %self.config.group_by.resource_attribute,
                        "Resources without the attribute that names their file. Dropping data."
                    );
                }
                for (path, batch) in parts {
                    let message = self.encoder.encode(&batch, scratch).map_err(ConsumeError::permanent)?;
                    let written = grouped.get(&path, &self.config).and_then(|target| target.write(message));
                    written.map_err(|error| self.failed(&path, &error))?;
                }
            }
        }
        Ok(Accepted::default())
    }

    fn failed(&self, path: &str, error: &std::io::Error) -> ConsumeError {
        let error = ConsumeError::retryable(format!("cannot write {path}: {error}")).by(&self.id);
        tracing::error!(component = %self.id, error = %error.message, "Exporting failed. Rejecting data.");
        error
    }

    fn flush(&self) {
        let mut state = self.state();
        let single = state.single.as_mut().map_or(Ok(()), Target::flush);
        if let Err(error) = single.and(state.grouped.flush()) {
            tracing::error!(component = %self.id, %error, "A file cannot be written to.");
        }
    }
}

impl Consumer for File {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        let result = if data.batch.is_empty() { Ok(Accepted::default()) } else { self.write(&data) };
        if result.is_ok() {
            data.settle();
        }
        Box::pin(std::future::ready(result))
    }
}

impl Holder for File {
    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        let mut opened = Ok(());
        if self.group.is_none() {
            match Target::open(&self.config.path, &self.config, self.config.append) {
                Ok(target) => self.state().single = Some(target),
                Err(error) => {
                    let text = format!("cannot open {}: {error}", self.config.path);
                    opened = Err(StartError::new("path", text));
                }
            }
        }
        Box::pin(std::future::ready(opened))
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            let mut ticks = tokio::time::interval(self.config.flush_interval.to_std().max(SHORTEST_INTERVAL));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while let Some(Some(_)) = life.or_abort(life.stop.run_until_cancelled(ticks.tick())).await {
                self.flush();
            }
            self.flush();
            Ok(())
        })
    }
}

impl ExporterComponent for File {
    const INFO: Info = Info::stable("file");
    type Config = Config;

    fn build(config: &Config, context: &BuildContext, _: &[Signal]) -> Result<Self, BuildError> {
        Ok(Self {
            id: context.id.clone(),
            config: config.clone(),
            encoder: Encoder::new(config),
            group: Group::new(config),
            state: Mutex::default(),
        })
    }
}
