//! Nested maps and lists lifted to dotted keys.

use std::borrow::Cow;
use std::collections::HashMap;

use agent_otlp::AnyValue;

use crate::context::{Members, Record};
use crate::error::{Eval, EvalError};
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param};

editor!(
    FLATTEN, "flatten", [
        Param::of("target", Kind::Target),
        Param::optional("prefix", Kind::LiteralText),
        Param::optional("depth", Kind::LiteralInt),
        Param::optional("resolve_conflicts", Kind::LiteralBool),
    ], flatten,
    ["flatten(attributes)", r#"{"a":{"b":1,"c":[true]}}"#, r#"{"a.b":1,"a.c.0":true}"#],
    prepare: Some(some_depth),
);

/// The longest all keys together may get: a prefix grows with each level.
const MAX_KEYS: usize = 8 << 20;

fn some_depth(literals: &Literals<'_>) -> Result<Prepared, String> {
    match literals.int(2) {
        Some(depth) if depth < 1 => {
            Err(format!("invalid depth for flatten function, {depth} must be greater than 0"))
        }
        _ => Ok(Prepared::Nothing),
    }
}

struct Flat {
    members: Members<'static>,
    /// Where each key is; how often it was met, for conflicts.
    places: HashMap<String, (usize, usize)>,
    resolve: bool,
    key_bytes: usize,
}

fn flatten(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let prefix = args.text_or(1, "")?;
    let depth = args.given(2).map_or(Ok(i64::MAX), |value| value.int())?;
    let resolve = args.bool_or_false(3)?;
    args.target(0)?.edit_map(record, &mut |map| {
        let mut flat = Flat { members: Vec::new(), places: HashMap::new(), resolve, key_bytes: 0 };
        for (key, value) in map.members() {
            flat.lift(join(&prefix, &key), value, 0, depth)?;
        }
        map.replace(flat.members);
        Ok(())
    })
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

impl Flat {
    fn lift(&mut self, key: String, value: AnyValue<'static>, level: i64, depth: i64) -> Eval<()> {
        match value {
            AnyValue::KvList(members) if level < depth => {
                for (name, value) in members {
                    self.lift(join(&key, &name), value, level + 1, depth)?;
                }
                Ok(())
            }
            AnyValue::Array(items) if level < depth => {
                for (index, value) in items.into_iter().enumerate() {
                    let nested = matches!(value, AnyValue::KvList(_) | AnyValue::Array(_));
                    let key =
                        if self.resolve && !nested { key.clone() } else { join(&key, &index.to_string()) };
                    self.lift(key, value, level + 1, depth)?;
                }
                Ok(())
            }
            value => self.put(key, value),
        }
    }

    fn put(&mut self, key: String, value: AnyValue<'static>) -> Eval<()> {
        self.key_bytes += key.len();
        if self.key_bytes > MAX_KEYS {
            return Err(EvalError::Limit("the flattened keys are too long"));
        }
        if let Some((place, met)) = self.places.get_mut(&key) {
            if self.resolve {
                let next = join(&key, &met.to_string());
                *met += 1;
                return self.put(next, value);
            }
            if let Some((_, old)) = self.members.get_mut(*place) {
                *old = value;
            }
            return Ok(());
        }
        self.places.insert(key.clone(), (self.members.len(), 0));
        self.members.push((Cow::Owned(key), value));
        Ok(())
    }
}
