//! One thing that statements run on, with all that is around it and a cache of its own.

use agent_otlp::{AnyValue, DataPoint, LogRecord, Metric, NewMetrics, Resource, ScopeCtx, Span, SpanEvent};

use super::fields::{
    EventField, LogField, MetricField, PointField, ResourceField, Root, ScopeField, SpanField,
};
use super::{MapMut, Members, log, metric, point, resource, scope, span, spanevent};
use crate::error::{Eval, EvalError};
use crate::value::{Map, Value};

/// What programs see of a record. Roots were checked against the context when the program was compiled; one that is
/// not of this record reads as nil.
pub(crate) trait Record {
    /// What a root holds.
    fn get(&self, root: Root) -> Eval<Value<'_>>;
    /// Puts a value where the root is no map. One of the wrong type is refused or ignored, as the context has it.
    fn set(&mut self, root: Root, value: Value<'_>) -> Eval<()>;
    /// The map of a root that is always one.
    fn map(&self, root: Root) -> Option<&dyn MapMut>;
    /// The same map, to be changed.
    fn map_mut(&mut self, root: Root) -> Option<&mut dyn MapMut>;
    /// The body of a log record, to be looked into without taking it apart.
    fn body(&self) -> Option<&AnyValue<'_>> {
        None
    }
    /// Runs `f` on the metric.
    fn metric(&mut self, f: &mut dyn FnMut(&mut Metric<'_>, &mut NewMetrics) -> Eval<()>) -> Eval<()> {
        let _ = f;
        Err(EvalError::Limit("there is no metric here"))
    }
    /// Runs `f` on the metric without changing it.
    fn read_metric(&self, f: &mut dyn FnMut(&Metric<'_>)) {
        let _ = f;
    }
    /// Runs `f` on the data point.
    fn point(&mut self, f: &mut dyn FnMut(&mut DataPoint<'_>)) {
        let _ = f;
    }
    /// Runs `f` on the span.
    fn span(&mut self, f: &mut dyn FnMut(&mut Span<'_>)) {
        let _ = f;
    }
}

/// A resource.
pub(crate) struct ResourceRecord<'c, 'e> {
    pub(crate) resource: &'c mut Resource<'e>,
    pub(crate) cache: Members<'static>,
}

/// A scope in its resource.
pub(crate) struct ScopeRecord<'c, 'e> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) cache: Members<'static>,
}

/// A log record in its scope.
pub(crate) struct LogRecordView<'c, 'e, 'r> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) record: &'c mut LogRecord<'r>,
    pub(crate) cache: Members<'static>,
}

/// A span in its scope.
pub(crate) struct SpanRecord<'c, 'e, 'r> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) span: &'c mut Span<'r>,
    pub(crate) cache: Members<'static>,
}

/// An event in its span.
pub(crate) struct EventRecord<'c, 'e, 's, 'r> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) span: &'c mut Span<'s>,
    pub(crate) event: &'c mut SpanEvent<'r>,
    /// Its place in the span, where the caller says.
    pub(crate) index: Option<i64>,
    pub(crate) cache: Members<'static>,
}

/// A metric in its scope.
pub(crate) struct MetricRecord<'c, 'e, 'r> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) metric: &'c mut Metric<'r>,
    pub(crate) new: &'c mut NewMetrics,
    pub(crate) cache: Members<'static>,
}

/// A data point in its metric.
pub(crate) struct PointRecord<'c, 'e, 'm, 'r> {
    pub(crate) ctx: &'c mut ScopeCtx<'e>,
    pub(crate) metric: &'c mut Metric<'m>,
    pub(crate) point: &'c mut DataPoint<'r>,
    pub(crate) new: &'c mut NewMetrics,
    pub(crate) cache: Members<'static>,
}

/// One record type: how each root is read, written and reached as a map, and what else it offers.
macro_rules! record {
    (
        $name:ty, |$s:ident, $value:ident|
        attributes { $($map:pat => $read:expr, $change:expr;)* }
        fields { $($root:pat => $get:expr, $set:expr;)* }
        also { $($also:tt)* }
    ) => {
        impl Record for $name {
            fn get(&self, root: Root) -> Eval<Value<'_>> {
                let $s = self;
                Ok(match root {
                    Root::Cache => Value::Map(Map::borrowed(&$s.cache)),
                    $($root => $get,)*
                    _ => Value::Nil,
                })
            }

            fn set(&mut self, root: Root, $value: Value<'_>) -> Eval<()> {
                let $s = self;
                match root {
                    $($root => $set,)*
                    _ => Ok(()),
                }
            }

            fn map(&self, root: Root) -> Option<&dyn MapMut> {
                let $s = self;
                Some(match root {
                    Root::Cache => &$s.cache,
                    $($map => $read,)*
                    _ => return None,
                })
            }

            fn map_mut(&mut self, root: Root) -> Option<&mut dyn MapMut> {
                let $s = self;
                Some(match root {
                    Root::Cache => &mut $s.cache,
                    $($map => $change,)*
                    _ => return None,
                })
            }

            $($also)*
        }
    };
}

/// A record below a scope: what every such record has, and its own.
macro_rules! scoped_record {
    (
        $name:ty, |$s:ident, $value:ident|
        attributes { $($map:pat => $read:expr, $change:expr;)* }
        fields { $($root:pat => $get:expr, $set:expr;)* }
        also { $($also:tt)* }
    ) => {
        record! {
            $name, |$s, $value|
            attributes {
                Root::Resource(ResourceField::Attributes) =>
                    $s.ctx.resource().attributes(), $s.ctx.resource_mut().attributes_mut();
                Root::Scope(ScopeField::Attributes) =>
                    $s.ctx.scope().attributes(), $s.ctx.scope_mut().attributes_mut();
                $($map => $read, $change;)*
            }
            fields {
                Root::Resource(field) => resource::get($s.ctx.resource(), field), {
                    resource::set($s.ctx.resource_mut(), field, $value);
                    Ok(())
                };
                Root::Scope(field) => scope::get($s.ctx.scope(), field), scope::set($s.ctx.scope_mut(), field, $value);
                $($root => $get, $set;)*
            }
            also { $($also)* }
        }
    };
}

record! {
    ResourceRecord<'_, '_>, |s, value|
    attributes {
        Root::Resource(ResourceField::Attributes) => s.resource.attributes(), s.resource.attributes_mut();
    }
    fields {
        Root::Resource(field) => resource::get(s.resource, field), {
            resource::set(s.resource, field, value);
            Ok(())
        };
    }
    also {}
}

scoped_record! { ScopeRecord<'_, '_>, |s, value| attributes {} fields {} also {} }

scoped_record! {
    LogRecordView<'_, '_, '_>, |s, value|
    attributes { Root::Log(LogField::Attributes) => s.record.attributes(), s.record.attributes_mut(); }
    fields { Root::Log(field) => log::get(s.record, field)?, log::set(s.record, field, value); }
    also {
        fn body(&self) -> Option<&AnyValue<'_>> {
            Some(self.record.body())
        }
    }
}

scoped_record! {
    SpanRecord<'_, '_, '_>, |s, value|
    attributes { Root::Span(SpanField::Attributes) => s.span.attributes(), s.span.attributes_mut(); }
    fields { Root::Span(field) => span::get(s.span, field), span::set(s.span, field, &value); }
    also {
        fn span(&mut self, f: &mut dyn FnMut(&mut Span<'_>)) {
            f(self.span);
        }
    }
}

scoped_record! {
    EventRecord<'_, '_, '_, '_>, |s, value|
    attributes {
        Root::Event(EventField::Attributes) => s.event.attributes(), s.event.attributes_mut();
        Root::Span(SpanField::Attributes) => s.span.attributes(), s.span.attributes_mut();
    }
    fields {
        Root::Event(field) => spanevent::get(s.event, field, s.index)?, spanevent::set(s.event, field, &value);
        Root::Span(field) => span::get(s.span, field), span::set(s.span, field, &value);
    }
    also {}
}

scoped_record! {
    MetricRecord<'_, '_, '_>, |s, value|
    attributes { Root::Metric(MetricField::Metadata) => s.metric.metadata(), s.metric.metadata_mut(); }
    fields { Root::Metric(field) => metric::get(s.metric, field), metric::set(s.metric, field, value); }
    also {
        fn metric(&mut self, f: &mut dyn FnMut(&mut Metric<'_>, &mut NewMetrics) -> Eval<()>) -> Eval<()> {
            f(self.metric, self.new)
        }

        fn read_metric(&self, f: &mut dyn FnMut(&Metric<'_>)) {
            f(self.metric);
        }
    }
}

scoped_record! {
    PointRecord<'_, '_, '_, '_>, |s, value|
    attributes {
        Root::Point(PointField::Attributes) => s.point.attributes(), s.point.attributes_mut();
        Root::Metric(MetricField::Metadata) => s.metric.metadata(), s.metric.metadata_mut();
    }
    fields {
        Root::Point(field) => point::get(s.point, field), {
            point::set(s.point, field, &value);
            Ok(())
        };
        Root::Metric(field) => metric::get(s.metric, field), metric::set(s.metric, field, value);
    }
    also {
        fn metric(&mut self, f: &mut dyn FnMut(&mut Metric<'_>, &mut NewMetrics) -> Eval<()>) -> Eval<()> {
            f(self.metric, self.new)
        }

        fn point(&mut self, f: &mut dyn FnMut(&mut DataPoint<'_>)) {
            f(self.point);
        }
    }
}
