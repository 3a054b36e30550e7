//! Versions, cipher suites and curves by the names that Go's `crypto/tls` gives them.
//!
//! A name that Go knows and ring cannot do is skipped as long as another of the list is usable: the peer then simply is
//! not offered it. As in Go, cipher suites are only chosen for TLS 1.2; those of 1.3 are always on.

use agent_config::Validator;
use rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, NamedGroup, SupportedCipherSuite, SupportedProtocolVersion};

use super::TlsError;
use super::settings::Shared;

/// Suites of TLS 1.3: known names, not a choice.
const TLS13_SUITES: [&str; 3] =
    ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

/// Suites that Go knows and ring has not (CBC mode).
const ABSENT_SUITES: [&str; 4] = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
];

/// Curves that Go knows and ring has not.
const ABSENT_CURVES: [&str; 2] = ["P521", "X25519MLKEM768"];

const VERSIONS: &str = "1.2 or 1.3";

/// Checks what `build` needs; the texts name the value that is wrong.
pub(super) fn validate(shared: &Shared<'_>, at: &mut Validator<'_>) {
    for error in [versions(shared).err(), provider(shared).err()].into_iter().flatten() {
        at.error(error.key(), error.to_string());
    }
}

/// The protocol versions between `min_version` and `max_version`.
pub(super) fn versions(
    shared: &Shared<'_>,
) -> Result<&'static [&'static SupportedProtocolVersion], TlsError> {
    static BOTH: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];
    let low = version("min_version", shared.min_version)?.unwrap_or(0);
    let high = version("max_version", shared.max_version)?.unwrap_or(1);
    BOTH.get(low..=high).filter(|found| !found.is_empty()).ok_or_else(|| TlsError::Setting {
        key: "min_version",
        reason: "must not be above max_version".to_owned(),
    })
}

fn version(key: &'static str, text: &str) -> Result<Option<usize>, TlsError> {
    let reason = match text {
        "" => return Ok(None),
        "1.2" => return Ok(Some(0)),
        "1.3" => return Ok(Some(1)),
        "1.0" | "1.1" => format!("TLS {text} is broken and not supported; use {VERSIONS}"),
        other => format!("unknown TLS version {other:?}; use {VERSIONS}"),
    };
    Err(TlsError::Setting { key, reason })
}

/// The ring provider, restricted to the suites and curves that were asked for, curves in the order asked.
pub(super) fn provider(shared: &Shared<'_>) -> Result<CryptoProvider, TlsError> {
    let mut provider = ring::default_provider();
    if !shared.cipher_suites.is_empty() {
        let wanted = suites(shared.cipher_suites)?;
        provider.cipher_suites.retain(|suite| suite.tls13().is_some() || wanted.contains(&suite.suite()));
        if wanted.is_empty() && shared.max_version == "1.2" {
            return Err(TlsError::Setting {
                key: "cipher_suites",
                reason: "none of these can be used with TLS 1.2".to_owned(),
            });
        }
    }
    if !shared.curve_preferences.is_empty() {
        provider.kx_groups = curves(shared.curve_preferences)?;
    }
    Ok(provider)
}

fn suites(names: &[String]) -> Result<Vec<CipherSuite>, TlsError> {
    let mut wanted = Vec::with_capacity(names.len());
    for name in names {
        let found = ring::ALL_CIPHER_SUITES.iter().find(|suite| go_name(suite) == *name);
        match found {
            Some(suite) => wanted.push(suite.suite()),
            None if TLS13_SUITES.contains(&name.as_str()) || ABSENT_SUITES.contains(&name.as_str()) => {}
            None => {
                return Err(TlsError::Setting {
                    key: "cipher_suites",
                    reason: format!("unknown or insecure cipher suite {name:?}"),
                });
            }
        }
    }
    Ok(wanted)
}

/// The name of a TLS 1.2 suite, which Go and rustls spell the same; nothing for those of 1.3.
fn go_name(suite: &SupportedCipherSuite) -> String {
    let name = suite.suite().as_str().unwrap_or_default();
    if suite.tls13().is_some() { String::new() } else { name.to_owned() }
}

fn curves(names: &[String]) -> Result<Vec<&'static dyn SupportedKxGroup>, TlsError> {
    let mut wanted = Vec::with_capacity(names.len());
    for name in names {
        let group = match name.as_str() {
            "X25519" => NamedGroup::X25519,
            "P256" => NamedGroup::secp256r1,
            "P384" => NamedGroup::secp384r1,
            absent if ABSENT_CURVES.contains(&absent) => continue,
            other => {
                return Err(TlsError::Setting {
                    key: "curve_preferences",
                    reason: format!("unknown curve {other:?}; known are X25519, P256, P384"),
                });
            }
        };
        wanted.extend(ring::ALL_KX_GROUPS.iter().copied().filter(|known| known.name() == group));
    }
    if wanted.is_empty() {
        return Err(TlsError::Setting {
            key: "curve_preferences",
            reason: "none of these is supported; use X25519, P256 or P384".to_owned(),
        });
    }
    Ok(wanted)
}
