//! The agent's own metrics, as its Prometheus reader shows them.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(5);

/// The section of a configuration that shows metrics on the port that the stage has chosen.
pub(crate) const READER: &str = "  telemetry:\n    metrics:\n      level: detailed\n      readers:\n        \
    - pull: {exporter: {prometheus: {host: 127.0.0.1, port: '${env:SOAK_METRICS_PORT}', without_units: true, \
    without_type_suffix: true, without_scope_info: true}}}\n";

/// What one look found.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    name: String,
    /// As it is written, `a="b",c="d"`.
    labels: String,
    value: f64,
}

impl Metrics {
    /// Looks once.
    pub(crate) async fn of(address: SocketAddr) -> Result<Self> {
        let text = timeout(PATIENCE, get(address)).await.context("no metrics in 5 s")??;
        let (head, body) = text.split_once("\r\n\r\n").context("no answer of HTTP")?;
        if !head.starts_with("HTTP/1.1 200") && !head.starts_with("HTTP/1.0 200") {
            bail!("the metrics answered {}", head.lines().next().unwrap_or_default());
        }
        Ok(Self { samples: body.lines().filter_map(sample).collect() })
    }

    /// The sum of a metric over its series that have all of these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let wanted: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let has = |sample: &&Sample| {
            sample.name == name
                && wanted.iter().all(|label| sample.labels.split(',').any(|found| found == label))
        };
        self.samples.iter().filter(has).map(|sample| sample.value).sum::<f64>() as u64
    }
}

async fn get(address: SocketAddr) -> Result<String> {
    let mut stream = TcpStream::connect(address).await.context("cannot connect to the agent's metrics")?;
    // Without keep-alive the answer ends with the connection, and HTTP/1.0 has no chunks.
    let request = format!("GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}

/// A line of the exposition format; none of the labels that are asked for holds a comma.
fn sample(line: &str) -> Option<Sample> {
    if line.starts_with('#') {
        return None;
    }
    let (series, value) = line.trim_end().rsplit_once(' ')?;
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    Some(Sample {
        name: name.to_owned(),
        labels: labels.trim_end_matches('}').to_owned(),
        value: value.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_summed_by_their_labels() {
        let text = "# TYPE sent counter\nsent{exporter=\"a\",signal=\"logs\"} 3\nsent{exporter=\"a\",signal=\"traces\"} 4\n\
                    sent{exporter=\"ab\"} 5\nup 1\n";
        let metrics = Metrics { samples: text.lines().filter_map(sample).collect() };
        assert_eq!(metrics.sum("sent", &[]), 12);
        assert_eq!(metrics.sum("sent", &[("exporter", "a")]), 7);
        assert_eq!(metrics.sum("sent", &[("exporter", "a"), ("signal", "logs")]), 3);
        assert_eq!((metrics.sum("up", &[]), metrics.sum("down", &[])), (1, 0));
    }
}
