//! `from_context`: a value that belongs to the client and not to the data.

use agent_component::ClientInfo;

/// Where a value of the client is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ContextKey {
    /// `client.address`: the peer's address, without its port.
    Address,
    /// `metadata.KEY`, or a bare `KEY`.
    Metadata(String),
    /// `auth.NAME`.
    Auth(String),
}

impl ContextKey {
    pub(super) fn parse(text: &str) -> Self {
        if text == "client.address" {
            Self::Address
        } else if let Some(key) = text.strip_prefix("metadata.") {
            Self::Metadata(key.to_owned())
        } else if let Some(name) = text.strip_prefix("auth.") {
            Self::Auth(name.to_owned())
        } else {
            Self::Metadata(text.to_owned())
        }
    }

    /// All values, joined by `;`; `None` when there is none.
    pub(super) fn value(&self, client: &ClientInfo) -> Option<String> {
        match self {
            Self::Address => client.address.map(|address| address.ip().to_string()),
            Self::Metadata(key) => join(client.metadata(key)),
            Self::Auth(name) => {
                join(client.auth.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()))
            }
        }
    }
}

fn join<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut joined = values.next()?.to_owned();
    for value in values {
        joined.push(';');
        joined.push_str(value);
    }
    Some(joined)
}
