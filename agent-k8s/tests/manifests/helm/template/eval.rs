//! Doing what a template says.
//!
//! Stricter than Go where Go goes on: a field that a map does not have, and printing what is no text, number or truth, are
//! errors, so that a typing error in a template is seen.

use serde_json::{Map, Value};

use super::functions::call;
use super::parser::{Defines, Node, Operand, Pipeline};

/// One rendering of one template.
pub(super) struct Evaluation<'a> {
    defines: &'a Defines,
    /// Innermost last. The root has the empty name.
    variables: Vec<(String, Value)>,
    depth: usize,
}

/// Templates that include themselves end here.
const DEEPEST: usize = 32;

/// Renders `nodes` with `dot` as the root.
pub(super) fn render(defines: &Defines, nodes: &[Node], dot: &Value, depth: usize) -> Result<String, String> {
    if depth > DEEPEST {
        return Err("templates include each other without end".to_owned());
    }
    let mut evaluation = Evaluation { defines, variables: vec![(String::new(), dot.clone())], depth };
    let mut out = String::new();
    evaluation.nodes(nodes, dot, &mut out)?;
    Ok(out)
}

impl Evaluation<'_> {
    /// A block: what it declares ends with it.
    fn nodes(&mut self, nodes: &[Node], dot: &Value, out: &mut String) -> Result<(), String> {
        let outer = self.variables.len();
        let result = nodes.iter().try_for_each(|node| self.node(node, dot, out));
        self.variables.truncate(outer);
        result
    }

    fn node(&mut self, node: &Node, dot: &Value, out: &mut String) -> Result<(), String> {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Print(pipeline) => out.push_str(&printed(&self.pipeline(pipeline, dot)?)?),
            Node::Set { name, declare, value } => {
                let value = self.pipeline(value, dot)?;
                if *declare {
                    self.variables.push((name.clone(), value));
                } else {
                    self.variable(name)?.1 = value;
                }
            }
            Node::If { branches, otherwise } => {
                for (condition, body) in branches {
                    if is_true(&self.pipeline(condition, dot)?) {
                        return self.nodes(body, dot, out);
                    }
                }
                return self.nodes(otherwise, dot, out);
            }
            Node::With { value, body } => {
                let value = self.pipeline(value, dot)?;
                if is_true(&value) {
                    return self.nodes(body, &value, out);
                }
            }
            Node::Range { names, over, body } => return self.range(names, over, body, dot, out),
        }
        Ok(())
    }

    fn range(
        &mut self,
        names: &[String],
        over: &Pipeline,
        body: &[Node],
        dot: &Value,
        out: &mut String,
    ) -> Result<(), String> {
        let items: Vec<(Value, Value)> = match self.pipeline(over, dot)? {
            Value::Array(items) => {
                items.into_iter().enumerate().map(|(at, item)| (at.into(), item)).collect()
            }
            Value::Object(fields) => {
                sorted(&fields).into_iter().map(|(key, value)| (key.as_str().into(), value.clone())).collect()
            }
            other => return Err(format!("range over {other}")),
        };
        for (key, item) in items {
            let outer = self.variables.len();
            match names {
                [] => {}
                [value] => self.variables.push((value.clone(), item.clone())),
                [at, value] => {
                    self.variables.extend([(at.clone(), key), (value.clone(), item.clone())]);
                }
                more => return Err(format!("range with {more:?}")),
            }
            self.nodes(body, &item, out)?;
            self.variables.truncate(outer);
        }
        Ok(())
    }

    fn variable(&mut self, name: &str) -> Result<&mut (String, Value), String> {
        let found = self.variables.iter_mut().rev().find(|(of, _)| of == name);
        found.ok_or_else(|| format!("there is no variable ${name}"))
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, String> {
        let mut piped = None;
        for command in pipeline {
            piped = Some(self.command(command, piped.take(), dot)?);
        }
        piped.ok_or_else(|| "a pipeline is empty".to_owned())
    }

    fn command(&mut self, command: &[Operand], piped: Option<Value>, dot: &Value) -> Result<Value, String> {
        let Some((Operand::Function(name), operands)) = command.split_first() else {
            return match (command, piped) {
                ([operand], None) => self.operand(operand, dot),
                _ => Err("arguments of what is no function".to_owned()),
            };
        };
        if matches!(name.as_str(), "and" | "or") {
            return match piped {
                None => self.choice(name == "and", operands, dot),
                Some(_) => Err(format!("{name} at the end of a pipe")),
            };
        }
        let values = operands.iter().map(|operand| self.operand(operand, dot));
        let mut arguments = values.collect::<Result<Vec<Value>, String>>()?;
        arguments.extend(piped);
        if name == "include" {
            return self.include(&arguments);
        }
        call(name, arguments)
    }

    /// `and` and `or`: the first argument that decides, else the last one.
    fn choice(&mut self, and: bool, operands: &[Operand], dot: &Value) -> Result<Value, String> {
        let mut last = Value::Null;
        for operand in operands {
            last = self.operand(operand, dot)?;
            if is_true(&last) != and {
                break;
            }
        }
        Ok(last)
    }

    fn include(&self, arguments: &[Value]) -> Result<Value, String> {
        let [Value::String(name), dot] = arguments else { return Err(format!("include of {arguments:?}")) };
        let nodes = self.defines.get(name).ok_or_else(|| format!("there is no template {name}"))?;
        render(self.defines, nodes, dot, self.depth + 1).map(Value::String)
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Result<Value, String> {
        match operand {
            Operand::Text(text) => Ok(text.as_str().into()),
            Operand::Number(number) => Ok((*number).into()),
            Operand::Inner(pipeline) => self.pipeline(pipeline, dot),
            Operand::Truth(truth) => Ok((*truth).into()),
            Operand::Function(name) => call(name, Vec::new()),
            Operand::Path { variable, fields } => {
                let mut value = match variable {
                    None => dot,
                    Some(name) => &self.variable(name)?.1,
                };
                for field in fields {
                    let found = value.as_object().and_then(|object| object.get(field));
                    value = found.ok_or_else(|| format!("no {field} on the way {}", fields.join(".")))?;
                }
                Ok(value.clone())
            }
        }
    }
}

/// Fields in the order of their names, as Go ranges over a map.
pub(crate) fn sorted(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    sorted
}

/// Whether Go takes it for true: everything but what is empty.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// A value as it is printed.
pub(super) fn printed(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(truth) => Ok(truth.to_string()),
        // Numbers of values are floating-point numbers to Helm, which prints 1000000 as 1e+06.
        Value::Number(number) if number.as_f64().is_some_and(|number| number.abs() < 1e6) => {
            Ok(number.to_string())
        }
        other => Err(format!("{other} is not to be printed; toYaml is for that")),
    }
}
