//! The server side.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;

use agent_config::Secret;

use super::reload::Reloading;
use super::settings::Pair;
use super::{TlsError, TlsServerSettings, material, names};

/// Hands out the rustls configuration for the next handshake.
pub struct ServerTls {
    config: Reloading<ServerConfig>,
}

impl ServerTls {
    /// Reads the files the settings name. `alpn` lists the protocols to accept, best first (`h2`, `http/1.1`).
    ///
    /// # Errors
    /// A file cannot be read or used; the error names the key.
    pub fn new(settings: &TlsServerSettings, alpn: &[&str]) -> Result<Self, TlsError> {
        let files = [&settings.ca_file, &settings.cert_file, &settings.key_file, &settings.client_ca_file];
        let files = files.into_iter().filter(|file| !file.is_empty()).cloned().collect();
        let alpn: Vec<Vec<u8>> = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let interval = settings.reload_interval.to_std();
        let settings = settings.clone();
        let config = Reloading::new(files, interval, Box::new(move || build(&settings, &alpn)))?;
        Ok(Self { config })
    }

    /// The configuration for the next handshake; looks for changed files at most once per second.
    pub fn current(&self) -> Arc<ServerConfig> {
        self.config.current()
    }
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerTls").finish_non_exhaustive()
    }
}

fn build(settings: &TlsServerSettings, alpn: &[Vec<u8>]) -> Result<ServerConfig, TlsError> {
    let shared = settings.shared();
    let provider = Arc::new(names::provider(&shared)?);
    let identity = material::identity(&shared, &provider)?.ok_or_else(|| TlsError::Setting {
        key: "cert_file",
        reason: "a server needs a certificate and its key".to_owned(),
    })?;
    material::authorities(&shared.ca)?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(names::versions(&shared)?)
        .map_err(|error| TlsError::Refused { key: "cipher_suites", reason: error.to_string() })?;
    let no_text = Secret::default();
    let clients = Pair {
        file_key: "client_ca_file",
        file: &settings.client_ca_file,
        pem_key: "client_ca_file",
        pem: &no_text,
    };
    let builder = match material::authorities(&clients)? {
        None => builder.with_no_client_auth(),
        Some(roots) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| TlsError::Refused { key: "client_ca_file", reason: error.to_string() })?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(identity)));
    config.alpn_protocols = alpn.to_vec();
    Ok(config)
}
