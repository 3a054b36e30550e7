//! What a `ConfigMap` source remembers between reads.
//!
//! Its one rule: the mounted file may stand in for the API, but never take the agent back. The kubelet updates a mounted
//! copy up to minutes after the API has the change, so what the copy held when the API was last read is old by
//! definition; only a text that appeared in it since then is news.

use std::sync::Arc;

use super::{Digest, ReadError, Snapshot};

/// What the API last said, and what the mounted copy held then.
#[derive(Debug)]
struct Known {
    /// `None`: it said that there is no document.
    said: Option<Snapshot>,
    mounted: Option<Digest>,
}

/// The memory of one source.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: Option<Known>,
    version: Option<u64>,
    complaint: Option<String>,
}

impl Memory {
    /// Whether an event of this resource version is older than what has been read. Versions that are not numbers compare
    /// as newer, because nothing is known about them.
    pub(super) fn is_behind(&self, version: &str) -> bool {
        let known_and_event = self.version.zip(version.parse().ok());
        known_and_event.is_some_and(|(known, event): (u64, u64)| event < known)
    }

    /// The API was read: what it said, and what the mounted copy holds now.
    pub(super) fn learn(&mut self, version: &str, said: Option<&Snapshot>, mounted: Option<Digest>) {
        self.version = version.parse().ok();
        self.known = Some(Known { said: said.cloned(), mounted });
    }

    /// A watch said something newer; the mounted copy was not looked at.
    pub(super) fn hear(&mut self, version: &str, said: Option<&Snapshot>) {
        let mounted = self.known.take().and_then(|known| known.mounted);
        self.learn(version, said, mounted);
    }

    /// The API cannot be read: decides between the mounted file and what the API last said.
    pub(super) fn stand_in(
        &self,
        file: Result<Snapshot, ReadError>,
        api: ReadError,
    ) -> Result<Snapshot, ReadError> {
        let stand_in = |snapshot: Snapshot, api| Snapshot { instead_of: Some(Arc::new(api)), ..snapshot };
        let Some(known) = &self.known else {
            return match file {
                Ok(snapshot) => Ok(stand_in(snapshot, api)),
                Err(file) => Err(ReadError::Neither { api: Box::new(api), file: Box::new(file) }),
            };
        };
        let said = known.said.as_ref();
        match (file, said) {
            (Ok(snapshot), _)
                if Some(snapshot.digest) != known.mounted
                    && Some(snapshot.digest) != said.map(|said| said.digest) =>
            {
                Ok(stand_in(snapshot, api))
            }
            (_, Some(said)) => Ok(stand_in(said.clone(), api)),
            (_, None) => Err(api),
        }
    }

    /// Whether this trouble has not been reported yet. `None` ends the trouble and says whether there was any.
    pub(super) fn complain(&mut self, trouble: Option<String>) -> bool {
        let new = self.complaint != trouble;
        self.complaint = trouble;
        new
    }
}
