//! Verbosity `detailed`: every field on a line of its own.

use agent_otlp::{
    Attributes, Batch, DataPoint, LogRecord, Metric, MetricKind, NumberValue, PointKind, ScopeRef, Signal,
    Span,
};

use super::values::{hex, time, typed};

/// The block of one batch.
pub(super) fn write(batch: &Batch) -> String {
    let (resource_noun, scope_noun) = match batch.signal() {
        Signal::Traces => ("ResourceSpans", "ScopeSpans"),
        Signal::Metrics => ("ResourceMetrics", "ScopeMetrics"),
        Signal::Logs => ("ResourceLog", "ScopeLogs"),
    };
    let mut out = Lines(String::new());
    for (index, entry) in batch.resources().enumerate() {
        out.line(&format!("{resource_noun} #{index}"));
        out.line(&format!("Resource SchemaURL: {}", entry.schema_url()));
        out.attributes("Resource attributes", entry.resource().attributes());
        for (index, scope) in entry.scopes().enumerate() {
            out.line(&format!("{scope_noun} #{index}"));
            out.line(&format!("{scope_noun} SchemaURL: {}", scope.schema_url()));
            out.scope(&scope);
        }
    }
    out.0
}

struct Lines(String);

impl Lines {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn attributes(&mut self, head: &str, attributes: &Attributes<'_>) {
        self.indented_attributes("", head, attributes);
    }

    fn indented_attributes(&mut self, indent: &str, head: &str, attributes: &Attributes<'_>) {
        if attributes.is_empty() {
            return;
        }
        self.line(&format!("{indent}{head}:"));
        for (key, value) in attributes.iter() {
            self.line(&format!("{indent}     -> {key}: {}", typed(value)));
        }
    }

    fn scope(&mut self, entry: &ScopeRef<'_>) {
        let scope = entry.scope();
        self.line(&format!("InstrumentationScope {} {}", scope.name(), scope.version()));
        self.attributes("InstrumentationScope attributes", scope.attributes());
        entry.spans().enumerate().for_each(|(index, span)| self.span(index, &span));
        entry.log_records().enumerate().for_each(|(index, record)| self.log(index, &record));
        entry.metrics().enumerate().for_each(|(index, metric)| self.metric(index, &metric));
    }

    fn span(&mut self, index: usize, span: &Span<'_>) {
        self.line(&format!("Span #{index}"));
        let mut fields = vec![
            ("Trace ID", hex(span.trace_id())),
            ("Parent ID", hex(span.parent_span_id())),
            ("ID", hex(span.span_id())),
            ("Name", span.name().to_owned()),
            ("Kind", span_kind(span.kind()).to_owned()),
        ];
        if !span.trace_state().is_empty() {
            fields.push(("TraceState", span.trace_state().to_owned()));
        }
        fields.extend([
            ("Start time", time(span.start_time_unix_nano())),
            ("End time", time(span.end_time_unix_nano())),
            ("Status code", status_code(span.status_code()).to_owned()),
            ("Status message", span.status_message().to_owned()),
        ]);
        for (name, value) in fields {
            self.line(&format!("    {name:<15}: {value}"));
        }
        for (name, count) in [
            ("DroppedAttributesCount", span.dropped_attributes_count()),
            ("DroppedEventsCount", span.dropped_events_count()),
            ("DroppedLinksCount", span.dropped_links_count()),
        ] {
            if count > 0 {
                self.line(&format!("    {name}: {count}"));
            }
        }
        self.attributes("Attributes", span.attributes());
        self.events(span);
        self.links(span);
    }

    fn events(&mut self, span: &Span<'_>) {
        for (index, event) in span.events().enumerate() {
            if index == 0 {
                self.line("Events:");
            }
            self.line(&format!("SpanEvent #{index}"));
            self.line(&format!("     -> Name: {}", event.name()));
            self.line(&format!("     -> Timestamp: {}", time(event.time_unix_nano())));
            self.line(&format!("     -> DroppedAttributesCount: {}", event.dropped_attributes_count()));
            self.indented_attributes("     ", "-> Attributes:", event.attributes());
        }
    }

    fn links(&mut self, span: &Span<'_>) {
        for (index, link) in span.links().enumerate() {
            if index == 0 {
                self.line("Links:");
            }
            self.line(&format!("SpanLink #{index}"));
            self.line(&format!("     -> Trace ID: {}", hex(link.trace_id())));
            self.line(&format!("     -> ID: {}", hex(link.span_id())));
            self.line(&format!("     -> TraceState: {}", link.trace_state()));
            self.line(&format!("     -> DroppedAttributesCount: {}", link.dropped_attributes_count()));
            self.indented_attributes("     ", "-> Attributes:", link.attributes());
        }
    }

    fn log(&mut self, index: usize, record: &LogRecord<'_>) {
        self.line(&format!("LogRecord #{index}"));
        self.line(&format!("ObservedTimestamp: {}", time(record.observed_time_unix_nano())));
        self.line(&format!("Timestamp: {}", time(record.time_unix_nano())));
        self.line(&format!("SeverityText: {}", record.severity_text()));
        let severity = record.severity_number();
        self.line(&format!("SeverityNumber: {}({severity})", severity_name(severity)));
        if !record.event_name().is_empty() {
            self.line(&format!("EventName: {}", record.event_name()));
        }
        self.line(&format!("Body: {}", typed(record.body())));
        self.attributes("Attributes", record.attributes());
        self.line(&format!("Trace ID: {}", hex(record.trace_id())));
        self.line(&format!("Span ID: {}", hex(record.span_id())));
        self.line(&format!("Flags: {}", record.flags()));
    }

    fn metric(&mut self, index: usize, metric: &Metric<'_>) {
        self.line(&format!("Metric #{index}"));
        self.line("Descriptor:");
        self.line(&format!("     -> Name: {}", metric.name()));
        self.line(&format!("     -> Description: {}", metric.description()));
        self.line(&format!("     -> Unit: {}", metric.unit()));
        let kind = metric.kind();
        let (name, points, has_temporality) = match kind {
            None => ("Empty", "", false),
            Some(MetricKind::Gauge) => ("Gauge", "NumberDataPoints", false),
            Some(MetricKind::Sum) => ("Sum", "NumberDataPoints", true),
            Some(MetricKind::Histogram) => ("Histogram", "HistogramDataPoints", true),
            Some(MetricKind::ExponentialHistogram) => {
                ("ExponentialHistogram", "ExponentialHistogramDataPoints", true)
            }
            Some(MetricKind::Summary) => ("Summary", "SummaryDataPoints", false),
        };
        self.line(&format!("     -> DataType: {name}"));
        if kind == Some(MetricKind::Sum) {
            self.line(&format!("     -> IsMonotonic: {}", metric.is_monotonic()));
        }
        if has_temporality {
            let temporality = temporality(metric.aggregation_temporality());
            self.line(&format!("     -> AggregationTemporality: {temporality}"));
        }
        for (index, point) in metric.points().enumerate() {
            self.line(&format!("{points} #{index}"));
            self.point(&point);
        }
    }

    fn point(&mut self, point: &DataPoint<'_>) {
        self.attributes("Data point attributes", point.attributes());
        self.line(&format!("StartTimestamp: {}", time(point.start_time_unix_nano())));
        self.line(&format!("Timestamp: {}", time(point.time_unix_nano())));
        if point.kind() == PointKind::Number {
            match point.value() {
                Some(NumberValue::Int(value)) => self.line(&format!("Value: {value}")),
                Some(NumberValue::Double(value)) => self.line(&format!("Value: {value:.6}")),
                None => {}
            }
            return;
        }
        self.line(&format!("Count: {}", point.count()));
        for (name, value) in [("Sum", point.sum()), ("Min", point.min()), ("Max", point.max())] {
            if let Some(value) = value {
                self.line(&format!("{name}: {value:.6}"));
            }
        }
        for (index, bound) in point.explicit_bounds().into_iter().enumerate() {
            self.line(&format!("ExplicitBounds #{index}: {bound:.6}"));
        }
        match point.kind() {
            PointKind::Histogram => {
                for (index, count) in point.bucket_counts().into_iter().enumerate() {
                    self.line(&format!("Buckets #{index}, Count: {count}"));
                }
            }
            PointKind::ExponentialHistogram => self.exponential_buckets(point),
            PointKind::Number | PointKind::Summary => {}
        }
        for (index, (quantile, value)) in point.quantiles().into_iter().enumerate() {
            self.line(&format!("QuantileValue #{index}: Quantile {quantile:.6}, Value {value:.6}"));
        }
    }

    /// Negative buckets from the far end, zero, positive ones.
    fn exponential_buckets(&mut self, point: &DataPoint<'_>) {
        let base = (std::f64::consts::LN_2 * (-f64::from(point.scale())).exp2()).exp();
        let bound = |offset: i32, index: usize| {
            let index = f64::from(offset) + f64::from(u32::try_from(index).unwrap_or(u32::MAX));
            base.powf(index)
        };
        let (offset, counts) = point.negative();
        for (index, count) in counts.iter().enumerate().rev().filter(|(_, count)| **count > 0) {
            let (from, to) = (-bound(offset, index + 1), -bound(offset, index));
            self.line(&format!("Bucket [{from:.6}, {to:.6}), Count: {count}"));
        }
        if point.zero_count() > 0 {
            self.line(&format!("Bucket [0, 0], Count: {}", point.zero_count()));
        }
        let (offset, counts) = point.positive();
        for (index, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (from, to) = (bound(offset, index), bound(offset, index + 1));
            self.line(&format!("Bucket ({from:.6}, {to:.6}], Count: {count}"));
        }
    }
}

fn span_kind(number: i32) -> &'static str {
    match number {
        0 => "Unspecified",
        1 => "Internal",
        2 => "Server",
        3 => "Client",
        4 => "Producer",
        5 => "Consumer",
        _ => "",
    }
}

fn status_code(number: i32) -> &'static str {
    match number {
        0 => "Unset",
        1 => "Ok",
        2 => "Error",
        _ => "",
    }
}

fn temporality(number: i32) -> &'static str {
    match number {
        0 => "Unspecified",
        1 => "Delta",
        2 => "Cumulative",
        _ => "",
    }
}

fn severity_name(number: i32) -> &'static str {
    const NAMES: [&str; 25] = [
        "Unspecified",
        "Trace",
        "Trace2",
        "Trace3",
        "Trace4",
        "Debug",
        "Debug2",
        "Debug3",
        "Debug4",
        "Info",
        "Info2",
        "Info3",
        "Info4",
        "Warn",
        "Warn2",
        "Warn3",
        "Warn4",
        "Error",
        "Error2",
        "Error3",
        "Error4",
        "Fatal",
        "Fatal2",
        "Fatal3",
        "Fatal4",
    ];
    usize::try_from(number).ok().and_then(|number| NAMES.get(number).copied()).unwrap_or("")
}
