//! Why readers could not be made.

use std::io;

/// What keeps a reader from being made. Names its place in the document and never a header or another secret.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The port cannot be had.
    #[error("{path}: cannot listen on {endpoint}; choose another address, or level `none` for no metrics")]
    Listen {
        /// Where it stands in the document.
        path: String,
        /// `host:port`
        endpoint: String,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A setting of an exporter cannot be used.
    #[error("{path}: {reason}")]
    Exporter {
        /// Where it stands in the document.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A certificate or key cannot be used.
    #[error("{path}: cannot be used for TLS: {reason}")]
    Tls {
        /// Where it stands in the document.
        path: String,
        /// What is wrong.
        reason: String,
    },
}
