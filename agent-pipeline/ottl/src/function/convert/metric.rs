//! Converters that look at a span or a metric as a whole.

use agent_otlp::AnyValue;

use crate::context::Context;
use crate::error::Eval;
use crate::function::args::Args;
use crate::function::{Kind, Param};
use crate::value::Value;

converter!(
    HAS_ATTR_KEY_ON_DATAPOINT, "HasAttrKeyOnDatapoint", [Param::of("key", Kind::LiteralText)], |args| {
        let key = args.text(0)?;
        Ok(Value::Bool(first_value(args, &key).is_some()))
    },
    [r#"set(description, "x") where HasAttrKeyOnDatapoint("a")"#,
        r#"[{"gauge":{"dataPoints":[{"asInt":"1","attributes":[{"key":"a","value":{"intValue":"1"}}]}]}}]"#,
        r#"[{"description":"x","gauge":{"dataPoints":[{"asInt":"1","attributes":[{"key":"a","value":{"intValue":"1"}}]}]}}]"#],
    contexts: &[Context::Metric],
);
converter!(
    HAS_ATTR_ON_DATAPOINT, "HasAttrOnDatapoint",
    [Param::of("key", Kind::LiteralText), Param::of("expected_val", Kind::LiteralText)], |args| {
        let (key, expected) = (args.text(0)?, args.text(1)?);
        // The Collector looks at the first point that has the key and at no other.
        Ok(Value::Bool(first_value(args, &key).is_some_and(|found| found == expected)))
    },
    [r#"set(description, "x") where HasAttrOnDatapoint("a", "b")"#,
        r#"[{"gauge":{"dataPoints":[{"asInt":"1","attributes":[{"key":"a","value":{"stringValue":"b"}}]}]}}]"#,
        r#"[{"description":"x","gauge":{"dataPoints":[{"asInt":"1","attributes":[{"key":"a","value":{"stringValue":"b"}}]}]}}]"#],
    contexts: &[Context::Metric],
);
converter!(
    IS_ROOT_SPAN, "IsRootSpan", [], is_root_span,
    [r#"set(attributes["root"], IsRootSpan())"#, r#"[{"name":"a"}]"#,
        r#"[{"name":"a","attributes":[{"key":"root","value":{"boolValue":true}}]}]"#],
    contexts: &[Context::Span],
);

/// The text of the attribute on the first point that has it, empty when it is none.
fn first_value(args: &Args<'_, '_>, key: &str) -> Option<String> {
    let mut found = None;
    if let Some(record) = args.record {
        record.read_metric(&mut |metric| {
            let text = |value: &AnyValue<'_>| value.as_str().unwrap_or_default().to_owned();
            found = metric.points().find_map(|point| point.attributes().get(key).map(text));
        });
    }
    found
}

fn is_root_span<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    use crate::context::{Root, SpanField};
    let parent =
        args.record.map_or(Ok(Value::Nil), |record| record.get(Root::Span(SpanField::ParentSpanId)))?;
    Ok(Value::Bool(matches!(parent, Value::SpanId([0, 0, 0, 0, 0, 0, 0, 0]))))
}
