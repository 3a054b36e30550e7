//! `group_by`: which file a resource's data belongs to.
//!
//! The value of the attribute comes from outside. It may name directories below the place of the `*`, never above.

use agent_otlp::Batch;

use super::Config;

pub(super) struct Group {
    attribute: String,
    before: String,
    after: String,
}

impl Group {
    /// `None` when the settings do not group.
    pub(super) fn new(config: &Config) -> Option<Self> {
        let (before, after) = config.path.split_once('*').filter(|_| config.group_by.enabled)?;
        let attribute = config.group_by.resource_attribute.clone();
        Some(Self { attribute, before: before.to_owned(), after: after.to_owned() })
    }

    /// The batch in parts by file, in the order of first use, and how many items have no file to go to.
    pub(super) fn split(&self, batch: &Batch) -> (Vec<(String, Batch)>, usize) {
        let mut parts: Vec<(String, Batch)> = Vec::new();
        let mut without = 0;
        let mut rest = batch.clone();
        for entry in batch.resources() {
            let items = entry.items();
            if items == 0 {
                continue;
            }
            let part = rest.split_front(items);
            let path = entry.resource().attributes().get_str(&self.attribute).map(|value| self.path(value));
            let Some(path) = path else {
                without += items;
                continue;
            };
            match parts.iter_mut().find(|(other, _)| *other == path) {
                // Both are of one signal, so this cannot fail.
                Some((_, batch)) => without += if batch.append(part).is_ok() { 0 } else { items },
                None => parts.push((path, part)),
            }
        }
        (parts, without)
    }

    fn path(&self, value: &str) -> String {
        let safe = value.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
        let safe = safe.collect::<Vec<_>>().join("/");
        format!("{}{safe}{}", self.before, self.after)
    }
}
