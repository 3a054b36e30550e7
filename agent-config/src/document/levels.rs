//! The words for how much the agent tells of itself.
//!
//! Read by hand and not derived: several spellings mean one level, and a message should list the levels, not the spellings.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A level of the agent's own logs, in lower or upper case; nothing means `info`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevelName {
    /// Everything.
    Debug,
    /// What a person who runs the agent may want to know.
    #[default]
    Info,
    /// What may need attention.
    Warn,
    /// What went wrong. The Collector's levels above it (`dpanic`, `panic`, `fatal`) are read as this one.
    Error,
}

impl<'de> Deserialize<'de> for LogLevelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_one_case = text == text.to_ascii_lowercase() || text == text.to_ascii_uppercase();
        match text.to_ascii_lowercase().as_str() {
            "debug" if is_one_case => Ok(Self::Debug),
            "info" | "" if is_one_case => Ok(Self::Info),
            "warn" | "warning" if is_one_case => Ok(Self::Warn),
            "error" | "dpanic" | "panic" | "fatal" if is_one_case => Ok(Self::Error),
            _ => Err(D::Error::unknown_variant(&text, &["debug", "info", "warn", "error"])),
        }
    }
}

/// How much the agent measures of itself, in any case; nothing means `normal`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetricsLevel {
    /// Nothing.
    None,
    /// The little that is always useful.
    Basic,
    /// What dashboards show.
    #[default]
    Normal,
    /// Everything.
    Detailed,
}

impl<'de> Deserialize<'de> for MetricsLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.to_ascii_lowercase().as_str() {
            "none" => Ok(Self::None),
            "basic" => Ok(Self::Basic),
            "normal" | "" => Ok(Self::Normal),
            "detailed" => Ok(Self::Detailed),
            _ => Err(D::Error::unknown_variant(&text, &["none", "basic", "normal", "detailed"])),
        }
    }
}
