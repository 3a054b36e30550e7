//! The `tracing` subscriber: decides what is written and writes it. Spans do not exist for it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::clock::{Clock, SystemClock};
use crate::handle::LogHandle;
use crate::json::begin;
use crate::output::Output;
use crate::parts::Parts;
use crate::sampling::{Sampler, Sampling};

/// Writes events as JSON lines. [`crate::init`] installs one for the process; tests make their own.
pub struct JsonLog {
    core: Arc<Core>,
}

/// What the subscriber and its handles share.
pub(crate) struct Core {
    level: AtomicU8,
    /// The level at the start.
    pub(crate) base: Level,
    pub(crate) sampler: Arc<Sampler>,
    pub(crate) output: Output,
    clock: Arc<dyn Clock>,
}

impl JsonLog {
    /// A log that writes events of `level` and above to `writer`, and its handle.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn new(level: Level, writer: Box<dyn Write + Send>) -> io::Result<(Self, LogHandle)> {
        Self::with_clock(level, writer, Arc::new(SystemClock::new()))
    }

    pub(crate) fn with_clock(
        level: Level,
        writer: Box<dyn Write + Send>,
        clock: Arc<dyn Clock>,
    ) -> io::Result<(Self, LogHandle)> {
        let sampler = Arc::new(Sampler::new(Some(Sampling::default())));
        let (watched, time) = (Arc::clone(&sampler), Arc::clone(&clock));
        let watch = move || {
            let (due, more) = watched.sweep(time.elapsed());
            (due.iter().map(|summary| summary.line(time.wall())).collect(), more)
        };
        let output = Output::start(writer, Arc::clone(&clock), Box::new(watch))?;
        let core = Arc::new(Core { level: AtomicU8::new(rank(level)), base: level, sampler, output, clock });
        let handle = LogHandle::new(Arc::clone(&core));
        Ok((Self { core }, handle))
    }
}

impl Core {
    pub(crate) fn level(&self) -> Level {
        match self.level.load(Ordering::Relaxed) {
            1 => Level::ERROR,
            2 => Level::WARN,
            3 => Level::INFO,
            _ => Level::DEBUG,
        }
    }

    pub(crate) fn set_level(&self, level: Level) {
        self.level.store(rank(level), Ordering::Relaxed);
        // Call sites remember whether anybody listens.
        tracing::callsite::rebuild_interest_cache();
    }

    /// Writes summaries of what was suppressed.
    pub(crate) fn summarize(&self, due: &[crate::sampling::Summary]) {
        for summary in due {
            self.output.append(&summary.line(self.clock.wall()));
        }
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && rank(*metadata.level()) <= self.level.load(Ordering::Relaxed)
            && (*metadata.level() <= Level::WARN || library(metadata).is_none())
    }

    fn write(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let level = *metadata.level();
        let mut parts = Parts::new(library(metadata));
        event.record(&mut parts);
        let verdict = self.sampler.admit(level, &metadata.callsite(), &parts, self.clock.elapsed());
        self.summarize(&verdict.due);
        if verdict.write {
            let mut line = begin(level, self.clock.wall(), &parts.msg);
            line.push_str(&parts.fields);
            line.push('}');
            self.output.append(&line);
        } else {
            self.output.watch();
        }
    }
}

/// The crate that an event comes from, unless it is one of ours.
fn library<'a>(metadata: &Metadata<'a>) -> Option<&'a str> {
    let path = metadata.module_path().unwrap_or(metadata.target());
    let name = path.split("::").next().unwrap_or(path);
    (!name.starts_with("agent_") && name != "kubeagent" && name != "xtask").then_some(name)
}

fn rank(level: Level) -> u8 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        _ => 4,
    }
}

impl Subscriber for JsonLog {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.core.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.core.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(self.core.level()))
    }

    fn event(&self, event: &Event<'_>) {
        // A call site may have remembered a level that was changed a moment ago.
        if self.core.wants(event.metadata()) {
            self.core.write(event);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
