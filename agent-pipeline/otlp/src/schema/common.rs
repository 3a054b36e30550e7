//! Values, attributes, scope and resource.

use super::Kind::{Bool, Bytes, Double, Int32, Int64, Message as Msg, Str, UInt32};
use super::Presence::{Always, List, OneOf, Plain};
use super::{Field, Message, field, message};

pub(crate) static ANY_VALUE: Message = Message {
    name: "AnyValue",
    item: false,
    nests: true,
    fields: &[
        field(1, "stringValue", "string_value", Str, OneOf),
        field(2, "boolValue", "bool_value", Bool, OneOf),
        field(3, "intValue", "int_value", Int64, OneOf),
        field(4, "doubleValue", "double_value", Double, OneOf),
        field(5, "arrayValue", "array_value", Msg(&ARRAY_VALUE), OneOf),
        field(6, "kvlistValue", "kvlist_value", Msg(&KEY_VALUE_LIST), OneOf),
        field(7, "bytesValue", "bytes_value", Bytes, OneOf),
        field(8, "stringValueStrindex", "string_value_strindex", Int32, OneOf),
    ],
};

static ARRAY_VALUE: Message = message("ArrayValue", &[field(1, "values", "values", Msg(&ANY_VALUE), List)]);

static KEY_VALUE_LIST: Message =
    message("KeyValueList", &[field(1, "values", "values", Msg(&KEY_VALUE), List)]);

pub(crate) static KEY_VALUE: Message = message(
    "KeyValue",
    &[
        field(1, "key", "key", Str, Plain),
        field(2, "value", "value", Msg(&ANY_VALUE), Always),
        field(3, "keyStrindex", "key_strindex", Int32, Plain),
    ],
);

static INSTRUMENTATION_SCOPE: Message = message(
    "InstrumentationScope",
    &[
        field(1, "name", "name", Str, Plain),
        field(2, "version", "version", Str, Plain),
        ATTRIBUTES_3,
        field(4, "droppedAttributesCount", "dropped_attributes_count", UInt32, Plain),
    ],
);

static ENTITY_REF: Message = message(
    "EntityRef",
    &[
        field(1, "schemaUrl", "schema_url", Str, Plain),
        field(2, "type", "type", Str, Plain),
        field(3, "idKeys", "id_keys", Str, List),
        field(4, "descriptionKeys", "description_keys", Str, List),
    ],
);

static RESOURCE_MESSAGE: Message = message(
    "Resource",
    &[
        field(1, "attributes", "attributes", Msg(&KEY_VALUE), List),
        field(2, "droppedAttributesCount", "dropped_attributes_count", UInt32, Plain),
        field(3, "entityRefs", "entity_refs", Msg(&ENTITY_REF), List),
    ],
);

const ATTRIBUTES_3: Field = field(3, "attributes", "attributes", Msg(&KEY_VALUE), List);

/// `resource` of the three resource entries.
pub(super) const RESOURCE: Field = field(1, "resource", "resource", Msg(&RESOURCE_MESSAGE), Always);

/// `scope` of the three scope entries.
pub(super) const SCOPE: Field = field(1, "scope", "scope", Msg(&INSTRUMENTATION_SCOPE), Always);

/// `schema_url` of resource and scope entries.
pub(super) const SCHEMA_URL: Field = field(3, "schemaUrl", "schema_url", Str, Plain);
