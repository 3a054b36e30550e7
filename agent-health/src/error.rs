//! What can go wrong with the health server.

use std::io;

/// The health server cannot listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HealthError {
    /// The address is malformed, unknown, in use or not allowed.
    #[error("listening on KM_HEALTH_ENDPOINT {endpoint:?}")]
    Listen {
        /// The setting as it was given.
        endpoint: String,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
}
