//! Fields of a resource. A value of the wrong type is ignored.

use agent_otlp::Resource;

use super::fields::ResourceField;
use super::scalar::{count, low32, whole};
use crate::value::Value;

pub(super) fn get<'v>(resource: &'v Resource<'_>, field: ResourceField) -> Value<'v> {
    match field {
        ResourceField::Attributes => whole(resource.attributes()),
        ResourceField::DroppedAttributes => count(resource.dropped_attributes_count()),
        ResourceField::SchemaUrl => Value::string(resource.schema_url()),
    }
}

pub(super) fn set(resource: &mut Resource<'_>, field: ResourceField, value: Value<'_>) {
    match (field, value) {
        (ResourceField::DroppedAttributes, Value::Int(number)) => {
            resource.set_dropped_attributes_count(low32(number));
        }
        (ResourceField::SchemaUrl, Value::String(url)) => resource.set_schema_url(url.into_owned()),
        _ => {}
    }
}
