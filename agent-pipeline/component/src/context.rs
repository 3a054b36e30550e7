//! What is known of the client that sent a batch; it travels beside the data up to the first holder.
//!
//! Not authentication and not a bag of anything. The address is always known where there is a socket, and one value
//! serves all requests of a connection; metadata is filled only when the receiver's settings ask for it
//! (`include_metadata`), and then there is a value for each request.

use std::net::SocketAddr;

/// The client of a request: its metadata (HTTP headers or gRPC metadata), its address, what it proved to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClientInfo {
    /// Header names in lower case, in the order received; a name may occur more than once.
    pub metadata: Vec<(String, String)>,
    /// The peer's address, where there is one.
    pub address: Option<SocketAddr>,
    /// Attributes that an authenticator found (`auth.NAME` in `from_context`).
    pub auth: Vec<(String, String)>,
}

impl ClientInfo {
    /// All values of one metadata key, compared without case, in the order received.
    pub fn metadata<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.metadata
            .iter()
            .filter(move |(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.as_str())
    }
}
