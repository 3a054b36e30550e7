//! From the configuration to readers: everything that can fail, before anything changes.

use std::net::TcpListener;
use std::sync::Arc;

use agent_config::document::{
    MetricReader, MetricsLevel, PeriodicReader, PrometheusExporter, ServiceTelemetry,
};
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::Temporality;

use super::prometheus::{Endpoint, listen};
use super::push::{self, Push};
use super::registry::Registry;
use super::source::{Key, Source};
use super::table;
use super::{Metrics, MetricsError};

/// A way out for metrics. Two are the same when they are one.
#[derive(Clone, Debug)]
pub(super) enum Reader {
    Pull(Arc<Endpoint>),
    Push(Arc<Push>),
}

impl Reader {
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Pull(one), Self::Pull(other)) => Arc::ptr_eq(one, other),
            (Self::Push(one), Self::Push(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// The readers of a configuration and what they collect through.
#[derive(Clone, Debug, Default)]
pub(super) struct Readers {
    pub(super) list: Vec<Reader>,
    sources: Vec<Arc<Source>>,
    /// The number of this configuration, from 1.
    generation: u64,
}

impl Readers {
    pub(super) fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.list.iter().filter_map(|reader| match reader {
            Reader::Pull(endpoint) => Some(&**endpoint),
            Reader::Push(_) => None,
        })
    }
}

/// Readers that are ready to take over. Dropping it gives back what they hold and changes nothing.
#[derive(Debug)]
#[must_use = "nothing changes before `apply`"]
pub struct Change {
    metrics: Metrics,
    next: Readers,
}

impl Change {
    /// Lets the new readers take over from the old ones. Cannot fail.
    pub fn apply(self) {
        let registry = self.metrics.registry();
        if self.next.generation > 1 {
            self.forget_the_past();
        }
        for metric in table::all() {
            if let Some(instruments) = registry.instruments(metric.name) {
                let now = self.next.sources.iter().filter_map(|source| source.histogram(metric.name));
                instruments.store(Arc::new(now.collect()));
            }
        }
        self.metrics.readers().send_replace(self.next);
    }

    /// What a delta source would tell first is all that was counted so far, and an earlier one has told that already.
    fn forget_the_past(&self) {
        let running = self.metrics.readers().borrow();
        let is_new = |source: &Arc<Source>| !running.sources.iter().any(|old| Arc::ptr_eq(old, source));
        for source in self.next.sources.iter().filter(|source| is_new(source)) {
            if !source.is_cumulative()
                && let Err(error) = source.collect()
            {
                tracing::error!(%error, "metrics could not be collected");
            }
        }
    }
}

impl Metrics {
    /// Makes the readers that `service::telemetry` asks for, beside those that run.
    ///
    /// What did not change is kept: a reader with its interval, a port with its socket, cumulative streams with their
    /// start. Ports are bound and certificates read here, so that [`Change::apply`] cannot fail; a host name is resolved,
    /// which may block for a moment. One caller at a time.
    ///
    /// # Errors
    /// A port, endpoint, header or certificate cannot be used. Nothing has changed then.
    pub fn configure(&self, telemetry: &ServiceTelemetry) -> Result<Change, MetricsError> {
        let running = self.readers().borrow().clone();
        let mut making = Making {
            metrics: self,
            running: &running,
            resource: self.identity().attributes(telemetry, self.version()),
            level: telemetry.metrics.level,
            wanted: telemetry.metrics.readers_or_default(),
            next: Readers { generation: running.generation + 1, ..Readers::default() },
        };
        if telemetry.metrics.level != MetricsLevel::None {
            for (index, reader) in telemetry.metrics.readers_or_default().iter().enumerate() {
                let path = format!("service::telemetry::metrics::readers[{index}]");
                making.add(reader, &path)?;
            }
        }
        Ok(Change { metrics: self.clone(), next: making.next })
    }
}

struct Making<'a> {
    metrics: &'a Metrics,
    running: &'a Readers,
    resource: Vec<KeyValue>,
    level: MetricsLevel,
    wanted: Vec<MetricReader>,
    next: Readers,
}

impl Making<'_> {
    fn add(&mut self, reader: &MetricReader, path: &str) -> Result<(), MetricsError> {
        let made = match reader {
            MetricReader { pull: Some(pull), .. } => match &pull.exporter.prometheus {
                Some(prometheus) => self.pull(prometheus, path)?,
                None => return Ok(()),
            },
            MetricReader { periodic: Some(periodic), .. } => self.push(periodic, path)?,
            // Validation has refused it.
            MetricReader { pull: None, periodic: None } => return Ok(()),
        };
        self.next.list.push(made);
        Ok(())
    }

    fn pull(&mut self, settings: &PrometheusExporter, path: &str) -> Result<Reader, MetricsError> {
        let source = self.source(Temporality::Cumulative);
        let same = |endpoint: &&Endpoint| at_same_place(&endpoint.settings, settings);
        let Some(old) = self.running.endpoints().find(same) else {
            let socket = self.listen(settings, path)?;
            return Ok(Reader::Pull(Arc::new(Endpoint { settings: settings.clone(), socket, source })));
        };
        let kept = self.running.list.iter().find(|reader| match reader {
            Reader::Pull(endpoint) => {
                endpoint.settings == *settings && Arc::ptr_eq(&endpoint.source, &source)
            }
            Reader::Push(_) => false,
        });
        Ok(kept.cloned().unwrap_or_else(|| {
            let socket = Arc::clone(&old.socket);
            Reader::Pull(Arc::new(Endpoint { settings: settings.clone(), socket, source }))
        }))
    }

    fn listen(&self, settings: &PrometheusExporter, path: &str) -> Result<Arc<TcpListener>, MetricsError> {
        let is_leaving = |endpoint: &&Endpoint| {
            let mut wanted =
                self.wanted.iter().filter_map(|reader| reader.pull.as_ref()?.exporter.prometheus.as_ref());
            !wanted.any(|settings| at_same_place(settings, &endpoint.settings))
        };
        let leaving: Vec<&Arc<TcpListener>> =
            self.running.endpoints().filter(is_leaving).map(|endpoint| &endpoint.socket).collect();
        listen(settings, &leaving).map_err(|source| MetricsError::Listen {
            path: format!("{path}::pull::exporter::prometheus"),
            endpoint: format!("{}:{}", settings.host, settings.port),
            source,
        })
    }

    fn push(&mut self, settings: &PeriodicReader, path: &str) -> Result<Reader, MetricsError> {
        let source = self.source(push::temporality(settings));
        let kept = self.running.list.iter().find(|reader| match reader {
            Reader::Push(push) => push.settings == *settings && Arc::ptr_eq(&push.source, &source),
            Reader::Pull(_) => false,
        });
        if let Some(kept) = kept {
            return Ok(kept.clone());
        }
        let user_agent = format!("kubeagent/{}", self.metrics.version());
        let push = Push::new(settings.clone(), source, &format!("{path}::periodic"), &user_agent)?;
        Ok(Reader::Push(Arc::new(push)))
    }

    /// What a reader collects through: one for all that are cumulative, else one for each, in the order of the document.
    fn source(&mut self, temporality: Temporality) -> Arc<Source> {
        let lane = match temporality {
            Temporality::Cumulative => 0,
            _ => self.next.sources.iter().filter(|source| source.key.temporality == temporality).count(),
        };
        let key = Key { temporality, lane, level: self.level, resource: self.resource.clone() };
        let mut known = self.next.sources.iter().chain(&self.running.sources);
        if let Some(source) = known.find(|source| source.key == key) {
            let source = Arc::clone(source);
            self.keep(&source);
            return source;
        }
        let registry: &Arc<Registry> = self.metrics.registry();
        let source = Arc::new(Source::new(key, registry, self.metrics.version()));
        self.keep(&source);
        source
    }

    fn keep(&mut self, source: &Arc<Source>) {
        if !self.next.sources.iter().any(|kept| Arc::ptr_eq(kept, source)) {
            self.next.sources.push(Arc::clone(source));
        }
    }
}

fn at_same_place(one: &PrometheusExporter, other: &PrometheusExporter) -> bool {
    one.host == other.host && one.port == other.port
}
