//! JSON Schema (draft 7), as far as the chart's schema of values uses it. A keyword that is not known here is refused, so
//! that nothing in the schema is taken for checked that is not.

use regex::Regex;
use serde_json::{Map, Value};

/// A schema with its definitions.
pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn new(schema: Value) -> Self {
        Self(schema)
    }

    pub(crate) fn json(&self) -> &Value {
        &self.0
    }

    /// What a `$ref` means, else the schema itself.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(path) => {
                self.0.pointer(path.strip_prefix('#').unwrap()).expect("a reference leads somewhere")
            }
            None => schema,
        }
    }

    /// What is wrong with `value`, each with its path.
    pub(crate) fn problems(&self, value: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        self.check(&self.0, value, "", &mut problems);
        problems
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
        let schema = self.resolve(schema).as_object().expect("a schema is an object");
        for (keyword, argument) in schema {
            if !holds(keyword, argument, value) {
                problems.push(format!("{at}: {value} is against {keyword}: {argument}"));
            }
        }
        match value {
            Value::Object(fields) => self.check_fields(schema, fields, at, problems),
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    if let Some(of_items) = schema.get("items") {
                        self.check(of_items, item, &format!("{at}[{number}]"), problems);
                    }
                }
            }
            _ => {}
        }
    }

    fn check_fields(
        &self,
        schema: &Map<String, Value>,
        fields: &Map<String, Value>,
        at: &str,
        problems: &mut Vec<String>,
    ) {
        for (key, value) in fields {
            let at = format!("{at}.{key}");
            let named = schema.get("properties").and_then(|properties| properties.get(key));
            match named.or_else(|| schema.get("additionalProperties")) {
                None | Some(Value::Bool(true)) => {}
                Some(Value::Bool(false)) => problems.push(format!("{at}: not known")),
                Some(schema) => self.check(schema, value, &at, problems),
            }
        }
    }
}

/// Whether `value` keeps to one keyword, as far as that says something of the value alone.
fn holds(keyword: &str, argument: &Value, value: &Value) -> bool {
    let text = value.as_str();
    let number = value.as_f64();
    match keyword {
        "type" => match argument {
            Value::Array(types) => types.iter().any(|name| is_of(name, value)),
            name => is_of(name, value),
        },
        "enum" => argument.as_array().unwrap().contains(value),
        "minimum" => number.is_none_or(|number| number >= argument.as_f64().unwrap()),
        "maximum" => number.is_none_or(|number| number <= argument.as_f64().unwrap()),
        "minLength" => text
            .is_none_or(|text| text.chars().count() >= usize::try_from(argument.as_u64().unwrap()).unwrap()),
        "pattern" => {
            let pattern = Regex::new(argument.as_str().unwrap()).unwrap();
            text.is_none_or(|text| pattern.is_match(text))
        }
        "$defs" | "$schema" | "additionalProperties" | "description" | "items" | "properties" | "title" => {
            true
        }
        other => panic!("the keyword {other} is not known here"),
    }
}

fn is_of(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("the type {other} is not known here"),
    }
}
