//! What is wrong with the environment.

use std::fmt;

/// One variable that is missing or cannot be used. Never shows a value that may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Not set, or empty.
    #[error("{0} is required")]
    Required(&'static str),
    /// Set to what cannot be used.
    #[error("{name} {reason}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// Why, as the rest of a sentence that begins with the name.
        reason: String,
    },
    /// The layers could not be read as a whole.
    #[error("the environment cannot be read: {0}")]
    Unreadable(String),
}

/// All that is wrong with the environment; prints one problem a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsErrors(pub(super) Vec<SettingError>);

impl SettingsErrors {
    /// The problems, at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, SettingError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a SettingsErrors {
    type Item = &'a SettingError;
    type IntoIter = std::slice::Iter<'a, SettingError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsErrors {}
