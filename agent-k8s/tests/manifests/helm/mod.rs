//! Rendering the chart without Helm, so that its golden files are checked everywhere.
//!
//! What the chart uses of Helm is done here, anything else in it is refused. Where Helm is installed, a test compares.

pub(crate) mod schema;
mod template;
mod yaml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::documents::deploy;
use schema::Schema;
use template::Templates;

/// A chart as it lies in a folder.
pub(crate) struct Chart {
    metadata: Value,
    values: Value,
    schema: Schema,
    templates: Templates,
}

/// Where the chart is.
pub(crate) fn folder() -> PathBuf {
    deploy().join("helm/kubeagent")
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn parse(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

impl Chart {
    pub(crate) fn load() -> Self {
        let folder = folder();
        let entries = std::fs::read_dir(folder.join("templates")).unwrap();
        let files = entries.map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), read(&path))
        });
        let schema = serde_json::from_str(&read(&folder.join("values.schema.json"))).unwrap();
        Self {
            metadata: parse(&read(&folder.join("Chart.yaml"))),
            values: parse(&read(&folder.join("values.yaml"))),
            schema: Schema::new(schema),
            templates: Templates::parse(&files.collect()).unwrap(),
        }
    }

    /// The chart's own values.
    pub(crate) fn values(&self) -> &Value {
        &self.values
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What each template gives for a release `kubeagent` in `kloudmate`, or what is wrong with the values.
    pub(crate) fn render(&self, values: &Value) -> Result<BTreeMap<String, String>, String> {
        let mut all = self.values.clone();
        coalesce(&mut all, values)?;
        let problems = self.schema.problems(&all);
        if !problems.is_empty() {
            return Err(problems.join("\n"));
        }
        let fields = self.metadata.as_object().into_iter().flatten();
        // Fields of the chart begin with a capital in templates.
        let chart: Map<String, Value> = fields.map(|(key, value)| (capital(key), value.clone())).collect();
        let release = json!({"Name": "kubeagent", "Namespace": "kloudmate", "Service": "Helm"});
        self.templates.render(&json!({"Values": all, "Chart": chart, "Release": release}))
    }

    /// What is applied, as one text of YAML documents.
    pub(crate) fn manifests(&self, values: &Value) -> Result<String, String> {
        let files = self.render(values)?.into_iter();
        let documents = files.filter_map(|(file, rendered)| {
            let (is_manifest, content) = (Path::new(&file).extension()? == "yaml", rendered.trim());
            let source = format!("---\n# Source: kubeagent/templates/{file}\n{content}\n");
            (is_manifest && !content.is_empty()).then_some(source)
        });
        Ok(documents.collect())
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

/// Lays `values` over the chart's: maps are merged, null removes.
fn coalesce(chart: &mut Value, values: &Value) -> Result<(), String> {
    let (Value::Object(chart), Value::Object(values)) = (&mut *chart, values) else {
        if chart.is_object() || values.is_object() {
            return Err(format!("{chart} is laid over by {values}"));
        }
        chart.clone_from(values);
        return Ok(());
    };
    for (key, value) in values {
        match chart.get_mut(key) {
            _ if value.is_null() => drop(chart.remove(key)),
            Some(existing) => coalesce(existing, value)?,
            None => drop(chart.insert(key.clone(), value.clone())),
        }
    }
    Ok(())
}
