//! A set of texts, of which one must be equal or match.

use agent_ottl::pattern;
use regex::Regex;

use super::Fault;

/// See the file's head.
#[derive(Clone, Debug)]
pub(super) enum Texts {
    Strict(Vec<String>),
    Regexp(Vec<Regex>),
}

impl Texts {
    /// Compiles the texts of `field`; `None` when there are none, and then every text matches.
    pub(super) fn optional(
        match_type: &str,
        texts: &[String],
        field: &'static str,
    ) -> Result<Option<Self>, Fault> {
        if texts.is_empty() { Ok(None) } else { Self::new(match_type, texts, field).map(Some) }
    }

    pub(super) fn new(match_type: &str, texts: &[String], field: &'static str) -> Result<Self, Fault> {
        match match_type {
            "strict" => Ok(Self::Strict(texts.to_vec())),
            "regexp" => {
                let compiled = texts.iter().enumerate().map(|(index, text)| {
                    let bad = |error| Fault::new(field, format!("error parsing regexp {text:?}: {error}"));
                    pattern::compile(text).map_err(|error| bad(error).at(index))
                });
                compiled.collect::<Result<_, _>>().map(Self::Regexp)
            }
            _ => Err(Fault::unknown_match_type(match_type)),
        }
    }

    /// What is wrong with each of the texts.
    pub(super) fn faults<'c>(
        match_type: &'c str,
        texts: &'c [String],
        field: &'static str,
    ) -> impl Iterator<Item = Fault> + 'c {
        let check = move |(index, text)| {
            Self::new(match_type, std::slice::from_ref(text), field).err().map(|fault| fault.at(index))
        };
        texts.iter().enumerate().filter_map(check)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Strict(texts) => texts.iter().any(|other| other == text),
            Self::Regexp(patterns) => patterns.iter().any(|pattern| pattern.is_match(text)),
        }
    }
}
