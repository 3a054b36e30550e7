//! Paths: from names to what they reach, checked once.

use super::Context;

/// What a path reaches before its keys are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    Cache,
    Resource(ResourceField),
    Scope(ScopeField),
    Log(LogField),
    Span(SpanField),
    Event(EventField),
    Metric(MetricField),
    Point(PointField),
}

macro_rules! fields {
    ($(#[$doc:meta])* $name:ident: $($path:literal => $variant:ident $(($indexable:ident))?,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($variant,)* }

        impl $name {
            /// Path without its context, what it is, whether keys may follow.
            const TABLE: &'static [(&'static str, Self, bool)] =
                &[$(($path, Self::$variant, fields!(@keys $($indexable)?)),)*];
        }
    };
    (@keys) => { false };
    (@keys indexed) => { true };
}

fields! {
    /// `resource.*`
    ResourceField:
    "attributes" => Attributes(indexed),
    "dropped_attributes_count" => DroppedAttributes,
    "schema_url" => SchemaUrl,
}

fields! {
    /// `scope.*`
    ScopeField:
    "attributes" => Attributes(indexed),
    "dropped_attributes_count" => DroppedAttributes,
    "name" => Name,
    "schema_url" => SchemaUrl,
    "version" => Version,
}

fields! {
    /// `log.*`
    LogField:
    "attributes" => Attributes(indexed),
    "body" => Body(indexed),
    "body.string" => BodyString,
    "dropped_attributes_count" => DroppedAttributes,
    "event_name" => EventName,
    "flags" => Flags,
    "observed_time" => ObservedTime,
    "observed_time_unix_nano" => ObservedTimeUnixNano,
    "severity_number" => SeverityNumber,
    "severity_text" => SeverityText,
    "span_id" => SpanId,
    "span_id.string" => SpanIdString,
    "time" => Time,
    "time_unix_nano" => TimeUnixNano,
    "trace_id" => TraceId,
    "trace_id.string" => TraceIdString,
}

fields! {
    /// `span.*`
    SpanField:
    "attributes" => Attributes(indexed),
    "dropped_attributes_count" => DroppedAttributes,
    "dropped_events_count" => DroppedEvents,
    "dropped_links_count" => DroppedLinks,
    "end_time" => EndTime,
    "end_time_unix_nano" => EndTimeUnixNano,
    "events" => Events,
    "flags" => Flags,
    "kind" => Kind,
    "kind.deprecated_string" => KindDeprecatedString,
    "kind.string" => KindString,
    "links" => Links,
    "name" => Name,
    "parent_span_id" => ParentSpanId,
    "parent_span_id.string" => ParentSpanIdString,
    "span_id" => SpanId,
    "span_id.string" => SpanIdString,
    "start_time" => StartTime,
    "start_time_unix_nano" => StartTimeUnixNano,
    "status" => Status,
    "status.code" => StatusCode,
    "status.message" => StatusMessage,
    "trace_id" => TraceId,
    "trace_id.string" => TraceIdString,
    "trace_state" => TraceState(indexed),
}

fields! {
    /// `spanevent.*`
    EventField:
    "attributes" => Attributes(indexed),
    "dropped_attributes_count" => DroppedAttributes,
    "event_index" => Index,
    "name" => Name,
    "time" => Time,
    "time_unix_nano" => TimeUnixNano,
}

fields! {
    /// `metric.*`
    MetricField:
    "aggregation_temporality" => Temporality,
    "data_points" => Points,
    "description" => Description,
    "is_monotonic" => Monotonic,
    "metadata" => Metadata(indexed),
    "name" => Name,
    "type" => Type,
    "unit" => Unit,
}

fields! {
    /// `datapoint.*`
    PointField:
    "attributes" => Attributes(indexed),
    "bucket_counts" => BucketCounts,
    "count" => Count,
    "exemplars" => Exemplars,
    "explicit_bounds" => ExplicitBounds,
    "flags" => Flags,
    "negative" => Negative,
    "negative.bucket_counts" => NegativeCounts,
    "negative.offset" => NegativeOffset,
    "positive" => Positive,
    "positive.bucket_counts" => PositiveCounts,
    "positive.offset" => PositiveOffset,
    "quantile_values" => Quantiles,
    "scale" => Scale,
    "start_time" => StartTime,
    "start_time_unix_nano" => StartTimeUnixNano,
    "sum" => Sum,
    "time" => Time,
    "time_unix_nano" => TimeUnixNano,
    "value_double" => ValueDouble,
    "value_int" => ValueInt,
    "zero_count" => ZeroCount,
}

/// Why a path means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// No such name at this place among the names, counted from 0.
    Name(usize),
    /// A name where the path had to end.
    Extra(usize),
    /// Keys behind this name, where none may be.
    Keys(usize),
}

/// Finds what the names, without their context, mean; `keyed` says behind which of them keys stand.
pub(crate) fn resolve(context: Context, names: &[&str], keyed: &[bool]) -> Result<Root, Unresolved> {
    if names.first() == Some(&"cache") {
        return if names.len() > 1 { Err(Unresolved::Extra(1)) } else { Ok(Root::Cache) };
    }
    match context {
        Context::Resource => search(ResourceField::TABLE, names, keyed).map(Root::Resource),
        Context::Scope => search(ScopeField::TABLE, names, keyed).map(Root::Scope),
        Context::Log => search(LogField::TABLE, names, keyed).map(Root::Log),
        Context::Span => search(SpanField::TABLE, names, keyed).map(Root::Span),
        Context::SpanEvent => search(EventField::TABLE, names, keyed).map(Root::Event),
        Context::Metric => search(MetricField::TABLE, names, keyed).map(Root::Metric),
        Context::DataPoint => search(PointField::TABLE, names, keyed).map(Root::Point),
    }
}

fn search<F: Copy>(table: &[(&str, F, bool)], names: &[&str], keyed: &[bool]) -> Result<F, Unresolved> {
    let find = |count: usize| {
        let path = names.get(..count)?.join(".");
        table.iter().find(|(name, _, _)| *name == path)
    };
    let Some((_, field, indexed)) = find(names.len()) else {
        let known = (1..names.len()).rev().find(|count| find(*count).is_some()).unwrap_or_default();
        return Err(if known == 0 { Unresolved::Name(0) } else { Unresolved::Extra(known) });
    };
    let last = names.len() - 1;
    match keyed.iter().position(|keyed| *keyed) {
        Some(at) if at != last || !indexed => Err(Unresolved::Keys(at)),
        _ => Ok(*field),
    }
}

/// Every path of the context without its name, and whether keys may follow.
pub(super) fn paths(context: Context) -> Vec<(&'static str, bool)> {
    fn of<F>(table: &[(&'static str, F, bool)]) -> Vec<(&'static str, bool)> {
        table.iter().map(|(path, _, indexed)| (*path, *indexed)).collect()
    }
    match context {
        Context::Resource => of(ResourceField::TABLE),
        Context::Scope => of(ScopeField::TABLE),
        Context::Log => of(LogField::TABLE),
        Context::Span => of(SpanField::TABLE),
        Context::SpanEvent => of(EventField::TABLE),
        Context::Metric => of(MetricField::TABLE),
        Context::DataPoint => of(PointField::TABLE),
    }
}

/// The names a path of the context can begin with.
pub(crate) fn first_names(context: Context) -> Vec<&'static str> {
    context.paths().map(|(path, _)| path).filter(|path| !path.contains('.')).collect()
}
