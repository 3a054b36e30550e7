//! One thing that statements run on, with all that is around it and a cache of its own.

use agent_otlp::{AnyValue, DataPoint, LogRecord, Metric, NewMetrics, Resource, ScopeCtx, Span, SpanEvent};

use super::fields::{
    EventField, LogField, MetricField, PointField, ResourceField, Root, ScopeField, SpanField,
};
use super::map::found;
use super::{
    Look, MapEdit, MapMut, Members, NoMap, Record, log, metric, point, resource, scope, span, spanevent,
};
use crate::error::Eval;
use crate::value::{Map, Value};

/// A resource.
pub(crate) struct ResourceRecord<'c, 'e> {
    pub(crate) resource: &'c mut Resource<'e>,
    pub(crate) cache: Members<'e>,
}

/// A scope in its resource.
pub(crate) struct ScopeRecord<'c, 'e> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) cache: Members<'e>,
}

/// A log record in its scope.
pub(crate) struct LogRecordView<'c, 'e> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) record: &'c mut LogRecord<'e>,
    pub(crate) cache: Members<'e>,
}

/// A span in its scope.
pub(crate) struct SpanRecord<'c, 'e> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) span: &'c mut Span<'e>,
    pub(crate) cache: Members<'e>,
}

/// An event in its span.
pub(crate) struct EventRecord<'c, 'e, 's, 'r> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) span: &'c mut Span<'s>,
    pub(crate) event: &'c mut SpanEvent<'r>,
    /// Its place in the span, where the caller says.
    pub(crate) index: Option<i64>,
    pub(crate) cache: Members<'r>,
}

/// A metric in its scope.
pub(crate) struct MetricRecord<'c, 'e, 'r> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) metric: &'c mut Metric<'r>,
    pub(crate) new: &'c mut NewMetrics,
    pub(crate) cache: Members<'r>,
}

/// A data point in its metric.
pub(crate) struct PointRecord<'c, 'e, 'm, 'r> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) metric: &'c mut Metric<'m>,
    pub(crate) point: &'c mut DataPoint<'r>,
    pub(crate) new: &'c mut NewMetrics,
    pub(crate) cache: Members<'r>,
}

/// One record type: how each root is read, written and reached as a map, and what else the type offers. A map is `kept`
/// where its values live as long as the record's, so that they can move, and `copied` where they do not.
macro_rules! record {
    (
        [$($life:lifetime)?] $name:ty, $e:lifetime, |$s:ident, $value:ident|
        attributes { $($map:pat => $read:expr, $change:expr, $keep:ident;)* }
        fields { $($root:pat => $get:expr, $set:expr;)* }
        kept { $($kept:pat => $keeper:expr;)* }
        look { $($look:tt)* }
        also { $($also:tt)* }
    ) => {
        impl<$($life)?> Look for $name {
            fn get(&self, root: Root) -> Eval<Value<'_>> {
                let $s = self;
                Ok(match root {
                    Root::Cache => Value::Map(Map::borrowed(&$s.cache)),
                    $($root => $get,)*
                    _ => Value::Nil,
                })
            }

            fn member(&self, root: Root, key: &str) -> Result<Option<&AnyValue<'_>>, NoMap> {
                let $s = self;
                Ok(match root {
                    Root::Cache => found(&$s.cache, key),
                    $($map => MapMut::get($read, key),)*
                    _ => return Err(NoMap),
                })
            }

            $($look)*
        }

        impl<$($life)?> Record<$e> for $name {
            fn apart(&self, root: Root) -> Eval<Value<$e>> {
                let $s = self;
                Ok(match root {
                    Root::Cache => Value::Map(Map::owned($s.cache.clone())),
                    $($kept => $keeper,)*
                    _ => return Look::get($s, root).map(Value::into_owned),
                })
            }

            fn member_apart(&self, root: Root, key: &str) -> Result<Option<AnyValue<$e>>, NoMap> {
                let $s = self;
                Ok(match root {
                    Root::Cache => found(&$s.cache, key).cloned(),
                    $($map => record!(@apart $keep $read.get(key)),)*
                    _ => return Err(NoMap),
                })
            }

            fn set(&mut self, root: Root, $value: Value<$e>) -> Eval<()> {
                let $s = self;
                match root {
                    $($root => $set,)*
                    _ => Ok(()),
                }
            }

            fn map_mut(&mut self, root: Root) -> Option<MapEdit<'_, $e>> {
                let $s = self;
                Some(match root {
                    Root::Cache => MapEdit::Kept(&mut $s.cache),
                    $($map => record!(@edit $keep $change),)*
                    _ => return None,
                })
            }

            $($also)*
        }
    };
    (@apart kept $found:expr) => { $found.cloned() };
    (@apart copied $found:expr) => { $found.cloned().map(AnyValue::into_owned) };
    (@edit kept $map:expr) => { MapEdit::Kept($map) };
    (@edit copied $map:expr) => { MapEdit::Copied($map) };
}

/// A record below a scope: what every such record has, and its own.
macro_rules! scoped_record {
    (
        [$($life:lifetime)?] $name:ty, $e:lifetime, $around:ident, |$s:ident, $value:ident|
        attributes { $($map:pat => $read:expr, $change:expr, $keep:ident;)* }
        fields { $($root:pat => $get:expr, $set:expr;)* }
        kept { $($kept:tt)* }
        look { $($look:tt)* }
        also { $($also:tt)* }
    ) => {
        record! {
            [$($life)?] $name, $e, |$s, $value|
            attributes {
                Root::Resource(ResourceField::Attributes) =>
                    $s.ctx.resource().attributes(), $s.ctx.resource_mut().attributes_mut(), $around;
                Root::Scope(ScopeField::Attributes) =>
                    $s.ctx.scope().attributes(), $s.ctx.scope_mut().attributes_mut(), $around;
                $($map => $read, $change, $keep;)*
            }
            fields {
                Root::Resource(field) => resource::get($s.ctx.resource(), field), {
                    resource::set($s.ctx.resource_mut(), field, $value);
                    Ok(())
                };
                Root::Scope(field) => scope::get($s.ctx.scope(), field), scope::set($s.ctx.scope_mut(), field, $value);
                $($root => $get, $set;)*
            }
            kept { $($kept)* }
            look { $($look)* }
            also { $($also)* }
        }
    };
}

record! {
    ['e] ResourceRecord<'_, 'e>, 'e, |s, value|
    attributes {
        Root::Resource(ResourceField::Attributes) =>
            s.resource.attributes(), s.resource.attributes_mut(), kept;
    }
    fields {
        Root::Resource(field) => resource::get(s.resource, field), {
            resource::set(s.resource, field, value);
            Ok(())
        };
    }
    kept {}
    look {}
    also {}
}

scoped_record! {
    ['e] ScopeRecord<'_, 'e>, 'e, kept, |s, value| attributes {} fields {} kept {} look {} also {}
}

scoped_record! {
    ['e] LogRecordView<'_, 'e>, 'e, kept, |s, value|
    attributes {
        Root::Log(LogField::Attributes) => s.record.attributes(), s.record.attributes_mut(), kept;
    }
    fields { Root::Log(field) => log::get(s.record, field)?, log::set(s.record, field, value); }
    kept { Root::Log(LogField::Body) => Value::of_owned(s.record.body().clone()); }
    look {
        fn body(&self) -> Option<&AnyValue<'_>> {
            Some(self.record.body())
        }
    }
    also {}
}

scoped_record! {
    ['e] SpanRecord<'_, 'e>, 'e, kept, |s, value|
    attributes {
        Root::Span(SpanField::Attributes) => s.span.attributes(), s.span.attributes_mut(), kept;
    }
    fields { Root::Span(field) => span::get(s.span, field), span::set(s.span, field, &value); }
    kept {}
    look {}
    also {
        fn span(&mut self, f: &mut dyn FnMut(&mut Span<'_>)) {
            f(self.span);
        }
    }
}

scoped_record! {
    ['e] EventRecord<'_, '_, '_, 'e>, 'e, copied, |s, value|
    attributes {
        Root::Event(EventField::Attributes) =>
            s.event.attributes(), s.event.attributes_mut(), kept;
        Root::Span(SpanField::Attributes) =>
            s.span.attributes(), s.span.attributes_mut(), copied;
    }
    fields {
        Root::Event(field) => spanevent::get(s.event, field, s.index)?, spanevent::set(s.event, field, &value);
        Root::Span(field) => span::get(s.span, field), span::set(s.span, field, &value);
    }
    kept {}
    look {}
    also {}
}

scoped_record! {
    ['e] MetricRecord<'_, '_, 'e>, 'e, copied, |s, value|
    attributes {
        Root::Metric(MetricField::Metadata) =>
            s.metric.metadata(), s.metric.metadata_mut(), kept;
    }
    fields { Root::Metric(field) => metric::get(s.metric, field), metric::set(s.metric, field, value); }
    kept {}
    look {
        fn read_metric(&self, f: &mut dyn FnMut(&Metric<'_>)) {
            f(self.metric);
        }
    }
    also {
        fn metric(&mut self, f: &mut dyn FnMut(&mut Metric<'_>, &mut NewMetrics) -> Eval<()>) -> Eval<()> {
            f(self.metric, self.new)
        }
    }
}

scoped_record! {
    ['e] PointRecord<'_, '_, '_, 'e>, 'e, copied, |s, value|
    attributes {
        Root::Point(PointField::Attributes) =>
            s.point.attributes(), s.point.attributes_mut(), kept;
        Root::Metric(MetricField::Metadata) =>
            s.metric.metadata(), s.metric.metadata_mut(), copied;
    }
    fields {
        Root::Point(field) => point::get(s.point, field), {
            point::set(s.point, field, &value);
            Ok(())
        };
        Root::Metric(field) => metric::get(s.metric, field), metric::set(s.metric, field, value);
    }
    kept {}
    look {}
    also {
        fn metric(&mut self, f: &mut dyn FnMut(&mut Metric<'_>, &mut NewMetrics) -> Eval<()>) -> Eval<()> {
            f(self.metric, self.new)
        }

        fn point(&mut self, f: &mut dyn FnMut(&mut DataPoint<'_>)) {
            f(self.point);
        }
    }
}
