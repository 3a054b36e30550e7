//! Severity names from what sources write.

use agent_otlp::AnyValue;

use crate::error::Eval;
use crate::function::args::Args;
use crate::function::{Kind, Param, failed};
use crate::value::Value;

converter!(
    PARSE_SEVERITY,
    "ParseSeverity",
    [Param::of("target", Kind::Any), Param::of("severity_mapping", Kind::Map)],
    parse_severity,
    [
        r#"set(attributes["k"], ParseSeverity(404, {"error": [{"range": "4xx"}], "info": [{"equals": ["ok"]}]}))"#,
        "{}",
        r#"{"k":"error"}"#
    ],
);

fn parse_severity<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let mapping = args.map(1)?;
    let value = args.value(0);
    if !matches!(value, Value::String(_) | Value::Int(_)) {
        return Err(value.not("string or int64"));
    }
    for (level, criteria) in mapping.iter() {
        let Some(criteria) = criteria.as_array() else {
            return failed("ParseSeverity", "the criteria of a level must be a list");
        };
        for criterion in criteria {
            let Some(members) = criterion.as_kvlist() else {
                return failed("ParseSeverity", "a criterion must be a map");
            };
            if members.iter().any(|(kind, what)| fits(kind, what, &value)) {
                return Ok(Value::string(level.to_string()));
            }
        }
    }
    failed("ParseSeverity", "could not map the value to a severity level")
}

fn fits(kind: &str, what: &AnyValue<'_>, value: &Value<'_>) -> bool {
    match (kind, value) {
        ("equals", Value::String(text)) => {
            what.as_array().is_some_and(|texts| texts.iter().any(|other| other.as_str() == Some(&**text)))
        }
        ("range", Value::Int(number)) => range(what).is_some_and(|(min, max)| (min..=max).contains(number)),
        _ => false,
    }
}

/// A map with `min` and `max`, or a class such as `4xx`.
fn range(what: &AnyValue<'_>) -> Option<(i64, i64)> {
    if let Some(class) = what.as_str() {
        let digit: i64 = class.strip_suffix("xx")?.parse().ok().filter(|digit| (2..=5).contains(digit))?;
        return Some((digit * 100, digit * 100 + 99));
    }
    let bound = |name: &str| {
        let members = what.as_kvlist()?;
        members.iter().find(|(key, _)| key == name)?.1.as_int()
    };
    Some((bound("min")?, bound("max")?))
}
