//! Fields of an instrumentation scope. A value of the wrong type is an error.

use agent_otlp::Scope;

use super::fields::ScopeField;
use super::scalar::{count, low32, whole};
use crate::error::Eval;
use crate::value::Value;

pub(super) fn get<'v>(scope: &'v Scope<'_>, field: ScopeField) -> Value<'v> {
    match field {
        ScopeField::Attributes => whole(scope.attributes()),
        ScopeField::DroppedAttributes => count(scope.dropped_attributes_count()),
        ScopeField::Name => Value::string(scope.name()),
        ScopeField::SchemaUrl => Value::string(scope.schema_url()),
        ScopeField::Version => Value::string(scope.version()),
    }
}

pub(super) fn set(scope: &mut Scope<'_>, field: ScopeField, value: Value<'_>) -> Eval<()> {
    match field {
        ScopeField::Attributes => {}
        ScopeField::DroppedAttributes => scope.set_dropped_attributes_count(low32(value.int()?)),
        ScopeField::Name => scope.set_name(&value.text()?),
        ScopeField::SchemaUrl => scope.set_schema_url(value.text()?.into_owned()),
        ScopeField::Version => scope.set_version(&value.text()?),
    }
    Ok(())
}
