//! Which keys a map has, and how long its texts are.

use agent_otlp::AnyValue;

use crate::context::{MapMut, Record};
use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param};

const TARGET: Param = Param::of("target", Kind::Target);
const PATTERN: Param = Param::of("pattern", Kind::Text);

editor!(
    DELETE_KEY,
    "delete_key",
    [TARGET, Param::of("key", Kind::Text)],
    |args, record| {
        let key = args.text(1)?;
        args.target(0)?.edit_map(record, &mut |map| {
            map.remove(&key);
            Ok(())
        })
    },
    [r#"delete_key(attributes, "a")"#, r#"{"a":1,"b":2}"#, r#"{"b":2}"#],
);
editor!(
    DELETE_MATCHING_KEYS, "delete_matching_keys", [TARGET, PATTERN], |args, record| by_pattern(args, record, false),
    [r#"delete_matching_keys(attributes, "^tmp[.]")"#, r#"{"tmp.a":1,"b":2}"#, r#"{"b":2}"#],
    prepare: Some(|literals| literals.pattern(1)),
);
editor!(
    KEEP_KEYS,
    "keep_keys",
    [TARGET, Param::of("keys", Kind::Texts)],
    |args, record| {
        let keys = args.texts(1)?;
        args.target(0)?.edit_map(record, &mut |map| {
            map.retain(&mut |key| keys.iter().any(|kept| kept == key));
            Ok(())
        })
    },
    [r#"keep_keys(attributes, ["a"])"#, r#"{"a":1,"b":2}"#, r#"{"a":1}"#],
);
editor!(
    KEEP_MATCHING_KEYS, "keep_matching_keys", [TARGET, PATTERN], |args, record| by_pattern(args, record, true),
    [r#"keep_matching_keys(attributes, "^a")"#, r#"{"ab":1,"b":2}"#, r#"{"ab":1}"#],
    prepare: Some(|literals| literals.pattern(1)),
);
editor!(
    LIMIT, "limit",
    [TARGET, Param::of("limit", Kind::LiteralInt), Param::of("priority_keys", Kind::LiteralTexts)], limit,
    [r#"limit(attributes, 2, ["c"])"#, r#"{"a":1,"b":2,"c":3}"#, r#"{"a":1,"c":3}"#],
    prepare: Some(enough_for_priority),
);
editor!(
    TRUNCATE_ALL, "truncate_all", [TARGET, Param::of("limit", Kind::LiteralInt)], truncate_all,
    ["truncate_all(attributes, 3)", r#"{"a":"abcdef","n":12345}"#, r#"{"a":"abc","n":12345}"#],
    prepare: Some(not_negative),
);

fn by_pattern(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>, keep: bool) -> Eval<()> {
    let pattern = args.pattern(1)?;
    args.target(0)?.edit_map(record, &mut |map| {
        map.retain(&mut |key| pattern.is_match(key) == keep);
        Ok(())
    })
}

fn not_negative(literals: &Literals<'_>) -> Result<Prepared, String> {
    match literals.int(1) {
        Some(limit) if limit < 0 => Err(format!("invalid limit: {limit}, cannot be negative")),
        _ => Ok(Prepared::Nothing),
    }
}

fn enough_for_priority(literals: &Literals<'_>) -> Result<Prepared, String> {
    let priority = literals.count(2).unwrap_or_default();
    let enough =
        literals.int(1).and_then(|limit| usize::try_from(limit).ok()).is_none_or(|limit| limit >= priority);
    if enough {
        return not_negative(literals);
    }
    not_negative(literals)?;
    Err("invalid limit: cannot be less than the number of priority attributes".to_owned())
}

fn limit(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let most = usize::try_from(args.int(1)?).unwrap_or_default();
    let priority = args.texts(2)?;
    args.target(0)?.edit_map(record, &mut |map| {
        if map.len() <= most {
            return Ok(());
        }
        let mut left = most - priority.iter().filter(|key| map.get(key).is_some()).count().min(most);
        map.retain(&mut |key| {
            if priority.iter().any(|kept| kept == key) {
                return true;
            }
            let kept = left > 0;
            left -= usize::from(kept);
            kept
        });
        Ok(())
    })
}

/// Cuts at a number of bytes, and then back to whole characters: texts are always valid UTF-8 here.
fn truncate_all(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let most = usize::try_from(args.int(1)?).unwrap_or_default();
    args.target(0)?.edit_map(record, &mut |map: &mut dyn MapMut<'_>| {
        map.update_values(&mut |_, value| {
            let text = value.as_str().filter(|text| text.len() > most)?;
            let cut = text.get(..text.floor_char_boundary(most)).unwrap_or_default();
            Some(AnyValue::from(cut.to_owned()))
        });
        Ok(())
    })
}
