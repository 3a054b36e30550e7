//! The periodic reader: collects, and sends to an OTLP backend or writes to the log.
//!
//! `opentelemetry-otlp` makes the request and repeats it as OTLP says; [`client`] carries it. A new connection serves
//! each push, because they come a minute apart and an idle one would cost memory and break unseen.
//!
//! That crate reads `OTEL_EXPORTER_OTLP_*` from the environment by itself. Headers and endpoint from there come to
//! nothing, as the client sends to its own target with its own headers; what is configured wins over the rest.

mod client;
mod grpc;
mod target;
mod tls;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use agent_config::document::{OtlpExporter, PeriodicReader, PrometheusExporter};
use opentelemetry_otlp::{MetricExporter, Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter as _;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::MetricsError;
use super::prometheus::render;
use super::source::Source;
use client::Client;
use target::Target;

/// What the last push may take when the process ends.
const FLUSH: Duration = Duration::from_secs(3);

/// A periodic reader that is ready to run.
pub(super) struct Push {
    pub(super) settings: PeriodicReader,
    pub(super) source: Arc<Source>,
    to: Destination,
}

enum Destination {
    Backend { client: Client, exporter: Box<MetricExporter> },
    Log,
}

impl std::fmt::Debug for Push {
    /// Without the settings, whose URL may carry a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.to {
            Destination::Backend { client, .. } => write!(f, "Push({})", client.endpoint()),
            Destination::Log => f.write_str("Push(log)"),
        }
    }
}

/// The temporality that a reader asks for.
pub(super) fn temporality(settings: &PeriodicReader) -> Temporality {
    let preference = settings.exporter.otlp.as_ref().and_then(|otlp| otlp.temporality_preference.as_deref());
    match preference {
        Some("delta") => Temporality::Delta,
        Some("lowmemory") => Temporality::LowMemory,
        _ => Temporality::Cumulative,
    }
}

impl Push {
    /// A reader at `path` in the document. Reads the certificates and touches nothing else.
    pub(super) fn new(
        settings: PeriodicReader,
        source: Arc<Source>,
        path: &str,
        user_agent: &str,
    ) -> Result<Self, MetricsError> {
        let to = match &settings.exporter.otlp {
            Some(otlp) => backend(&settings, otlp, &format!("{path}::exporter::otlp"), user_agent)?,
            None => Destination::Log,
        };
        Ok(Self { settings, source, to })
    }

    /// Pushes at each interval until `stop`, then once more; `end` is for a reader that others replace.
    ///
    /// Then too there is a last push if a successor could not tell what came since the one before.
    pub(super) async fn run(self: Arc<Self>, end: CancellationToken, stop: CancellationToken) {
        let interval = Duration::from_millis(self.settings.interval.max(1));
        let mut ticks = tokio::time::interval_at(Instant::now() + interval, interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let is_cumulative = self.source.is_cumulative();
        loop {
            tokio::select! {
                () = end.cancelled() => break,
                () = stop.cancelled() => break,
                _ = ticks.tick() => {}
            }
            // A delta that was collected is told by nobody else, so it is sent whoever replaces this reader.
            let mut pushing = pin!(self.once());
            tokio::select! {
                () = &mut pushing => {}
                () = end.cancelled(), if is_cumulative => return,
                () = stop.cancelled() => if !in_time(pushing).await { return },
            }
        }
        if stop.is_cancelled() || !is_cumulative {
            in_time(self.once()).await;
        }
    }

    /// One collection and what becomes of it.
    async fn once(&self) {
        let metrics = match self.source.collect() {
            Ok(metrics) => metrics,
            Err(error) => {
                tracing::error!(%error, "metrics could not be collected");
                return;
            }
        };
        match &self.to {
            Destination::Log => {
                let text = render(&metrics, &PrometheusExporter::default());
                tracing::info!(metrics = text, "metrics of the agent");
            }
            Destination::Backend { client, exporter } => {
                client.take_failure();
                if let Err(error) = exporter.export(&metrics).await {
                    let error = client.take_failure().unwrap_or_else(|| error.to_string());
                    tracing::warn!(
                        endpoint = client.endpoint(),
                        error,
                        "metrics of the agent could not be pushed"
                    );
                }
            }
        }
    }
}

/// Whether the last push was answered while there was time.
async fn in_time(push: impl Future<Output = ()>) -> bool {
    let pushed = tokio::time::timeout(FLUSH, push).await.is_ok();
    if !pushed {
        tracing::warn!("the last push of the agent's metrics was not answered in time");
    }
    pushed
}

fn backend(
    settings: &PeriodicReader,
    otlp: &OtlpExporter,
    path: &str,
    user_agent: &str,
) -> Result<Destination, MetricsError> {
    let target = Target::new(otlp, path, user_agent)?;
    let endpoint = target.url();
    let client = Client::new(target);
    // The reader's limit is for the whole export; the exporter's own can only be shorter.
    let given = |timeout: u64| (timeout > 0).then_some(timeout);
    let whole = given(settings.timeout).unwrap_or(PeriodicReader::default().timeout);
    let timeout = otlp.timeout.and_then(given).map_or(whole, |timeout| timeout.min(whole));
    let mut builder = MetricExporter::builder()
        .with_http()
        .with_http_client(client.clone())
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .with_timeout(Duration::from_millis(timeout))
        .with_temporality(temporality(settings));
    if otlp.compression.as_deref() == Some("gzip") {
        builder = builder.with_compression(opentelemetry_otlp::Compression::Gzip);
    }
    let exporter = builder
        .build()
        .map_err(|error| MetricsError::Exporter { path: path.to_owned(), reason: error.to_string() })?;
    Ok(Destination::Backend { client, exporter: Box::new(exporter) })
}
