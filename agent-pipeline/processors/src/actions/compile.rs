//! From an action's configuration to what runs, with the Collector's words for what is wrong.
//!
//! One path for validation and build, so that the two cannot disagree.

use agent_config::AnyYaml;
use agent_ottl::pattern;
use regex::Regex;

use super::context::ContextKey;
use super::convert::Target;
use super::{Action, ActionConfig, Fault, Keys, Origin, When};
use crate::value;

type Compiled<T> = Result<T, Fault>;

/// An action and its place in the list, for the words of an error.
struct Place<'a> {
    index: usize,
    config: &'a ActionConfig,
    /// The name of the action in lower case.
    name: String,
}

/// Compiles the action at `index`.
pub(super) fn action(index: usize, config: &ActionConfig) -> Compiled<Action> {
    let place = Place { index, config, name: config.action.to_lowercase() };
    let Place { name, .. } = &place;
    let known = ["insert", "update", "upsert", "delete", "hash", "extract", "convert"];
    if !known.contains(&&**name) {
        let problem =
            format!("error creating AttrProc due to unsupported action {name:?} at the {index}-th actions");
        return Err(place.fault("action", problem));
    }
    place.check_key()?;
    match &**name {
        "insert" => place.set(When::Absent),
        "update" => place.set(When::Present),
        "upsert" => place.set(When::Always),
        "delete" => place.keys().map(Action::Delete),
        "hash" => place.keys().map(Action::Hash),
        "extract" => place.extract(),
        _ => place.convert(),
    }
}

impl Place<'_> {
    fn fault(&self, field: &'static str, message: String) -> Fault {
        Fault { index: self.index, field, message }
    }

    fn check_key(&self) -> Compiled<()> {
        if !self.config.key.is_empty() {
            return Ok(());
        }
        let index = self.index;
        let by_pattern = matches!(&*self.name, "delete" | "hash");
        let missing = match by_pattern {
            true if !self.config.pattern.is_empty() => return Ok(()),
            true => r#"(at least one of "key" and "pattern" have to be used)"#,
            false => r#""key""#,
        };
        let problem = format!(
            "error creating AttrProc due to missing required field {missing} at the {index}-th actions"
        );
        Err(self.fault("key", problem))
    }

    /// Fields that do not belong to the action, in the order they are complained about.
    fn refuse(&self, fields: &[&'static str], words: &str) -> Compiled<()> {
        let Self { index, config, name } = self;
        let is_set = |field: &&&str| match **field {
            "value" => config.value != AnyYaml::Null,
            "from_attribute" => !config.from_attribute.is_empty(),
            "from_context" => !config.from_context.is_empty(),
            "pattern" => !config.pattern.is_empty(),
            _ => !config.converted_type.is_empty(),
        };
        match fields.iter().find(is_set) {
            None => Ok(()),
            Some(field) => {
                let problem = format!(
                    "error creating AttrProc. Action \"{name}\" does not use {words} \
                     must not be specified for {index}-th action"
                );
                Err(self.fault(field, problem))
            }
        }
    }

    fn set(&self, when: When) -> Compiled<Action> {
        let origin = self.origin()?;
        self.refuse(&["pattern"], r#"the "pattern" field. This"#)?;
        self.refuse(&["converted_type"], r#"the "converted_type" field. This"#)?;
        Ok(Action::Set { key: self.config.key.clone(), when, origin })
    }

    fn origin(&self) -> Compiled<Origin> {
        let Self { index, config, .. } = self;
        match (config.value != AnyYaml::Null, &*config.from_attribute, &*config.from_context) {
            (true, "", "") => Ok(Origin::Value(value::from_yaml(&config.value))),
            (false, from, "") if !from.is_empty() => Ok(Origin::Attribute(from.to_owned())),
            (false, "", from) if !from.is_empty() => Ok(Origin::Context(ContextKey::parse(from))),
            (false, _, "") => Err(self.fault(
                "",
                format!(
                    "error creating AttrProc. Either field \"value\", \"from_attribute\" or \"from_context\" setting \
                     must be specified for {index}-th action"
                ),
            )),
            _ => Err(self.fault(
                "",
                format!("error creating AttrProc due to multiple value sources being set at the {index}-th actions"),
            )),
        }
    }

    fn keys(&self) -> Compiled<Keys> {
        self.refuse(&["value", "from_attribute"], r#""value" or "from_attribute" field. These"#)?;
        self.refuse(&["converted_type"], r#"the "converted_type" field. This"#)?;
        let pattern = if self.config.pattern.is_empty() { None } else { Some(self.pattern()?) };
        let key = Some(self.config.key.clone()).filter(|key| !key.is_empty());
        Ok(Keys { key, pattern })
    }

    fn extract(&self) -> Compiled<Action> {
        self.refuse(&["value", "from_attribute", "from_context"], "a value source field. These")?;
        self.require("pattern", &self.config.pattern)?;
        self.refuse(&["converted_type"], r#"the "converted_type" field. This"#)?;
        let pattern = self.pattern()?;
        let names: Option<Vec<String>> =
            pattern.capture_names().skip(1).map(|name| name.map(str::to_owned)).collect();
        let index = self.index;
        let missing = match names {
            Some(names) if !names.is_empty() => {
                return Ok(Action::Extract { key: self.config.key.clone(), pattern, names });
            }
            Some(_) => "no named matcher groups",
            None => "at least one unnamed matcher group",
        };
        let problem = format!(
            "error creating AttrProc. Field \"pattern\" contains {missing} at the {index}-th actions"
        );
        Err(self.fault("pattern", problem))
    }

    fn convert(&self) -> Compiled<Action> {
        let others = ["value", "from_attribute", "from_context", "pattern"];
        self.refuse(&others, r#"value sources or "pattern" field. These"#)?;
        let Self { index, config, name } = self;
        self.require("converted_type", &config.converted_type)?;
        let Some(target) = Target::parse(&config.converted_type) else {
            let given = &config.converted_type;
            let problem = format!(
                "error creating AttrProc due to invalid value \"{given}\" in field \"converted_type\" \
                 for action \"{name}\" at the {index}-th action"
            );
            return Err(self.fault("converted_type", problem));
        };
        Ok(Action::Convert { key: config.key.clone(), target })
    }

    fn require(&self, field: &'static str, given: &str) -> Compiled<()> {
        if !given.is_empty() {
            return Ok(());
        }
        let Self { index, name, .. } = self;
        let problem = format!(
            "error creating AttrProc due to missing required field \"{field}\" for action \"{name}\" at the {index}-th action"
        );
        Err(self.fault(field, problem))
    }

    fn pattern(&self) -> Compiled<Regex> {
        pattern::compile(&self.config.pattern).map_err(|error| {
            let Self { index, config, .. } = self;
            let given = &config.pattern;
            let problem = format!(
                "error creating AttrProc. Field \"pattern\" has invalid pattern: \"{given}\" \
                 to be set at the {index}-th actions: {error}"
            );
            self.fault("pattern", problem)
        })
    }
}
