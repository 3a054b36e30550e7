//! Pipeline ids: `traces`, `metrics/host`, `logs/audit`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::component_id::{IdError, split};

/// The id of a pipeline: the signal it carries and, when there are several for a signal, a name. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PipelineId {
    signal: &'static str,
    name: Arc<str>,
}

const SIGNALS: [&str; 3] = ["traces", "metrics", "logs"];

impl PipelineId {
    /// The signal: `traces`, `metrics` or `logs`.
    pub fn signal(&self) -> &'static str {
        self.signal
    }

    /// The name, empty when the id is the signal alone.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for PipelineId {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        let (first, name) = split(id)?;
        let signal = SIGNALS
            .into_iter()
            .find(|signal| *signal == first)
            .ok_or_else(|| IdError::UnknownSignal { id: id.to_owned(), signal: first.to_owned() })?;
        Ok(Self { signal, name: name.into() })
    }
}

impl fmt::Display for PipelineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signal)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, "/{}", self.name) }
    }
}

impl fmt::Debug for PipelineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PipelineId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PipelineId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
