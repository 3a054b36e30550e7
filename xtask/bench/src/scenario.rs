//! What is measured: which signal, over which protocol, how it is exported, how hard it is pushed.

use std::fmt;

/// Items in a request.
pub(crate) const ITEMS_PER_REQUEST: u64 = 100;

/// Connections of the load generator.
pub(crate) const CONNECTIONS: usize = 4;

/// A kind of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Data points.
    Metrics,
}

impl Signal {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Traces, Self::Logs, Self::Metrics];

    /// Name as in configurations and request paths.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }

    /// Path of the export call over gRPC.
    pub(crate) fn grpc_path(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        }
    }

    /// Path of the export request over HTTP.
    pub(crate) fn http_path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Logs => "/v1/logs",
            Self::Metrics => "/v1/metrics",
        }
    }
}

/// How requests reach the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    /// OTLP over gRPC.
    Grpc,
    /// Protobuf over HTTP/1.1.
    Http,
}

/// How the agent compresses what it exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Compression {
    /// gzip at the level that the subject chooses.
    Gzip,
    /// None.
    None,
}

impl Compression {
    /// Name as in configurations.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::None => "none",
        }
    }
}

/// How hard the load generator pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pace {
    /// Each connection sends its next request when the last one was answered.
    Closed,
    /// So many items a second over all connections.
    Fixed(u32),
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scenario {
    /// What is sent.
    pub(crate) signal: Signal,
    /// How it gets in.
    pub(crate) protocol: Protocol,
    /// How it gets out.
    pub(crate) compression: Compression,
    /// How hard.
    pub(crate) pace: Pace,
}

impl fmt::Display for Scenario {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Grpc => "grpc",
            Protocol::Http => "http",
        };
        write!(out, "{} {protocol} {}", self.signal.name(), self.compression.name())?;
        match self.pace {
            Pace::Closed => Ok(()),
            Pace::Fixed(rate) => write!(out, " {rate}/s"),
        }
    }
}
