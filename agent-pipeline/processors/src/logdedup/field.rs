//! A field of a record's body or attributes, however deep: `attributes.http.path`, where `\.` is a dot inside a name.

use agent_otlp::{AnyValue, LogRecord};

/// See the file's head.
#[derive(Clone, Debug)]
pub(super) struct Field {
    root: Root,
    /// Empty for all attributes.
    path: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Root {
    Body,
    Attributes,
}

impl Field {
    /// The field of this name, if it begins with `body` or `attributes`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let marked = text.replace("\\.", "\0");
        let mut parts = marked.split('.').map(|part| part.replace('\0', "."));
        let root = match parts.next()?.as_str() {
            "body" => Root::Body,
            "attributes" => Root::Attributes,
            _ => return None,
        };
        Some(Self { root, path: parts.collect() })
    }

    /// Its value in a record.
    pub(super) fn find<'r, 'a>(&self, record: &'r LogRecord<'a>) -> Option<&'r AnyValue<'a>> {
        match self.root {
            Root::Body if self.path.is_empty() => None,
            Root::Body => below(record.body(), &self.path),
            Root::Attributes => {
                let (key, path) = self.path.split_first()?;
                below(record.attributes().get(key)?, path)
            }
        }
    }

    /// Takes it out of a record.
    pub(super) fn remove(&self, record: &mut LogRecord<'_>) {
        match (self.root, self.path.as_slice()) {
            (Root::Attributes, []) => record.attributes_mut().clear(),
            (Root::Attributes, [key]) => {
                record.attributes_mut().delete(key);
            }
            // What is not there changes nothing.
            _ if self.find(record).is_none() => {}
            (Root::Attributes, [key, path @ ..]) => {
                if let Some(value) = record.attributes_mut().get_mut(key) {
                    remove_below(value, path);
                }
            }
            (Root::Body, path) => remove_below(record.body_mut(), path),
        }
    }
}

fn below<'r, 'a>(value: &'r AnyValue<'a>, path: &[String]) -> Option<&'r AnyValue<'a>> {
    path.iter().try_fold(value, |value, key| {
        value.as_kvlist()?.iter().find_map(|(name, value)| (name == key).then_some(value))
    })
}

fn remove_below(value: &mut AnyValue<'_>, path: &[String]) {
    let (AnyValue::KvList(members), Some((key, path))) = (value, path.split_first()) else {
        return;
    };
    let Some(index) = members.iter().position(|(name, _)| name == key) else {
        return;
    };
    if path.is_empty() {
        members.remove(index);
    } else if let Some((_, value)) = members.get_mut(index) {
        remove_below(value, path);
    }
}
