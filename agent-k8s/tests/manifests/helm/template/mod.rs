//! Go's templates, as far as the chart uses them; anything else in them is refused.

mod eval;
mod functions;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use eval::sorted;

/// The templates of a chart.
pub(crate) struct Templates {
    files: BTreeMap<String, Vec<parser::Node>>,
    defines: parser::Defines,
}

impl Templates {
    /// Parses the files, by their names.
    pub(crate) fn parse(files: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut templates = Self { files: BTreeMap::new(), defines: BTreeMap::new() };
        for (name, text) in files {
            let nodes =
                parser::parse(text, &mut templates.defines).map_err(|error| format!("{name}: {error}"))?;
            templates.files.insert(name.clone(), nodes);
        }
        Ok(templates)
    }

    /// What each file gives, but those whose names begin with an underscore.
    pub(crate) fn render(&self, root: &Value) -> Result<BTreeMap<String, String>, String> {
        let files = self.files.iter().filter(|(name, _)| !name.starts_with('_'));
        let rendered = files.map(|(name, nodes)| {
            let text =
                eval::render(&self.defines, nodes, root, 0).map_err(|error| format!("{name}: {error}"));
            Ok((name.clone(), text?))
        });
        rendered.collect()
    }
}
