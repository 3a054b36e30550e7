//! Component ids: `type` or `type/name`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The id of a component: its type and, when there are several of a type, a name. Cheap to clone.
///
/// The type matches `^[a-zA-Z][0-9a-zA-Z_]{0,62}$`; the name has 1 to 1024 characters, none of them white space,
/// control character or symbol. Blanks around both parts are not part of them. Source: the Collector's `component.ID`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ComponentId {
    r#type: Arc<str>,
    name: Arc<str>,
}

/// Why a text is not the id of a component or a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing at all.
    #[error("id must not be empty")]
    Empty,
    /// `/name`.
    #[error("in {0:?} id: the part before / should not be empty")]
    EmptyType(String),
    /// `type/`.
    #[error("in {0:?} id: the part after / should not be empty")]
    EmptyName(String),
    /// A type that does not begin with a letter, is longer than 63 characters or has others than letters, digits and `_`.
    #[error("in {id:?} id: invalid character(s) in type {type:?}")]
    BadType {
        /// The whole text.
        id: String,
        /// The part before the `/`.
        r#type: String,
    },
    /// A name that is too long.
    #[error("in {0:?} id: name length must be at most 1024 characters")]
    LongName(String),
    /// A name with white space, control characters or symbols.
    #[error("in {id:?} id: invalid character(s) in name {name:?}")]
    BadName {
        /// The whole text.
        id: String,
        /// The part after the `/`.
        name: String,
    },
    /// A pipeline of a signal that does not exist.
    #[error("in {id:?} id: unknown pipeline signal: {signal:?}")]
    UnknownSignal {
        /// The whole text.
        id: String,
        /// The part before the `/`.
        signal: String,
    },
}

const LONGEST_TYPE: usize = 63;
const LONGEST_NAME: usize = 1024;

impl ComponentId {
    /// The id `type`, or `type/name` when `name` is not empty.
    ///
    /// # Errors
    /// Says which part breaks which rule.
    pub fn new(r#type: &str, name: &str) -> Result<Self, IdError> {
        if name.is_empty() { r#type.parse() } else { format!("{type}/{name}").parse() }
    }

    /// The type, as written: an alias of a type name is not resolved here.
    pub fn r#type(&self) -> &str {
        &self.r#type
    }

    /// The name, empty when the id is the type alone.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for ComponentId {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        let (r#type, name) = split(id)?;
        let mut characters = r#type.chars();
        let letter_first = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
        let rest_allowed = characters.all(|other| other.is_ascii_alphanumeric() || other == '_');
        if !letter_first || !rest_allowed || r#type.len() > LONGEST_TYPE {
            return Err(IdError::BadType { id: id.to_owned(), r#type: r#type.to_owned() });
        }
        Ok(Self { r#type: r#type.into(), name: name.into() })
    }
}

/// The two parts of an id; the second is checked, the first is only not empty.
pub(super) fn split(id: &str) -> Result<(&str, &str), IdError> {
    let Some((first, name)) = id.split_once('/') else {
        return match id.trim() {
            "" => Err(IdError::Empty),
            first => Ok((first, "")),
        };
    };
    let (first, name) = (first.trim(), name.trim());
    if first.is_empty() {
        return Err(IdError::EmptyType(id.to_owned()));
    }
    if name.is_empty() {
        return Err(IdError::EmptyName(id.to_owned()));
    }
    if name.chars().nth(LONGEST_NAME).is_some() {
        return Err(IdError::LongName(name.chars().take(40).chain(['…']).collect()));
    }
    if name.chars().any(not_in_names) {
        return Err(IdError::BadName { id: id.to_owned(), name: name.to_owned() });
    }
    Ok((first, name))
}

/// White space, control characters and symbols: Unicode's categories Z, C and S. For characters beyond ASCII the blocks
/// made of symbols stand for the category, which spares a table of all of Unicode.
fn not_in_names(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control() || " $+<=>^`|~".contains(character);
    }
    character.is_whitespace()
        || character.is_control()
        || matches!(u32::from(character),
            // Latin-1 symbols and the soft hyphen.
            0xa2..=0xa6 | 0xa8 | 0xa9 | 0xac..=0xb1 | 0xb4 | 0xb8 | 0xd7 | 0xf7
            // Format characters, then private use.
            | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe000..=0xf8ff | 0xf_0000..=0x10_ffff
            // Currency, arrows, mathematics, technical, shapes, dingbats, emoji.
            | 0x20a0..=0x20cf | 0x2190..=0x2307 | 0x230c..=0x2328 | 0x232b..=0x2767 | 0x2794..=0x27c4
            | 0x27c7..=0x27e5 | 0x27f0..=0x2982 | 0x2999..=0x29d7 | 0x29dc..=0x29fb | 0x29fe..=0x2bff
            | 0x1_f000..=0x1_faff)
}

impl fmt::Display for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.r#type)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, "/{}", self.name) }
    }
}

impl fmt::Debug for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ComponentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ComponentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
