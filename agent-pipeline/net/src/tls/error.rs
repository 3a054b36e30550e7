//! Why a TLS configuration cannot be built. Every variant can name the key that is to blame.

use std::io;

/// A TLS configuration cannot be built from its settings. The text holds the reason, paths, never key material.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {path}: {reason}")]
    Read {
        /// The key that names the file.
        key: &'static str,
        /// The file.
        path: String,
        /// The operating system's reason.
        reason: io::Error,
    },
    /// A file or text is not the PEM that it should be.
    #[error("{origin} {reason}")]
    Pem {
        /// The key that holds or names it.
        key: &'static str,
        /// The file, or "the text" of a `_pem` key.
        origin: String,
        /// What is missing or malformed.
        reason: String,
    },
    /// rustls refuses certificate, key or authority.
    #[error("cannot be used: {reason}")]
    Refused {
        /// The key that holds or names it.
        key: &'static str,
        /// The reason of rustls.
        reason: String,
    },
    /// The settings contradict each other or ask for what is not there.
    #[error("{reason}")]
    Setting {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The system has no certificate authorities to trust.
    #[error("the system has no certificate authorities; name some here{reason}")]
    NoSystemRoots {
        /// What the search for them ran into, empty or starting with a separator.
        reason: String,
    },
}

impl TlsError {
    /// The key of the TLS section that is to blame: `cert_file`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Read { key, .. }
            | Self::Pem { key, .. }
            | Self::Refused { key, .. }
            | Self::Setting { key, .. } => key,
            Self::NoSystemRoots { .. } => "ca_file",
        }
    }

    /// The place of the key under the component's section: `tls::cert_file` for the section `tls`.
    pub fn at(&self, section: &str) -> String {
        format!("{section}::{}", self.key())
    }
}
