//! `error_mode`, which everything that runs statements or conditions has.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// What a failing statement or condition means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorMode {
    /// It is logged, and the next one is run; a condition does not hold.
    Ignore,
    /// The same without a word.
    Silent,
    /// The whole batch is refused, and the sender may try again.
    #[default]
    Propagate,
}

impl<'de> Deserialize<'de> for ErrorMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Mode;

        impl Visitor<'_> for Mode {
            type Value = ErrorMode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("ignore, silent or propagate")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ErrorMode, E> {
                match text.to_ascii_lowercase().as_str() {
                    "ignore" => Ok(ErrorMode::Ignore),
                    "silent" => Ok(ErrorMode::Silent),
                    "propagate" => Ok(ErrorMode::Propagate),
                    _ => Err(E::custom(format!(
                        "unknown error mode {text}, valid are ignore, silent, propagate"
                    ))),
                }
            }
        }
        deserializer.deserialize_str(Mode)
    }
}
