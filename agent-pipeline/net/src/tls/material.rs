//! Certificates, keys and authorities from files or text.

use std::fs::File;
use std::io::Read;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;
use super::settings::{Pair, Shared};

/// Far above any bundle of authorities; a device file or a wrong path must not fill the memory.
const MAX_BYTES: u64 = 8 << 20;

struct Loaded {
    key: &'static str,
    origin: String,
    bytes: Vec<u8>,
}

/// The certificate chain and key, checked to belong together; `None` when the settings name none.
pub(super) fn identity(
    shared: &Shared<'_>,
    provider: &CryptoProvider,
) -> Result<Option<CertifiedKey>, TlsError> {
    let (Some(chain), Some(key)) = (load(&shared.certificate)?, load(&shared.key)?) else {
        return Ok(None);
    };
    let chain_key = chain.key;
    let chain = certificates(&chain)?;
    let key_der =
        PrivateKeyDer::from_pem_slice(&key.bytes).map_err(|error| key.malformed("private key", &error))?;
    let identity = CertifiedKey::from_der(chain, key_der, provider)
        .map_err(|error| TlsError::Refused { key: chain_key, reason: error.to_string() })?;
    Ok(Some(identity))
}

/// The authorities of a file or text; `None` when the settings name none.
pub(super) fn authorities(pair: &Pair<'_>) -> Result<Option<RootCertStore>, TlsError> {
    let Some(loaded) = load(pair)? else { return Ok(None) };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&loaded)? {
        roots
            .add(certificate)
            .map_err(|error| TlsError::Refused { key: loaded.key, reason: error.to_string() })?;
    }
    Ok(Some(roots))
}

/// Adds the authorities that the system trusts.
pub(super) fn add_system_authorities(roots: &mut RootCertStore) -> Result<(), TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let reason = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        return Err(TlsError::NoSystemRoots { reason });
    }
    Ok(())
}

fn certificates(loaded: &Loaded) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&loaded.bytes).collect();
    let found = found.map_err(|error| loaded.malformed("certificate", &error))?;
    if found.is_empty() {
        return Err(loaded.malformed("certificate", &pem::Error::NoItemsFound));
    }
    Ok(found)
}

fn load(pair: &Pair<'_>) -> Result<Option<Loaded>, TlsError> {
    if !pair.pem.is_empty() {
        let bytes = pair.pem.expose().as_bytes().to_vec();
        return Ok(Some(Loaded { key: pair.pem_key, origin: "the text".to_owned(), bytes }));
    }
    if pair.file.is_empty() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::open(pair.file)
        .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
        .map_err(|reason| TlsError::Read { key: pair.file_key, path: pair.file.to_owned(), reason })?;
    Ok(Some(Loaded { key: pair.file_key, origin: pair.file.to_owned(), bytes }))
}

impl Loaded {
    /// The reader's error may quote the text, which may be a key: only its kind is told.
    fn malformed(&self, what: &str, error: &pem::Error) -> TlsError {
        let reason = match error {
            pem::Error::NoItemsFound => format!("holds no PEM {what}"),
            _ => format!("is not well-formed PEM (a {what} is expected)"),
        };
        TlsError::Pem { key: self.key, origin: self.origin.clone(), reason }
    }
}
