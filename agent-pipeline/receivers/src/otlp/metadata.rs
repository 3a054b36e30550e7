//! What is kept of a client beside its data when `include_metadata` asks for it.

use std::sync::Arc;

use agent_component::ClientInfo;
use http::{HeaderMap, Uri};

/// The client of one request: its connection's, with the request's headers.
///
/// HTTP/2 names the host in `:authority`, which is kept under `authority` (its own name, or `host`).
pub(super) fn with_headers(
    client: &ClientInfo,
    headers: &HeaderMap,
    uri: &Uri,
    authority: &str,
) -> Arc<ClientInfo> {
    let mut metadata: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    if let Some(host) = uri.authority().filter(|_| !headers.contains_key(authority)) {
        metadata.push((authority.to_owned(), host.as_str().to_owned()));
    }
    Arc::new(ClientInfo { metadata, ..client.clone() })
}
