//! TLS towards the backend of a push: rustls on ring, as everywhere. Files are read once, as the Collector does here.
//!
//! Apart from `agent-net`, which has more and lies beside this crate, not below it.

use std::sync::Arc;

use agent_config::document::OtlpExporter;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::super::MetricsError;

/// The configuration for `otlp`, which stands at `path`.
pub(super) fn config(otlp: &OtlpExporter, path: &str, h2: bool) -> Result<Arc<ClientConfig>, MetricsError> {
    let at = |key: &str| format!("{path}::{key}");
    let mut roots = RootCertStore::empty();
    let certificates = match &otlp.certificate {
        Some(file) => read_certificates(file, at("certificate"))?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(certificates);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| MetricsError::Tls { path: path.to_owned(), reason: error.to_string() })?
        .with_root_certificates(roots);
    let mut config = match (&otlp.client_certificate, &otlp.client_key) {
        (Some(certificate), Some(key)) => {
            let chain = read_certificates(certificate, at("client_certificate"))?;
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| MetricsError::Tls { path: at("client_key"), reason: error.to_string() })?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| MetricsError::Tls { path: at("client_key"), reason: error.to_string() })?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![if h2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    Ok(Arc::new(config))
}

fn read_certificates(file: &str, path: String) -> Result<Vec<CertificateDer<'static>>, MetricsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => {
            Err(MetricsError::Tls { path, reason: "the file holds no certificate".to_owned() })
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(MetricsError::Tls { path, reason: error.to_string() }),
    }
}
