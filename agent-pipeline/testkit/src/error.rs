//! The errors of setting a test server up.
//!
//! Not what a server answers to its clients: those are protocol answers, made where the protocol is.

use std::io;
use std::path::PathBuf;

/// A test server could not be set up or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No loopback port could be had.
    #[error("bind a loopback port")]
    Bind(#[source] io::Error),
    /// A key or certificate could not be made.
    #[error("issue a certificate")]
    Certificate(#[from] rcgen::Error),
    /// Keys and certificates do not make a TLS configuration.
    #[error("configure TLS")]
    Tls(#[from] rustls::Error),
    /// The authority cannot verify clients.
    #[error("configure client certificates")]
    ClientCertificates(#[from] rustls::server::VerifierBuilderError),
    /// A file for the process under test could not be written.
    #[error("write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The server has been shut down.
    #[error("the server has stopped")]
    Stopped,
}
