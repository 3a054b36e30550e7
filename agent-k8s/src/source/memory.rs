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
    said: Result<Snapshot, ReadError>,
    mounted: Option<Digest>,
}

/// The memory of one source.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: Option<Known>,
    version: Option<u64>,
    /// Counts what the API said.
    turn: u64,
    /// Why the API cannot be read.
    down: Option<ReadError>,
    /// The `ConfigMap`'s own.
    pub(super) uid: Option<String>,
}

impl Memory {
    /// Whether this resource version is older than what has been read. Versions that are not numbers compare as newer,
    /// because nothing is known about them.
    pub(super) fn is_behind(&self, version: &str) -> bool {
        let known_and_this = self.version.zip(version.parse().ok());
        known_and_this.is_some_and(|(known, this): (u64, u64)| this < known)
    }

    /// Where the memory is when a read begins.
    pub(super) fn turn(&self) -> u64 {
        self.turn
    }

    /// A read that began at `turn` brought `said`; returns what counts. If the watch said something newer meanwhile, that
    /// counts. Otherwise a read is right even where its version is older: the cluster was restored from a backup.
    pub(super) fn learn(
        &mut self,
        turn: u64,
        version: &str,
        said: Result<Snapshot, ReadError>,
        mounted: Option<Digest>,
    ) -> Result<Snapshot, ReadError> {
        let overtaken = turn != self.turn && (version.is_empty() || self.is_behind(version));
        if let (true, Some(known)) = (overtaken, &self.known) {
            return known.said.clone();
        }
        self.keep(version, said.clone(), mounted);
        said
    }

    /// The watch said something newer; the mounted copy was not looked at.
    pub(super) fn hear(&mut self, version: &str, said: Result<Snapshot, ReadError>) {
        let mounted = self.known.take().and_then(|known| known.mounted);
        self.keep(version, said, mounted);
    }

    fn keep(&mut self, version: &str, said: Result<Snapshot, ReadError>, mounted: Option<Digest>) {
        self.turn += 1;
        self.version = version.parse().ok();
        self.known = Some(Known { said, mounted });
    }

    /// The API cannot be read: decides between the mounted file and what the API last said.
    pub(super) fn stand_in(
        &self,
        file: Result<Snapshot, ReadError>,
        api: ReadError,
    ) -> Result<Snapshot, ReadError> {
        let Some(known) = &self.known else {
            return match file {
                Ok(snapshot) => Ok(standing_in(snapshot, api)),
                Err(file) => Err(ReadError::Neither { api: Box::new(api), file: Box::new(file) }),
            };
        };
        let said = known.said.as_ref().ok();
        match (file, said) {
            (Ok(snapshot), _)
                if Some(snapshot.digest) != known.mounted
                    && Some(snapshot.digest) != said.map(|said| said.digest) =>
            {
                Ok(standing_in(snapshot, api))
            }
            (_, Some(said)) => Ok(standing_in(said.clone(), api)),
            (_, None) => Err(api),
        }
    }

    /// Why the API cannot be read, if so.
    pub(super) fn down(&self) -> Option<&ReadError> {
        self.down.as_ref()
    }

    /// The API can be read or not from now on; returns whether that is anything new.
    pub(super) fn is_down(&mut self, reason: Option<&ReadError>) -> bool {
        let new = self.down.as_ref().map(ToString::to_string) != reason.map(ToString::to_string);
        self.down = reason.cloned();
        new
    }
}

fn standing_in(snapshot: Snapshot, api: ReadError) -> Snapshot {
    Snapshot { instead_of: Some(Arc::new(api)), ..snapshot }
}
