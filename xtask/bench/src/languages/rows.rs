//! The rows that stand alone: the model, and statements by class.

use std::hint::black_box;
use std::ops::ControlFlow;

use agent_otlp::Batch;
use agent_ottl::{Context, Program};
use anyhow::{Result, anyhow};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use prost::Message as _;

use super::chain::{request, signal_of};
use super::clock::Row;
use super::{Comparison, reference};
use crate::scenario::{ITEMS_PER_REQUEST, Signal};

/// Statements on records or data points, and on the metrics that hold them. The first is what every other has to pay, too.
const STATEMENTS: [(Signal, Context, &str); 33] = {
    use Context::{DataPoint, Log, Metric, Resource, Span};
    use Signal::{Logs, Metrics, Traces};
    [
        (Logs, Log, r#"set(attributes["a"], 1) where severity_number > 24"#),
        (Logs, Log, r#"set(attributes["a"], 1) where attributes["http.route"] == "none""#),
        (Logs, Resource, r#"set(attributes["a"], "x")"#),
        (Logs, Log, r#"set(attributes["a"], "x")"#),
        (Logs, Log, r#"set(attributes["thread.name"], "x")"#),
        (Logs, Log, r#"set(attributes["service"], resource.attributes["service.name"])"#),
        (Logs, Log, "set(severity_number, SEVERITY_NUMBER_ERROR)"),
        (Logs, Log, r#"set(attributes["body"], body)"#),
        (Logs, Log, r#"delete_key(attributes, "thread.id")"#),
        (Logs, Log, r#"keep_keys(attributes, ["thread.id", "enduser.id"])"#),
        (Logs, Log, r#"delete_matching_keys(attributes, "^code[.]")"#),
        (Logs, Log, "truncate_all(attributes, 16)"),
        (Logs, Log, r#"set(attributes["a"], 1) where IsMatch(body, "^order [0-9]+ of")"#),
        (Logs, Log, r#"replace_pattern(body, "[0-9]+ ms", "? ms")"#),
        (Logs, Log, r#"replace_all_patterns(attributes, "value", "[0-9]{4,}", "*")"#),
        (Logs, Log, r#"merge_maps(attributes, ExtractPatterns(body, "(?P<n>[0-9]+) ms"), "upsert")"#),
        (Logs, Log, r#"set(attributes["a"], Concat([severity_text, body], ": "))"#),
        (Logs, Log, r#"set(attributes["a"], Format("%s-%05d", [severity_text, attributes["thread.id"]]))"#),
        (Logs, Log, r#"set(attributes["a"], ToLowerCase(severity_text))"#),
        (Logs, Log, r#"set(attributes["a"], Substring(body, 0, 16))"#),
        (Logs, Log, r#"set(attributes["a"], Split(attributes["log.logger.name"], "."))"#),
        (
            Logs,
            Log,
            r#"set(attributes["a"], (attributes["thread.id"] + 1) * 2 - attributes["code.line.number"])"#,
        ),
        (Logs, Log, r#"set(attributes["a"], FormatTime(time, "%Y-%m-%dT%H:%M:%SZ"))"#),
        (Logs, Log, r#"set(attributes["a"], SHA256(attributes["enduser.id"]))"#),
        (Traces, Span, r#"set(name, attributes["http.route"]) where kind == SPAN_KIND_SERVER"#),
        (Metrics, DataPoint, r#"set(value_double, value_double * 2.0) where metric.unit == "1""#),
        (Metrics, Metric, r#"set(unit, "bytes") where unit == "By""#),
        (Metrics, Metric, "convert_sum_to_gauge()"),
        (Metrics, Metric, r#"convert_gauge_to_sum("cumulative", true)"#),
        (Metrics, Metric, "scale_metric(1000.0)"),
        (Metrics, Metric, "extract_count_metric(true) where type == METRIC_DATA_TYPE_HISTOGRAM"),
        (Metrics, Metric, r#"aggregate_on_attributes("sum", ["http.route"])"#),
        (Metrics, Metric, r#"aggregate_on_attribute_value("sum", "http.route", ["/healthz"], "none")"#),
    ]
};

/// Every row.
pub(super) fn all() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for signal in Signal::ALL {
        rows.extend(model(signal)?);
    }
    for (signal, context, text) in STATEMENTS {
        let batch = Batch::from_protobuf(signal_of(signal), request(signal)?)?;
        rows.push(statement(format!("{context}: {text}"), context, text, batch)?);
    }
    Ok(rows)
}

/// Reading and writing without any statement, and the same by a protobuf library.
fn model(signal: Signal) -> Result<[Row; 5]> {
    let bytes = request(signal)?;
    let batch = Batch::from_protobuf(signal_of(signal), bytes.clone())?;
    let row =
        |name: &str, work: Box<dyn FnMut()>| Row::new(format!("{}: {name}", signal.name()), items(), work);
    let (scanned, looked, written) = (bytes.clone(), batch.clone(), batch);
    let structs = reference::decode(signal, &bytes)?;
    Ok([
        row(
            "scan",
            Box::new(move || {
                black_box(Batch::from_protobuf(signal_of(signal), black_box(scanned.clone())).ok());
            }),
        ),
        row("decode: look at every record", Box::new(move || edited(&looked, false))),
        row("decode and encode: change a field of every record", Box::new(move || edited(&written, true))),
        row(
            "decode into structs",
            Box::new(move || {
                black_box(reference::decode(signal, black_box(&bytes)).ok());
            }),
        ),
        row(
            "encode structs",
            Box::new(move || {
                black_box(structs.encode());
            }),
        ),
    ])
}

/// Looks at an attribute of every record of a copy, and changes another one.
fn edited(batch: &Batch, change: bool) {
    use agent_otlp::{Attributes, Verdict};

    let each = |attributes: &Attributes<'_>| {
        black_box(attributes.get("http.route"));
        change
    };
    let mut batch = batch.clone();
    batch.edit_spans(|_, span| {
        if each(span.attributes()) {
            span.set_dropped_attributes_count(7);
        }
        Verdict::Keep
    });
    batch.edit_log_records(|_, record| {
        if each(record.attributes()) {
            record.set_dropped_attributes_count(7);
        }
        Verdict::Keep
    });
    batch.edit_data_points(|_, _, point| {
        if each(point.attributes()) {
            point.set_flags(1);
        }
        Verdict::Keep
    });
    black_box(batch);
}

fn statement(name: String, context: Context, text: &str, batch: Batch) -> Result<Row> {
    let program = program(context, &[text])?;
    // What fails would be measured as something quick.
    check(&program, &mut batch.clone())?;
    let items = items();
    Ok(Row::new(name, items, move || {
        let mut batch = batch.clone();
        let _ = program.run(&mut batch, &mut |_| ControlFlow::Continue(()));
        black_box(batch);
    }))
}

fn program(context: Context, statements: &[&str]) -> Result<Program> {
    Program::parse(context, &[] as &[&str], statements)
        .map_err(|errors| anyhow!("{}", errors.iter().map(ToString::to_string).collect::<String>()))
}

fn check(program: &Program, batch: &mut Batch) -> Result<()> {
    let mut failed = None;
    let _ = program.run(batch, &mut |failure| {
        failed = Some(anyhow!("{}: {}", failure.text, failure.error));
        ControlFlow::Break(())
    });
    failed.map_or(Ok(()), Err)
}

/// Log records whose bodies are JSON, merged into their attributes from bytes to bytes; by `serde_json` on the bodies.
pub(super) fn json_against_serde(limit: f64) -> Result<Comparison> {
    let (request, bodies) = json_logs()?;
    let program = program(Context::Log, &[r#"merge_maps(attributes, ParseJSON(body), "upsert")"#])?;
    check(&program, &mut Batch::from_protobuf(agent_otlp::Signal::Logs, request.clone())?)?;
    let subject = Row::new("logs: merge_maps(attributes, ParseJSON(body))", items(), move || {
        let batch = Batch::from_protobuf(agent_otlp::Signal::Logs, black_box(request.clone()));
        if let Ok(mut batch) = batch {
            let _ = program.run(&mut batch, &mut |_| ControlFlow::Continue(()));
            black_box(batch.to_bytes());
        }
    });
    let against = Row::new("logs: serde_json on every body", items(), move || {
        for body in &bodies {
            black_box(serde_json::from_str::<serde_json::Value>(black_box(body)).ok());
        }
    });
    let name = "logs: ParseJSON and merge_maps, by serde_json".to_owned();
    Ok(Comparison { name, subject, against, limit })
}

/// The usual log records with a line of a JSON logger as the body.
fn json_logs() -> Result<(Bytes, Vec<String>)> {
    let mut logs = ExportLogsServiceRequest::decode(request(Signal::Logs)?)?;
    let mut random = fastrand::Rng::with_seed(7);
    let mut bodies = Vec::new();
    for record in logs.resource_logs.iter_mut().flat_map(|resource| &mut resource.scope_logs) {
        for record in &mut record.log_records {
            let body = format!(
                r#"{{"level":"{}","msg":"order {} was placed","took_ms":{},"total":{}.5,"user":{{"id":"user-{}","tier":"gold"}},"items":["a-{}","b-{}"],"retry":false,"host":"pod-{}","caller":"order.go:{}"}}"#,
                record.severity_text.to_lowercase(),
                random.u32(..),
                random.u16(..),
                random.u16(..),
                random.u32(..),
                random.u16(..),
                random.u16(..),
                random.u32(..),
                random.u16(..900),
            );
            record.body = Some(AnyValue { value: Some(Value::StringValue(body.clone())) });
            bodies.push(body);
        }
    }
    Ok((logs.encode_to_vec().into(), bodies))
}

fn items() -> usize {
    usize::try_from(ITEMS_PER_REQUEST).unwrap_or(usize::MAX)
}
