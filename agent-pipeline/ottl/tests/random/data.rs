//! Batches out of bytes: a few records each, with attributes of every type, nested, odd and repeated.

use agent_otlp::{Batch, Signal};
use agent_ottl::Context;

use super::program::Choices;

const KEYS: [&str; 8] = ["a", "m", "l", "k", "", "é日", "a.b", "n"];
const TEXTS: [&str; 14] = [
    "",
    "a",
    "text",
    "é日𝄞",
    "a=1 b='x y' c",
    "1,\\\"a,b\\\",é",
    "{\\\"a\\\":[1,{\\\"b\\\":null}],\\\"a\\\":2}",
    "<a k='1'>t<b/>t</a>",
    "http://u:p@[::1]:80/p%20q.x?y#z",
    "2024-02-29T13:14:15.5+01:00",
    "-9223372036854775808",
    "1.7976931348623157e308",
    "\\u0000\\n\\t",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];
const INTEGERS: [&str; 8] =
    ["0", "1", "-1", "5", "255", "1700000000000000000", "9223372036854775807", "-9223372036854775808"];
const UNSIGNED: [&str; 6] =
    ["0", "1", "7", "1700000000000000000", "9223372036854775808", "18446744073709551615"];
const DOUBLES: [&str; 8] =
    ["0", "-0.0", "1.5", "1e300", "\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "5e-324"];
const COUNTS: [&str; 5] = ["-2147483648", "-1", "0", "1", "2147483647"];

/// A batch of a signal that has the context.
pub(crate) fn batch_for(choices: &mut Choices<'_>, context: Context) -> Batch {
    let signals: Vec<_> = Signal::ALL.into_iter().filter(|signal| context.is_of(*signal)).collect();
    let signal = signals[choices.pick(signals.len())];
    batch(choices, signal)
}

fn batch(choices: &mut Choices<'_>, signal: Signal) -> Batch {
    let items = list(
        choices,
        4,
        match signal {
            Signal::Traces => span,
            Signal::Logs => log_record,
            Signal::Metrics => metric,
        },
    );
    let (resources, scopes, records) = match signal {
        Signal::Traces => ("resourceSpans", "scopeSpans", "spans"),
        Signal::Logs => ("resourceLogs", "scopeLogs", "logRecords"),
        Signal::Metrics => ("resourceMetrics", "scopeMetrics", "metrics"),
    };
    let (resource, scope) = (attributes(choices), attributes(choices));
    let json = format!(
        r#"{{"{resources}":[{{"resource":{{{resource}}},"{scopes}":[{{"scope":{{"name":"s",{scope}}},"{records}":{items}}}]}}]}}"#
    );
    Batch::from_json(signal, json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn list(choices: &mut Choices<'_>, most: usize, item: fn(&mut Choices<'_>) -> String) -> String {
    let items: Vec<_> = (0..choices.pick(most)).map(|_| item(choices)).collect();
    format!("[{}]", items.join(","))
}

fn attributes(choices: &mut Choices<'_>) -> String {
    format!(r#""attributes":{}"#, members(choices, 3))
}

fn members(choices: &mut Choices<'_>, depth: usize) -> String {
    let members: Vec<_> = (0..choices.pick(5))
        .map(|_| format!(r#"{{"key":"{}","value":{}}}"#, choices.of(&KEYS), value(choices, depth)))
        .collect();
    format!("[{}]", members.join(","))
}

fn value(choices: &mut Choices<'_>, depth: usize) -> String {
    match choices.pick(if depth == 0 { 6 } else { 8 }) {
        0 => format!(r#"{{"stringValue":"{}"}}"#, choices.of(&TEXTS)),
        1 => format!(r#"{{"intValue":"{}"}}"#, choices.of(&INTEGERS)),
        2 => format!(r#"{{"doubleValue":{}}}"#, choices.of(&DOUBLES)),
        3 => format!(r#"{{"boolValue":{}}}"#, choices.of(&["true", "false"])),
        4 => format!(r#"{{"bytesValue":"{}"}}"#, choices.of(&["", "AQI=", "/w=="])),
        5 => "{}".to_owned(),
        6 => {
            let items: Vec<_> = (0..choices.pick(4)).map(|_| value(choices, depth - 1)).collect();
            format!(r#"{{"arrayValue":{{"values":[{}]}}}}"#, items.join(","))
        }
        _ => format!(r#"{{"kvlistValue":{{"values":{}}}}}"#, members(choices, depth - 1)),
    }
}

fn times(choices: &mut Choices<'_>) -> String {
    format!(r#""startTimeUnixNano":"{}","timeUnixNano":"{}""#, choices.of(&UNSIGNED), choices.of(&UNSIGNED))
}

fn span(choices: &mut Choices<'_>) -> String {
    let events =
        list(choices, 3, |choices| format!(r#"{{"name":"{}",{}}}"#, choices.of(&TEXTS), attributes(choices)));
    let links = list(choices, 3, |choices| format!("{{{}}}", attributes(choices)));
    format!(
        r#"{{"name":"{}","kind":{},"traceState":"{}","status":{{"code":{}}},"startTimeUnixNano":"{}",{},"events":{events},"links":{links}}}"#,
        choices.of(&TEXTS),
        choices.of(&COUNTS),
        choices.of(&["", "a=b", "a=b,c=d", "="]),
        choices.of(&COUNTS),
        choices.of(&UNSIGNED),
        attributes(choices)
    )
}

fn log_record(choices: &mut Choices<'_>) -> String {
    format!(
        r#"{{"timeUnixNano":"{}","severityNumber":{},"severityText":"{}","body":{},{}}}"#,
        choices.of(&UNSIGNED),
        choices.of(&COUNTS),
        choices.of(&TEXTS),
        value(choices, 4),
        attributes(choices)
    )
}

fn metric(choices: &mut Choices<'_>) -> String {
    let (kind, point): (_, fn(&mut Choices<'_>) -> String) = match choices.pick(5) {
        0 => ("gauge", number),
        1 => ("sum", number),
        2 => ("histogram", histogram),
        3 => ("exponentialHistogram", exponential),
        _ => ("summary", summary),
    };
    let points = list(choices, 4, point);
    let temporality = match kind {
        "gauge" | "summary" => String::new(),
        _ => format!(r#","aggregationTemporality":{}"#, choices.pick(3)),
    };
    format!(
        r#"{{"name":"{}","unit":"{}","{kind}":{{"dataPoints":{points}{temporality}}}}}"#,
        choices.of(&KEYS),
        choices.of(&["", "1", "By"])
    )
}

fn number(choices: &mut Choices<'_>) -> String {
    let value = match choices.pick(3) {
        0 => format!(r#""asInt":"{}","#, choices.of(&INTEGERS)),
        1 => format!(r#""asDouble":{},"#, choices.of(&DOUBLES)),
        _ => String::new(),
    };
    format!("{{{value}{},{}}}", times(choices), attributes(choices))
}

/// Numbers of buckets and bounds that do not always fit together.
fn histogram(choices: &mut Choices<'_>) -> String {
    let counts = list(choices, 5, |choices| format!("\"{}\"", choices.of(&UNSIGNED)));
    let bounds = list(choices, 4, |choices| choices.of(&DOUBLES).to_owned());
    let sum = choices.of(&DOUBLES);
    format!(
        r#"{{"count":"{}","sum":{sum},"bucketCounts":{counts},"explicitBounds":{bounds},{},{}}}"#,
        choices.of(&UNSIGNED),
        times(choices),
        attributes(choices)
    )
}

fn exponential(choices: &mut Choices<'_>) -> String {
    let mut buckets = || {
        let counts = list(choices, 5, |choices| format!("\"{}\"", choices.of(&UNSIGNED)));
        format!(r#"{{"offset":{},"bucketCounts":{counts}}}"#, choices.of(&COUNTS))
    };
    let (positive, negative) = (buckets(), buckets());
    format!(
        r#"{{"count":"{}","scale":{},"zeroCount":"{}","positive":{positive},"negative":{negative},{},{}}}"#,
        choices.of(&UNSIGNED),
        choices.of(&COUNTS),
        choices.of(&UNSIGNED),
        times(choices),
        attributes(choices)
    )
}

fn summary(choices: &mut Choices<'_>) -> String {
    let quantiles = list(choices, 3, |choices| {
        format!(r#"{{"quantile":{},"value":{}}}"#, choices.of(&DOUBLES), choices.of(&DOUBLES))
    });
    format!(
        r#"{{"count":"{}","sum":{},"quantileValues":{quantiles},{},{}}}"#,
        choices.of(&UNSIGNED),
        choices.of(&DOUBLES),
        times(choices),
        attributes(choices)
    )
}
