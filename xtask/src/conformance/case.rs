//! A recorded case on disk: a configuration, requests, and what the Collector wrote for them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use regex::{Regex, RegexBuilder};
use serde::Deserialize as _;
use serde_json::Value;

use super::canon::Canon;
use super::request::{self, Request};
use super::schema::SIGNALS;

/// One case.
#[derive(Debug)]
pub(super) struct Case {
    /// `area/name`.
    pub(super) name: String,
    /// The folder above the case.
    pub(super) area: String,
    /// The Collector's behaviour in it looks accidental.
    pub(super) quirk: bool,
    /// The configuration document.
    pub(super) config: String,
    /// What is sent, in order.
    pub(super) requests: Vec<Request>,
    /// How outputs are compared.
    pub(super) canon: Canon,
    /// The agent must refuse to start with a message of this form.
    pub(super) start_error: Option<Regex>,
    /// HTTP status of each request; 200 where absent.
    pub(super) statuses: Vec<u64>,
    /// More environment for the agent.
    pub(super) env: Vec<(String, String)>,
    /// How long the output must be still.
    pub(super) settle_ms: u64,
    /// Pause between requests.
    pub(super) post_delay_ms: u64,
    path: PathBuf,
}

impl Case {
    /// Reads the case in `path`.
    pub(super) fn read(area: &str, path: &Path) -> Result<Self> {
        let folder = path.file_name().unwrap_or_default().to_string_lossy();
        let meta = read_json(&path.join("case.json"))?;
        let strings = |key: &str| {
            let list = meta.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let number = |key: &str, default| meta.get(key).and_then(Value::as_u64).unwrap_or(default);
        let flag = |key: &str, default| meta.get(key).and_then(Value::as_bool).unwrap_or(default);
        let start_error = match meta.get("expect_start_error").and_then(Value::as_str) {
            Some(pattern) => Some(
                RegexBuilder::new(pattern)
                    .case_insensitive(true)
                    .dot_matches_new_line(true)
                    .build()
                    .with_context(|| format!("{}: expect_start_error", path.display()))?,
            ),
            None => None,
        };
        let env = meta.get("env").and_then(Value::as_object).into_iter().flatten();
        let statuses = meta.get("expect_status").and_then(Value::as_array).into_iter().flatten();
        Ok(Self {
            name: format!("{area}/{folder}"),
            area: area.to_owned(),
            quirk: flag("quirk", false),
            config: fs::read_to_string(path.join("config.yaml"))
                .with_context(|| format!("{}: config.yaml", path.display()))?,
            requests: request::read_all(path)?,
            canon: Canon {
                ignore: strings("ignore"),
                ignore_attributes: strings("ignore_attributes"),
                merge: flag("merge", true),
            },
            start_error,
            statuses: statuses.filter_map(Value::as_u64).collect(),
            env: env.map(|(key, value)| (key.clone(), plain(value))).collect(),
            settle_ms: number("settle_ms", 150),
            post_delay_ms: number("post_delay_ms", 0),
            path: path.to_owned(),
        })
    }

    /// What the Collector wrote, canonical.
    pub(super) fn expected(&self) -> Result<Value> {
        let document = read_json(&self.path.join("expected.json"))?;
        let mut out = serde_json::Map::new();
        for signal in SIGNALS {
            let resources =
                document.get(signal.name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let canonical = self.canon.signal(signal, resources).map_err(anyhow::Error::msg)?;
            out.insert(signal.name.to_owned(), canonical);
        }
        Ok(Value::Object(out))
    }
}

/// All cases of the areas, by name.
pub(super) fn read_areas(root: &Path, areas: &[&str]) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for area in areas {
        let folder = root.join(area);
        let entries =
            fs::read_dir(&folder).with_context(|| format!("no area `{area}` in {}", root.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.join("case.json").is_file() {
                cases.push(Case::read(area, &path)?);
            }
        }
    }
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(cases)
}

/// A file of JSON.
pub(super) fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read(path).with_context(|| path.display().to_string())?;
    parse(&text).with_context(|| path.display().to_string())
}

/// JSON of any depth: there is a case about nesting.
pub(super) fn parse(text: &[u8]) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    deserializer.disable_recursion_limit();
    let value = Value::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
