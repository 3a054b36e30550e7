//! What has attributes to count by. They are decoded when a metric asks for one, and each level has text of its own lifetime.

use agent_otlp::{AnyValue, DataPoint, LogRecord, Resource, Scope, Span, SpanEvent};

/// A record, or what is around it.
pub(super) trait Values {
    /// The value of the attribute, if it is there.
    fn value(&self, key: &str) -> Option<&AnyValue<'_>>;
}

macro_rules! values {
    ($($level:ident),*) => {
        $(impl Values for $level<'_> {
            fn value(&self, key: &str) -> Option<&AnyValue<'_>> {
                self.attributes().get(key)
            }
        })*
    };
}

values!(DataPoint, LogRecord, Resource, Scope, Span, SpanEvent);
