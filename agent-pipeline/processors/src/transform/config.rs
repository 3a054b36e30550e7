//! Settings of `transform` (the Collector's `transformprocessor`, v0.145.0).

use std::fmt;

use agent_config::{Validate, Validator};
use agent_otlp::Signal;
use agent_ottl::{Context, ErrorMode, ParseError, Program, Source};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The `transform` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What a failing statement means, unless its group says otherwise. Default `propagate`.
    pub error_mode: ErrorMode,
    /// Statements for spans and what is around and in them. Default: none.
    pub trace_statements: Groups,
    /// Statements for metrics and data points. Default: none.
    pub metric_statements: Groups,
    /// Statements for log records. Default: none.
    pub log_statements: Groups,
    /// Statements for profiles, which are not supported: may only be empty.
    pub profile_statements: Groups,
    /// Behind a feature gate that is off; may only be `false`.
    pub flatten_data: bool,
}

/// A list of statements, or a list of groups.
#[derive(Clone, Debug)]
pub enum Groups {
    /// Statements that make one group, whose context is inferred.
    Statements(Vec<String>),
    /// Groups.
    Groups(Vec<GroupConfig>),
    /// The key without a value, which is refused as in the Collector.
    Null,
}

/// Statements that run together.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GroupConfig {
    /// What the statements run on. Default: inferred from their paths.
    pub context: String,
    /// Conditions, of which one must hold. Default: none, which always holds.
    pub conditions: Vec<String>,
    /// The statements, in order.
    pub statements: Vec<String>,
    /// What a failing statement of this group means. Default: the processor's.
    pub error_mode: Option<ErrorMode>,
}

impl Default for Groups {
    fn default() -> Self {
        Self::Statements(Vec::new())
    }
}

/// A compiled group, or what is wrong with it.
type Compiled = Result<Program, Vec<ParseError>>;

impl Groups {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Statements(statements) => statements.is_empty(),
            Self::Groups(groups) => groups.is_empty(),
            Self::Null => true,
        }
    }

    /// Compiles every group: its place in the list, its own error mode, the program.
    pub(super) fn compiled(
        &self,
        signal: Signal,
    ) -> impl Iterator<Item = (String, Option<ErrorMode>, Compiled)> {
        let (flat, groups) = match self {
            Self::Statements(statements) => (Some(statements).filter(|list| !list.is_empty()), &[][..]),
            Self::Groups(groups) => (None, groups.as_slice()),
            Self::Null => (None, &[][..]),
        };
        let flat = flat
            .into_iter()
            .map(move |statements| (String::new(), None, Program::infer(signal, &[] as &[&str], statements)));
        let group = move |(index, group): (usize, &GroupConfig)| {
            (format!("[{index}]"), group.error_mode, group.compile(signal))
        };
        flat.chain(groups.iter().enumerate().filter(|(_, group)| !group.statements.is_empty()).map(group))
    }
}

impl GroupConfig {
    fn compile(&self, signal: Signal) -> Compiled {
        if self.context.is_empty() {
            return Program::infer(signal, &self.conditions, &self.statements);
        }
        match self.named_context(signal) {
            Ok(context) => Program::parse(context, &self.conditions, &self.statements),
            Err(message) => Err(vec![ParseError {
                source_kind: Source::Statement,
                index: 0,
                text: self.statements.first().cloned().unwrap_or_default(),
                offset: None,
                message,
                suggestion: None,
            }]),
        }
    }

    fn named_context(&self, signal: Signal) -> Result<Context, String> {
        let context: Context = self.context.parse().map_err(|error| format!("{error}"))?;
        if context.is_of(signal) {
            return Ok(context);
        }
        let valid = Context::ALL.into_iter().filter(|context| context.is_of(signal)).map(Context::name);
        Err(format!(
            "context {context} does not exist here, valid are {}",
            valid.collect::<Vec<_>>().join(", ")
        ))
    }
}

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Groups;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of statements or of groups")
            }

            fn visit_unit<E: Error>(self) -> Result<Groups, E> {
                Ok(Groups::Null)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Groups, A::Error> {
                let (mut statements, mut groups) = (Vec::new(), Vec::new());
                while let Some(item) = list.next_element()? {
                    match item {
                        Item::Statement(statement) => statements.push(statement),
                        Item::Group(group) => groups.push(*group),
                    }
                }
                match (statements.is_empty(), groups.is_empty()) {
                    (_, true) => Ok(Groups::Statements(statements)),
                    (true, false) => Ok(Groups::Groups(groups)),
                    (false, false) => Err(A::Error::custom(
                        "configuring multiple configuration styles is not supported, use either statements or groups",
                    )),
                }
            }
        }
        deserializer.deserialize_any(List)
    }
}

/// An element of the list.
enum Item {
    Statement(String),
    Group(Box<GroupConfig>),
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Item;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a statement or a group")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Item, E> {
                Ok(Item::Statement(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item, A::Error> {
                let group = GroupConfig::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Item::Group(Box::new(group)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Config {
    /// The statements for a signal, and the field they stand in.
    pub(super) fn of(&self, signal: Signal) -> (&'static str, &Groups) {
        match signal {
            Signal::Traces => ("trace_statements", &self.trace_statements),
            Signal::Metrics => ("metric_statements", &self.metric_statements),
            Signal::Logs => ("log_statements", &self.log_statements),
        }
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if !self.profile_statements.is_empty() {
            at.error("profile_statements", "profiles are not supported");
        }
        if self.flatten_data {
            at.error(
                "flatten_data",
                "'flatten_data' requires the feature gate transform.flatten.logs, which is off",
            );
        }
        for signal in Signal::ALL {
            let (field, groups) = self.of(signal);
            let mut list = at.field(field);
            match groups {
                Groups::Statements(_) => {
                    let errors =
                        groups.compiled(signal).filter_map(|(_, _, program)| program.err()).flatten();
                    for error in errors {
                        list.index(error.index).error("", error.to_string());
                    }
                }
                Groups::Null => list.error("", "expected a list of statements or of groups, got null"),
                Groups::Groups(groups) => {
                    for (index, group) in groups.iter().enumerate() {
                        group.validate(&mut list.index(index), signal);
                    }
                }
            }
        }
    }
}

impl GroupConfig {
    fn validate(&self, at: &mut Validator<'_>, signal: Signal) {
        if !self.context.is_empty()
            && let Err(message) = self.named_context(signal)
        {
            return at.error("context", message);
        }
        if self.statements.is_empty() {
            return;
        }
        for error in self.compile(signal).err().unwrap_or_default() {
            let field = if error.source_kind == Source::Condition { "conditions" } else { "statements" };
            at.field(field).index(error.index).error("", error.to_string());
        }
    }
}
