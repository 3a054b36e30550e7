//! Verbosity `normal`: a line for each resource, scope and item. Writing to a `String` cannot fail.

use std::fmt::Write;

use agent_otlp::{
    Attributes, Batch, DataPoint, LogRecord, Metric, NumberValue, PointKind, ScopeRef, Signal, Span,
};

use super::values::{hex, number, pairs, plain};

/// The block of one batch.
pub(super) fn write(batch: &Batch) -> String {
    let noun = match batch.signal() {
        Signal::Traces => "Traces",
        Signal::Metrics => "Metrics",
        Signal::Logs => "Log",
    };
    let mut out = String::new();
    for (index, entry) in batch.resources().enumerate() {
        let resource = entry.resource();
        let head = format!("Resource{noun} #{index}{}", schema(entry.schema_url()));
        line(&mut out, &head, resource.attributes());
        for (index, scope) in entry.scopes().enumerate() {
            write_scope(&mut out, &format!("Scope{noun} #{index}"), &scope);
        }
    }
    out
}

fn write_scope(out: &mut String, head: &str, entry: &ScopeRef<'_>) {
    let scope = entry.scope();
    let mut head = head.to_owned();
    if !scope.name().is_empty() {
        head.push(' ');
        head.push_str(scope.name());
    }
    if !scope.version().is_empty() {
        head.push('@');
        head.push_str(scope.version());
    }
    head.push_str(&schema(entry.schema_url()));
    line(out, &head, scope.attributes());
    entry.spans().for_each(|span| write_span(out, &span));
    entry.log_records().for_each(|record| write_log(out, &record));
    entry.metrics().for_each(|metric| write_metric(out, &metric));
}

fn schema(url: &str) -> String {
    if url.is_empty() { String::new() } else { format!(" [{url}]") }
}

fn line(out: &mut String, head: &str, attributes: &Attributes<'_>) {
    out.push_str(head);
    for pair in pairs(attributes) {
        out.push(' ');
        out.push_str(&pair);
    }
    out.push('\n');
}

fn write_span(out: &mut String, span: &Span<'_>) {
    let head = format!("{} {} {}", span.name(), hex(span.trace_id()), hex(span.span_id()));
    line(out, &head, span.attributes());
}

fn write_log(out: &mut String, record: &LogRecord<'_>) {
    line(out, &plain(record.body()), record.attributes());
}

fn write_metric(out: &mut String, metric: &Metric<'_>) {
    for point in metric.points() {
        let attributes = pairs(point.attributes()).join(",");
        let _ = writeln!(out, "{}{{{attributes}}} {}", metric.name(), point_value(&point));
    }
}

fn point_value(point: &DataPoint<'_>) -> String {
    if point.kind() == PointKind::Number {
        return match point.value() {
            Some(NumberValue::Int(value)) => value.to_string(),
            Some(NumberValue::Double(value)) => number(value),
            None => String::new(),
        };
    }
    let mut text = format!("count={}", point.count());
    for (name, value) in [("sum", point.sum()), ("min", point.min()), ("max", point.max())] {
        if let Some(value) = value {
            let _ = write!(text, " {name}={}", number(value));
        }
    }
    if point.kind() == PointKind::Histogram {
        let mut bounds = point.explicit_bounds().into_iter();
        for count in point.bucket_counts() {
            let bound = bounds.next().map(|bound| format!("le{}=", number(bound))).unwrap_or_default();
            let _ = write!(text, " {bound}{count}");
        }
    }
    for (quantile, value) in point.quantiles() {
        let _ = write!(text, " q{}={}", number(quantile), number(value));
    }
    text
}
