//! What can go wrong with the servers of this crate.

use std::io;

/// A server cannot listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HealthError {
    /// The address is malformed, unknown, in use or not allowed.
    #[error("listening on {setting} {endpoint:?}")]
    Listen {
        /// The variable that gives the address.
        setting: &'static str,
        /// The setting as it was given.
        endpoint: String,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
}
