//! TLS as the settings of an exporter ask for it.

use agent_component::BuildError;
use agent_net::tls::{ClientTls, TlsClientSettings, TlsError};

/// TLS for an exporter that speaks it, offering these protocols.
///
/// Files that are named must be usable whatever the URL says, as in the Collector (v0.145.0): one that is not there is a
/// mistake, and would else be found on the day the URL becomes `https`. Its exception holds too: with `insecure` and
/// without an authority nothing is read.
///
/// # Errors
/// A file cannot be read or used; the error names the key.
pub(crate) fn tls(
    settings: &TlsClientSettings,
    secure: bool,
    offer: &[&str],
) -> Result<Option<ClientTls>, BuildError> {
    let failed = |error: TlsError| BuildError::new(error.at("tls"), error.to_string());
    if secure {
        return ClientTls::new(settings, offer).map(Some).map_err(failed);
    }
    let names_authority = !settings.ca_file.is_empty() || !settings.ca_pem.is_empty();
    if names_authority || !settings.insecure {
        // Nobody is verified here: a system without authorities may speak plainly.
        let plain = TlsClientSettings { insecure_skip_verify: true, ..settings.clone() };
        ClientTls::new(&plain, offer).map_err(failed)?;
    }
    Ok(None)
}
