//! The certificate of the webhook, from a directory that a Secret of type TLS is mounted at.
//!
//! The directory may fill later than the agent starts, as whoever issues the certificate needs a moment. So it is looked at
//! when somebody connects; until then connections are closed at once, which an API server takes better than silence. What
//! is there is read again when it changes.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agent_net::tls::{ServerTls, TlsServerSettings};
use rustls::ServerConfig;
use tokio::time::Instant;

/// At most one look in this time while there is no certificate.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Gives the TLS configuration for the next handshake.
#[derive(Debug)]
pub(crate) struct Certificates {
    dir: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tls: Option<ServerTls>,
    looked: Option<Instant>,
    /// The trouble that was logged last.
    told: String,
}

impl Certificates {
    /// Those of `tls.crt` and `tls.key` in `dir`. Reads nothing yet.
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, state: Mutex::default() }
    }

    /// The configuration as the files are, or of the last good ones; `None` while there were none. Trouble is logged, the
    /// same one once.
    pub(crate) fn current(&self) -> Option<Arc<ServerConfig>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let looked_lately = state.looked.is_some_and(|looked| now.duration_since(looked) < LOOK_EVERY);
        if state.tls.is_none() && !looked_lately {
            state.looked = Some(now);
            match ServerTls::new(&self.settings(), &["http/1.1"]) {
                Ok(tls) => state.tls = Some(tls),
                Err(error) => {
                    let trouble = error.to_string();
                    if trouble != state.told {
                        tracing::warn!("the webhook cannot answer yet, KM_WEBHOOK_CERT_DIR: {trouble}");
                        state.told = trouble;
                    }
                }
            }
        }
        state.tls.as_ref().map(ServerTls::current)
    }

    fn settings(&self) -> TlsServerSettings {
        let file = |name| self.dir.join(name).to_string_lossy().into_owned();
        TlsServerSettings { cert_file: file("tls.crt"), key_file: file("tls.key"), ..Default::default() }
    }
}
