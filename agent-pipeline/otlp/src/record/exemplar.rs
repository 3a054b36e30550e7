//! An example of the values that went into a data point.

use super::{Message, NumberValue};
use crate::wire;

const AS_DOUBLE: u32 = 3;
const AS_INT: u32 = 6;

/// A value with its time, its trace, and the attributes its point does not have.
#[derive(Clone, Debug)]
pub struct Exemplar<'a> {
    pub(crate) message: Message<'a>,
}

impl<'a> Exemplar<'a> {
    pub(crate) const fn new(raw: &'a [u8]) -> Self {
        Self { message: Message::new(raw, 7) }
    }

    accessors!(attributes);

    accessors! {
        /// When, in nanoseconds since 1970.
        fixed64 time_unix_nano set_time_unix_nano = 2;
        /// The span's id: 8 bytes, or none.
        id8 span_id set_span_id = 4;
        /// The trace id: 16 bytes, or none.
        id16 trace_id set_trace_id = 5;
    }

    /// The value.
    pub fn value(&self) -> Option<NumberValue> {
        let field = self.message.last_among(&[AS_DOUBLE, AS_INT])?;
        Some(match field.number {
            AS_DOUBLE => NumberValue::Double(field.value.double()),
            _ => NumberValue::Int(field.value.bits().cast_signed()),
        })
    }

    /// Sets [`Self::value`]; an equal value changes nothing.
    pub fn set_value(&mut self, value: NumberValue) {
        if self.value() == Some(value) {
            return;
        }
        match value {
            NumberValue::Int(number) => self.message.set_member(&[AS_DOUBLE, AS_INT], AS_INT, |field| {
                wire::put_fixed64(field, AS_INT, number.cast_unsigned());
            }),
            NumberValue::Double(number) => {
                self.message.set_member(&[AS_DOUBLE, AS_INT], AS_DOUBLE, |field| {
                    wire::put_double(field, AS_DOUBLE, number);
                });
            }
        }
    }
}
