//! The client side.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;

use super::reload::Reloading;
use super::skip_verify::SkipVerify;
use super::{TlsClientSettings, TlsError, material, names};

/// Hands out the rustls configuration for the next handshake.
pub struct ClientTls {
    config: Reloading<ClientConfig>,
    server_name: Option<ServerName<'static>>,
}

impl ClientTls {
    /// Reads the files the settings name, and the system's authorities where those are to be trusted.
    ///
    /// `alpn` lists the protocols to offer, best first (`h2`, `http/1.1`). `insecure` is not looked at: do not ask for
    /// TLS then.
    ///
    /// # Errors
    /// A file cannot be read or used; the error names the key.
    pub fn new(settings: &TlsClientSettings, alpn: &[&str]) -> Result<Self, TlsError> {
        let server_name = match settings.server_name_override.as_str() {
            "" => None,
            name => Some(server_name("server_name_override", name)?),
        };
        let files = [&settings.ca_file, &settings.cert_file, &settings.key_file];
        let files = files.into_iter().filter(|file| !file.is_empty()).cloned().collect();
        let alpn: Vec<Vec<u8>> = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let interval = settings.reload_interval.to_std();
        let settings = settings.clone();
        let config = Reloading::new(files, interval, Box::new(move || build(&settings, &alpn)))?;
        Ok(Self { config, server_name })
    }

    /// The configuration for the next handshake; looks for changed files at most once per second.
    pub fn current(&self) -> Arc<ClientConfig> {
        self.config.current()
    }

    /// The name to ask the server for and to check: the override of the settings, else `host`.
    ///
    /// # Errors
    /// `host` is neither a DNS name nor an address.
    pub fn server_name(&self, host: &str) -> Result<ServerName<'static>, TlsError> {
        match &self.server_name {
            Some(name) => Ok(name.clone()),
            None => server_name("server_name_override", host.trim_start_matches('[').trim_end_matches(']')),
        }
    }
}

impl std::fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientTls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

fn server_name(key: &'static str, name: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(name.to_owned())
        .map_err(|_| TlsError::Setting { key, reason: format!("{name:?} is not a server name") })
}

fn build(settings: &TlsClientSettings, alpn: &[Vec<u8>]) -> Result<ClientConfig, TlsError> {
    let shared = settings.shared();
    let provider = Arc::new(names::provider(&shared)?);
    let identity = material::identity(&shared, &provider)?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(names::versions(&shared)?)
        .map_err(|error| TlsError::Refused { key: "cipher_suites", reason: error.to_string() })?;
    let named = material::authorities(&shared.ca)?;
    let builder = if settings.insecure_skip_verify {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(SkipVerify::new(&provider)))
    } else {
        let system = settings.include_system_ca_certs_pool || named.is_none();
        let mut roots = named.unwrap_or_else(RootCertStore::empty);
        if system {
            material::add_system_authorities(&mut roots)?;
        }
        builder.with_root_certificates(roots)
    };
    let mut config = match identity {
        Some(identity) => {
            builder.with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(identity)))
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = alpn.to_vec();
    Ok(config)
}
