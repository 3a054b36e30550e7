//! One reference: its scheme, its name, its default, and the value behind it.

use super::{At, Brought, Expander};
use crate::decode::clipped;
use crate::issues::Issue;
use crate::yaml::limits;

impl Expander<'_> {
    /// The value behind `uri`, the expanded inside of `written`. Messages show only `written`: parts of `uri` may be secret.
    pub(super) fn retrieve(&mut self, written: &str, uri: &str, at: At<'_>) -> Result<Brought, String> {
        let shown = clipped(written);
        if uri.contains('$') {
            return Err(format!("the reference {shown} contains unsupported characters ('$')"));
        }
        match scheme(uri) {
            _ if bare_default(uri) => Err(format!(
                "invalid reference {shown}: a default needs the scheme in front, as in ${{env:NAME:-default}}"
            )),
            Some(("env", name)) => self.variable(&shown, name, at),
            None if !uri.contains(':') => self.variable(&shown, uri, at),
            Some(("yaml", text)) => Ok(Brought { text: text.to_owned(), external: false, is_text: false }),
            Some(("file", path)) => self.file(&shown, path),
            Some(("http" | "https", _)) => Err(format!(
                "{shown}: configurations are not read over the network; use ${{env:...}} or ${{file:...}}"
            )),
            None => Err(format!("invalid reference {shown}")),
            Some(_) => Err(format!("the scheme of {shown} is not supported: use env, file or yaml")),
        }
    }

    fn variable(&mut self, shown: &str, uri: &str, at: At<'_>) -> Result<Brought, String> {
        let (name, default) = match uri.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (uri, None),
        };
        if !is_variable_name(name) {
            return Err(format!(
                "the environment variable of {shown} has an invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$"
            ));
        }
        match (self.sources.environment.get(name), default) {
            (Some(text), _) => Ok(Brought { text, external: true, is_text: false }),
            (None, Some(default)) => {
                Ok(Brought { text: default.to_owned(), external: false, is_text: default.is_empty() })
            }
            (None, None) => {
                let message =
                    format!("{shown} references an environment variable that is not set; the value is empty");
                self.issues.push(Issue::warning(at.trail.to_path(), message).at(at.position));
                Ok(Brought { text: String::new(), external: false, is_text: false })
            }
        }
    }

    fn file(&self, shown: &str, path: &str) -> Result<Brought, String> {
        let Some(files) = self.sources.files else {
            return Err(format!("{shown}: files are not available here"));
        };
        let text = files.read(path).map_err(|reason| format!("{shown}: cannot read the file: {reason}"))?;
        if text.len() > limits::TEXT_BYTES {
            return Err(format!("{shown}: the file is larger than {} bytes", limits::TEXT_BYTES));
        }
        Ok(Brought { text, external: true, is_text: false })
    }
}

/// The scheme of a reference and what follows it: `^[A-Za-z][A-Za-z0-9+.-]+:`.
fn scheme(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let mut characters = scheme.chars();
    let letter_first = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
    let allowed = characters.all(|other| other.is_ascii_alphanumeric() || "+.-".contains(other));
    (letter_first && allowed && scheme.len() > 1).then_some((scheme, rest))
}

/// `NAME:-default` without `env:`; other configuration languages allow that, so it is a frequent slip.
fn bare_default(uri: &str) -> bool {
    uri.split_once(":-").is_some_and(|(name, _)| is_variable_name(name) && name != "env")
}

fn is_variable_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|other| other.is_ascii_alphanumeric() || other == '_')
}
