//! What can go wrong while a component is built, started or run. Errors on the data path are `ConsumeError`.

/// A component cannot be built from its (valid) configuration.
///
/// `at` is the place under the component's section (`protocols::grpc::tls::cert_file`), empty for the whole.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct BuildError {
    /// The key in the component's section that is to blame.
    pub at: String,
    /// What is wrong, with the operating system's reason where there is one.
    pub message: String,
}

/// A component cannot start: a port is taken, a file cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StartError {
    /// The key in the component's section that is to blame (`protocols::grpc::endpoint`).
    pub at: String,
    /// What is wrong, with the operating system's reason where there is one.
    pub message: String,
}

/// A running component cannot go on.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct RunError {
    /// What ended it.
    pub message: String,
}

impl BuildError {
    /// An error at a key of the component's section.
    pub fn new(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }
}

impl StartError {
    /// An error at a key of the component's section.
    pub fn new(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }
}

impl RunError {
    /// An error with its reason.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}
