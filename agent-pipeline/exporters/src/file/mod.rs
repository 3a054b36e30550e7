//! `file`: writes batches to files, as lines of OTLP/JSON or as length-prefixed messages, as the Collector (v0.145.0).
//!
//! Taken is what is in the buffer, as in the Collector: a crash loses what was not flushed, at most `flush_interval` of
//! data. Writing happens on the caller's time under a lock; the buffer keeps system calls rare.
//!
//! A replaced exporter and its successor share their open files (`open_files`). A file is emptied only by an exporter
//! that runs and that found nobody else writing to it.

mod config;
mod encode;
mod group;
mod open_files;
mod rotate;
mod target;
mod targets;

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
use open_files::{OpenFiles, Shared, locked};
use rotate::Rotate;
use target::make_directory_of;
use targets::Targets;

use crate::wrapper::counts::{Counts, Reason};

/// Flushing more often than this would only burn the processor.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// The exporter: one for all signals of an id, so that their lines never mix.
pub struct File {
    id: ComponentId,
    config: Config,
    encoder: Encoder,
    group: Option<Group>,
    files: Arc<OpenFiles>,
    counts: Vec<(Signal, Counts)>,
    state: Mutex<State>,
}

struct State {
    /// The one file, open from `start` to the end of `run`; with `group_by` there is none.
    single: Option<Shared>,
    /// Whether its settings are this exporter's by now.
    taken_over: bool,
    grouped: Targets,
    scratch: Vec<u8>,
}

impl File {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a batch; the answer is how many items of it have no file to go to.
    fn write(&self, data: &Telemetry) -> Result<usize, ConsumeError> {
        let mut state = self.state();
        let Some(group) = &self.group else {
            let target = self.single(&mut state)?;
            let message =
                self.encoder.encode(&data.batch, &mut state.scratch).map_err(ConsumeError::permanent)?;
            locked(&target).write(message).map_err(|error| self.failed(&self.config.path, &error))?;
            return Ok(0);
        };
        let State { grouped, scratch, .. } = &mut *state;
        let (parts, without) = group.split(&data.batch);
        for (path, batch) in parts {
            let message = self.encoder.encode(&batch, scratch).map_err(ConsumeError::permanent)?;
            let target = grouped.get(&path, &self.config, &self.files);
            let written = target.and_then(|target| locked(target).write(message));
            written.map_err(|error| self.failed(&path, &error))?;
        }
        if without > 0 {
            tracing::warn!(
                component = %self.id,
                dropped_items = without,
                attribute = %self.config.group_by.resource_attribute,
                "Resources without the attribute that names their file. Dropping data."
            );
        }
        Ok(without)
    }

    /// The one file, with the settings of this exporter from the first use on.
    fn single(&self, state: &mut State) -> Result<Shared, ConsumeError> {
        let Some(target) = state.single.clone() else {
            return Err(ConsumeError::retryable("the file is not open").by(&self.id));
        };
        if !state.taken_over {
            let rotate = Rotate::new(&self.config);
            let taken = locked(&target).take_over(&self.config.path, rotate);
            taken.map_err(|error| self.failed(&self.config.path, &error))?;
            state.taken_over = true;
        }
        Ok(target)
    }

    fn open_single(&self) -> std::io::Result<Shared> {
        let Config { path, append, rotation, .. } = &self.config;
        if self.config.create_directory {
            make_directory_of(path, self.config.directory_mode().unwrap_or(0o755))?;
        }
        // A file that is rotated goes on where it ended.
        self.files.open(path, *append || rotation.is_some())
    }

    fn failed(&self, path: &str, error: &std::io::Error) -> ConsumeError {
        let error = ConsumeError::retryable(format!("cannot write {path}: {error}")).by(&self.id);
        tracing::error!(component = %self.id, error = %error.message, "Exporting failed. Rejecting data.");
        error
    }

    fn flush(&self) {
        let mut state = self.state();
        let single = state.single.as_ref().map_or(Ok(()), |target| locked(target).flush());
        if let Err(error) = single.and(state.grouped.flush()) {
            tracing::error!(component = %self.id, %error, "A file cannot be written to.");
        }
    }

    fn count(&self, signal: Signal, items: usize, result: &Result<usize, ConsumeError>) {
        let Some((_, counts)) = self.counts.iter().find(|(of, _)| *of == signal) else { return };
        match result {
            Ok(without) => {
                counts.sent(items - without, 0);
                counts.dropped(*without, Reason::MissingAttribute);
            }
            Err(_) => counts.returned(items),
        }
    }
}

impl Consumer for File {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        let result = if data.batch.is_empty() { Ok(0) } else { self.write(&data) };
        self.count(data.batch.signal(), data.batch.items(), &result);
        if result.is_ok() {
            data.settle();
        }
        Box::pin(std::future::ready(result.map(|_| Accepted::default())))
    }
}

impl Holder for File {
    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        let mut opened = Ok(());
        if self.group.is_none() {
            match self.open_single() {
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
            if self.group.is_none() {
                // A failure has been told, and is met again by whoever writes.
                let _ = self.single(&mut self.state());
            }
            let mut ticks = tokio::time::interval(self.config.flush_interval.to_std().max(SHORTEST_INTERVAL));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while let Some(Some(_)) = life.or_abort(life.stop.run_until_cancelled(ticks.tick())).await {
                self.flush();
            }
            self.flush();
            let mut state = self.state();
            state.single = None;
            state.grouped.close();
            Ok(())
        })
    }
}

impl ExporterComponent for File {
    const INFO: Info = Info::stable("file");
    type Config = Config;

    fn build(config: &Config, context: &BuildContext, signals: &[Signal]) -> Result<Self, BuildError> {
        let files = context.host.shared.of::<OpenFiles>();
        let counts = |signal: &Signal| (*signal, Counts::new(context, *signal, &[Reason::MissingAttribute]));
        let state = State {
            single: None,
            taken_over: false,
            grouped: Targets::new(files.begun(&context.id)),
            scratch: Vec::new(),
        };
        Ok(Self {
            id: context.id.clone(),
            config: config.clone(),
            encoder: Encoder::new(config),
            group: Group::new(config),
            files,
            counts: signals.iter().map(counts).collect(),
            state: Mutex::new(state),
        })
    }
}
