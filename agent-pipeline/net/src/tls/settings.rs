//! The `tls` sections of clients and servers, keys and defaults as the Collector's `configtls` (v0.145.0).
//!
//! Two structs that repeat the shared keys instead of a flattened one: errors keep their exact place. [`Shared`] is the
//! view of those keys that the rest of the module works on.

use agent_config::{GoDuration, Secret, Validate, Validator};
use serde::Deserialize;

use super::names;

/// A client's `tls` section. All keys default to empty, false or zero.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsClientSettings {
    /// Certificate authorities to trust, a PEM file; empty means those of the system.
    pub ca_file: String,
    /// The same as text.
    pub ca_pem: Secret,
    /// Trust the system's authorities beside those named.
    pub include_system_ca_certs_pool: bool,
    /// The client's certificate chain, a PEM file, for mTLS.
    pub cert_file: String,
    /// The same as text.
    pub cert_pem: Secret,
    /// The key of the certificate, a PEM file.
    pub key_file: String,
    /// The same as text.
    pub key_pem: Secret,
    /// Lowest version, `1.2` (also when empty) or `1.3`.
    pub min_version: String,
    /// Highest version, `1.2` or `1.3` (also when empty).
    pub max_version: String,
    /// Suites to offer with TLS 1.2, Go's names; empty means all that are safe.
    pub cipher_suites: Vec<String>,
    /// Key exchange groups, best first: `X25519`, `P256`, `P384`.
    pub curve_preferences: Vec<String>,
    /// Read the files again after this time even if they look unchanged; 0 means only when they look changed.
    pub reload_interval: GoDuration,
    /// No TLS at all (gRPC); over HTTP the scheme of the URL decides.
    pub insecure: bool,
    /// TLS without checking who the server is.
    pub insecure_skip_verify: bool,
    /// The name to ask for and to check instead of the endpoint's host.
    pub server_name_override: String,
}

/// A server's `tls` section. All keys default to empty, false or zero.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsServerSettings {
    /// Accepted as in the Collector; a server's own authorities play no part in a handshake, but must be readable.
    pub ca_file: String,
    /// The same as text.
    pub ca_pem: Secret,
    /// Accepted; without effect on a server.
    pub include_system_ca_certs_pool: bool,
    /// The server's certificate chain, a PEM file.
    pub cert_file: String,
    /// The same as text.
    pub cert_pem: Secret,
    /// The key of the certificate, a PEM file.
    pub key_file: String,
    /// The same as text.
    pub key_pem: Secret,
    /// Lowest version, `1.2` (also when empty) or `1.3`.
    pub min_version: String,
    /// Highest version, `1.2` or `1.3` (also when empty).
    pub max_version: String,
    /// Suites to offer with TLS 1.2, Go's names; empty means all that are safe.
    pub cipher_suites: Vec<String>,
    /// Key exchange groups, best first: `X25519`, `P256`, `P384`.
    pub curve_preferences: Vec<String>,
    /// Read the files again after this time even if they look unchanged; 0 means only when they look changed.
    pub reload_interval: GoDuration,
    /// Authorities whose clients are let in; set, every client must show a certificate (mTLS).
    pub client_ca_file: String,
    /// Accepted; the file is re-read when it changes, whatever this says.
    pub client_ca_file_reload: bool,
}

/// The keys that both sides have.
pub(super) struct Shared<'a> {
    pub(super) ca: Pair<'a>,
    pub(super) certificate: Pair<'a>,
    pub(super) key: Pair<'a>,
    pub(super) min_version: &'a str,
    pub(super) max_version: &'a str,
    pub(super) cipher_suites: &'a [String],
    pub(super) curve_preferences: &'a [String],
}

/// A file or a text.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) file_key: &'static str,
    pub(super) file: &'a str,
    pub(super) pem_key: &'static str,
    pub(super) pem: &'a Secret,
}

impl Pair<'_> {
    pub(super) fn is_set(&self) -> bool {
        !self.file.is_empty() || !self.pem.is_empty()
    }

    fn both(&self) -> bool {
        !self.file.is_empty() && !self.pem.is_empty()
    }
}

impl TlsClientSettings {
    pub(super) fn shared(&self) -> Shared<'_> {
        Shared {
            ca: pair("ca_file", &self.ca_file, "ca_pem", &self.ca_pem),
            certificate: pair("cert_file", &self.cert_file, "cert_pem", &self.cert_pem),
            key: pair("key_file", &self.key_file, "key_pem", &self.key_pem),
            min_version: &self.min_version,
            max_version: &self.max_version,
            cipher_suites: &self.cipher_suites,
            curve_preferences: &self.curve_preferences,
        }
    }
}

impl TlsServerSettings {
    pub(super) fn shared(&self) -> Shared<'_> {
        Shared {
            ca: pair("ca_file", &self.ca_file, "ca_pem", &self.ca_pem),
            certificate: pair("cert_file", &self.cert_file, "cert_pem", &self.cert_pem),
            key: pair("key_file", &self.key_file, "key_pem", &self.key_pem),
            min_version: &self.min_version,
            max_version: &self.max_version,
            cipher_suites: &self.cipher_suites,
            curve_preferences: &self.curve_preferences,
        }
    }
}

fn pair<'a>(file_key: &'static str, file: &'a str, pem_key: &'static str, pem: &'a Secret) -> Pair<'a> {
    Pair { file_key, file, pem_key, pem }
}

impl Validate for TlsClientSettings {
    fn validate(&self, at: &mut Validator<'_>) {
        validate_keys(&self.shared(), at);
    }
}

impl Validate for TlsServerSettings {
    fn validate(&self, at: &mut Validator<'_>) {
        let shared = self.shared();
        validate_keys(&shared, at);
        if !shared.certificate.is_set() && !shared.key.is_set() {
            at.error("cert_file", "a server needs a certificate and its key");
        }
    }
}

fn validate_keys(shared: &Shared<'_>, at: &mut Validator<'_>) {
    for pair in [&shared.ca, &shared.certificate, &shared.key] {
        if pair.both() {
            at.error(pair.pem_key, format!("give {} or {}, not both", pair.file_key, pair.pem_key));
        }
    }
    if shared.certificate.is_set() && !shared.key.is_set() {
        at.error("key_file", "a certificate needs its key");
    }
    if shared.key.is_set() && !shared.certificate.is_set() {
        at.error("cert_file", "a key needs its certificate");
    }
    names::validate(shared, at);
}
