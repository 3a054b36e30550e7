//! Statements out of bytes, biased towards those that compile.

use agent_otlp::{Batch, Signal};
use agent_ottl::{Context, functions};

/// Choices made by bytes; when they are used up, always the first.
pub(crate) struct Choices<'b>(&'b [u8]);

impl<'b> Choices<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// A number below `count`.
    pub(crate) fn pick(&mut self, count: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % count.max(1)
    }

    /// One of the texts.
    pub(crate) fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts.get(self.pick(texts.len())).copied().unwrap_or_default()
    }
}

const LITERALS: [&str; 32] = [
    "nil",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "2",
    "9223372036854775807",
    "0.0",
    "1.5",
    "-.5",
    "1.0e300",
    "\"\"",
    "\"a\"",
    "\"k\"",
    "\"é日\"",
    "\"5\"",
    "\"1h\"",
    "\"%Y-%m-%d\"",
    "\"(a)(?P<n>b)?\"",
    "\"*\"",
    "\"upsert\"",
    "\"sum\"",
    "\"{\\\"a\\\":[1,{}]}\"",
    "\"<a k='1'>t<b/></a>\"",
    "\"http://u:p@h:1/p?q#f\"",
    "0x",
    "0x01ff",
    "[]",
    "[1, \"a\"]",
    "{}",
    "{\"a\": {\"b\": [1]}}",
];

fn paths(context: Context) -> &'static [&'static str] {
    match context {
        Context::Resource => {
            &["attributes", "attributes[\"a\"]", "attributes[\"m\"][\"b\"]", "cache", "schema_url"]
        }
        Context::Scope => &["attributes", "name", "cache[\"x\"]", "resource.attributes[\"a\"]", "version"],
        Context::Log => &[
            "attributes",
            "attributes[\"a\"]",
            "attributes[\"l\"]",
            "attributes[\"l\"][0]",
            "attributes[\"m\"]",
            "body",
            "body[\"k\"]",
            "body[0]",
            "body.string",
            "cache",
            "time",
            "time_unix_nano",
            "trace_id",
            "span_id.string",
            "severity_number",
            "resource.attributes",
            "scope.name",
            "flags",
        ],
        Context::Span => &[
            "attributes",
            "attributes[\"a\"]",
            "name",
            "kind",
            "kind.string",
            "status",
            "status.code",
            "events",
            "links",
            "trace_state",
            "trace_state[\"a\"]",
            "start_time",
            "end_time",
            "parent_span_id",
            "flags",
            "cache[\"c\"]",
        ],
        Context::SpanEvent => {
            &["attributes", "name", "time", "span.name", "span.events", "event_index", "cache"]
        }
        Context::Metric => &[
            "name",
            "description",
            "unit",
            "type",
            "aggregation_temporality",
            "is_monotonic",
            "data_points",
            "metadata[\"a\"]",
            "cache",
        ],
        Context::DataPoint => &[
            "attributes",
            "attributes[\"a\"]",
            "value_int",
            "value_double",
            "time",
            "start_time_unix_nano",
            "flags",
            "count",
            "sum",
            "bucket_counts",
            "explicit_bounds",
            "exemplars",
            "scale",
            "zero_count",
            "positive",
            "positive.bucket_counts",
            "negative.offset",
            "quantile_values",
            "metric.name",
            "metric.data_points",
        ],
    }
}

/// A statement for the context.
pub(crate) fn statement(choices: &mut Choices<'_>, context: Context) -> String {
    let editors: Vec<_> = functions().filter(|f| f.is_editor && f.contexts.contains(&context)).collect();
    // `set` is what programs do most.
    let editor = match choices.pick(4) {
        0 => editors.iter().find(|editor| editor.name == "set"),
        _ => editors.get(choices.pick(editors.len())),
    };
    let Some(editor) = editor else { return String::new() };
    let count = editor.params.split(", ").filter(|param| !param.is_empty()).count();
    let required =
        editor.params.split(", ").filter(|param| !param.is_empty() && !param.starts_with('[')).count();
    let given = required + choices.pick(count - required + 1);
    let first_is_path = editor.params.starts_with("target");
    let args: Vec<String> = (0..given)
        .map(|index| match index {
            0 if first_is_path => choices.of(paths(context)).to_owned(),
            _ => value(choices, context, 3),
        })
        .collect();
    let call = format!("{}({})", editor.name, args.join(", "));
    if choices.pick(3) == 1 { format!("{call} where {}", condition(choices, context, 2)) } else { call }
}

/// A condition for the context.
pub(crate) fn condition(choices: &mut Choices<'_>, context: Context, depth: usize) -> String {
    match choices.pick(if depth == 0 { 2 } else { 6 }) {
        0 => {
            let op = choices.of(&["==", "!=", "<", "<=", ">", ">="]);
            format!("{} {op} {}", value(choices, context, depth), value(choices, context, depth))
        }
        1 => choices.of(&["true", "false"]).to_owned(),
        2 => format!("not ({})", condition(choices, context, depth - 1)),
        3 => converter(choices, context, depth),
        4 => format!(
            "{} and {}",
            condition(choices, context, depth - 1),
            condition(choices, context, depth - 1)
        ),
        _ => format!(
            "({} or {})",
            condition(choices, context, depth - 1),
            condition(choices, context, depth - 1)
        ),
    }
}

fn value(choices: &mut Choices<'_>, context: Context, depth: usize) -> String {
    match choices.pick(if depth == 0 { 2 } else { 6 }) {
        0 => choices.of(&LITERALS).to_owned(),
        1 => choices.of(paths(context)).to_owned(),
        2 | 3 => converter(choices, context, depth),
        4 => {
            let op = choices.of(&["+", "-", "*", "/"]);
            format!("({} {op} {})", value(choices, context, depth - 1), value(choices, context, depth - 1))
        }
        _ => format!("[{}, {}]", value(choices, context, depth - 1), value(choices, context, depth - 1)),
    }
}

fn converter(choices: &mut Choices<'_>, context: Context, depth: usize) -> String {
    let converters: Vec<_> = functions().filter(|f| !f.is_editor && f.contexts.contains(&context)).collect();
    let Some(function) = converters.get(choices.pick(converters.len())) else { return "nil".to_owned() };
    let params: Vec<_> = function.params.split(", ").filter(|param| !param.is_empty()).collect();
    let required = params.iter().filter(|param| !param.starts_with('[')).count();
    let given = required + choices.pick(params.len() - required + 1);
    let args: Vec<String> = (0..given).map(|_| value(choices, context, depth.saturating_sub(1))).collect();
    format!("{}({})", function.name, args.join(", "))
}

/// A batch of each signal with something of everything.
pub(crate) fn batches() -> [Batch; 3] {
    let attributes = r#""attributes":[{"key":"a","value":{"stringValue":"text"}},{"key":"m","value":{"kvlistValue":{"values":
        [{"key":"b","value":{"arrayValue":{"values":[{"intValue":"1"},{}]}}}]}}},{"key":"l","value":{"arrayValue":{"values":
        [{"stringValue":"x"},{"doubleValue":"NaN"},{"bytesValue":"AQI="}]}}},{"key":"i","value":{"intValue":"5"}},{"key":"e"}]"#;
    let traces = format!(
        r#"{{"resourceSpans":[{{"resource":{{{attributes}}},"scopeSpans":[{{"scope":{{"name":"s",{attributes}}},"spans":[
        {{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"n","kind":2,"traceState":"a=b",
        "startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"18446744073709551615",{attributes},
        "events":[{{"name":"x",{attributes}}},{{}}],"links":[{{"spanId":"0102030405060708"}}],"status":{{"code":2}}}},{{}}]}}]}}]}}"#
    );
    let logs = format!(
        r#"{{"resourceLogs":[{{"resource":{{{attributes}}},"scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":
        "{{\"k\":1}}"}},{attributes},"severityNumber":9,"timeUnixNano":"1700000000000000000"}},{{"body":{{"kvlistValue":{{"values":
        [{{"key":"k","value":{{"intValue":"1"}}}}]}}}}}},{{"body":{{"arrayValue":{{"values":[{{"boolValue":true}}]}}}}}},{{}}]}}]}},{{}}]}}"#
    );
    let point = format!(r#""timeUnixNano":"1700000000000000000",{attributes}"#);
    let metrics = format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"g","gauge":{{"dataPoints":[{{"asInt":"1",{point},
        "exemplars":[{{"asDouble":1.5}}]}},{{"asDouble":"NaN",{point}}},{{}}]}}}},{{"name":"s","sum":{{"dataPoints":[{{"asInt":
        "9223372036854775807",{point}}},{{"asInt":"1",{point}}}],"aggregationTemporality":1,"isMonotonic":true}}}},{{"name":"h",
        "histogram":{{"dataPoints":[{{"count":"6","sum":2.5,"bucketCounts":["1","2","3"],"explicitBounds":[1.0,5.0],{point}}},
        {{"count":"18446744073709551615","bucketCounts":["18446744073709551615"],{point}}}]}}}},{{"name":"e",
        "exponentialHistogram":{{"dataPoints":[{{"count":"3","scale":-2147483648,"zeroCount":"1","positive":{{"offset":
        2147483647,"bucketCounts":["1","2"]}},{point}}}]}}}},{{"name":"q","summary":{{"dataPoints":[{{"count":"4","sum":10.0,
        "quantileValues":[{{"quantile":0.5,"value":2.0}}],{point}}}]}}}},{{"name":"none"}}]}}]}}]}}"#
    );
    let read = |signal, json: &str| Batch::from_json(signal, json.as_bytes()).expect("the sample is valid");
    [read(Signal::Traces, &traces), read(Signal::Metrics, &metrics), read(Signal::Logs, &logs)]
}

/// What a program left must be valid, and counted right.
pub(crate) fn check(batch: &Batch) {
    let again = Batch::from_protobuf(batch.signal(), batch.to_bytes()).expect("an edited batch is valid");
    assert_eq!(again.items(), batch.items());
}
