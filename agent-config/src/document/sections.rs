//! The five maps of components.

use indexmap::IndexMap;

use crate::decode::{Section, nearest};
use crate::issues::{ConfigPath, Issue, Issues};
use crate::values::ComponentId;
use crate::yaml::{Entry, Kind};

/// Reads one of the maps from component id to configuration.
pub(super) fn read(entry: Option<&Entry>, kind: &str, issues: &mut Issues) -> IndexMap<ComponentId, Section> {
    let path = ConfigPath::root().key(kind);
    let mut sections = IndexMap::new();
    let Some(entry) = entry else { return sections };
    let entries = match &entry.value.kind {
        Kind::Map(entries) => entries,
        Kind::Null => return sections,
        other => {
            let message = format!("must be a map of component ids, not {}", other.noun());
            issues.push(Issue::error(path, message).at(entry.value.position));
            return sections;
        }
    };
    for (key, entry) in entries {
        let path = path.key(key);
        match key.parse::<ComponentId>() {
            Err(error) => issues.push(Issue::error(path, error.to_string()).at(entry.key_position)),
            Ok(id) if sections.contains_key(&id) => {
                let message = format!("duplicate name {:?}", id.to_string());
                issues.push(Issue::error(path, message).at(entry.key_position));
            }
            Ok(id) => {
                let section = Section::new(path, entry.value.clone(), entry.key_position);
                sections.insert(id, section);
            }
        }
    }
    sections
}

/// Tells the keys of a map that are none of `known`.
pub(super) fn unknown_keys(
    entries: &IndexMap<String, Entry>,
    path: &ConfigPath,
    known: &[&str],
    issues: &mut Issues,
) {
    for (key, entry) in entries.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        let suggestion = nearest(key, known.iter().copied());
        let issue = Issue::error(path.key(key), "unknown key").at(entry.key_position);
        issues.push(issue.did_you_mean(suggestion));
    }
}
