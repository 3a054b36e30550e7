//! A data point of any kind.
//!
//! One type for the four message types: what they share has the same name, and what a kind does not have
//! reads as absent and is not set.

mod distribution;
mod exponential;

use super::{Exemplar, Fate, Message, Verdict, WireList};
use crate::wire;

/// The shape of a data point.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum PointKind {
    /// One number, in a gauge or sum.
    Number,
    /// Buckets with explicit bounds.
    Histogram,
    /// Buckets of exponential width.
    ExponentialHistogram,
    /// Quantiles.
    Summary,
}

impl PointKind {
    const fn attribute_field(self) -> u32 {
        match self {
            Self::Number | Self::Summary => 7,
            Self::Histogram => 9,
            Self::ExponentialHistogram => 1,
        }
    }
}

/// The value of a number point.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum NumberValue {
    /// A signed 64-bit integer.
    Int(i64),
    /// A double.
    Double(f64),
}

/// A data point, decoded as far as it is asked for.
#[derive(Clone, Debug)]
pub struct DataPoint<'a> {
    pub(crate) message: Message<'a>,
    kind: PointKind,
}

const AS_DOUBLE: u32 = 4;
const AS_INT: u32 = 6;

impl<'a> DataPoint<'a> {
    pub(crate) const fn new(kind: PointKind, raw: &'a [u8]) -> Self {
        Self { message: Message::new(raw, kind.attribute_field()), kind }
    }

    /// The shape of the point.
    pub fn kind(&self) -> PointKind {
        self.kind
    }

    accessors!(attributes);

    accessors! {
        /// Start of what the point covers, in nanoseconds since 1970; 0 when unknown.
        fixed64 start_time_unix_nano set_start_time_unix_nano = 2;
        /// The time of the point, in nanoseconds since 1970.
        fixed64 time_unix_nano set_time_unix_nano = 3;
    }

    const fn flags_field(&self) -> u32 {
        match self.kind {
            PointKind::Number | PointKind::Summary => 8,
            PointKind::Histogram | PointKind::ExponentialHistogram => 10,
        }
    }

    /// The flags; bit 0 says that no value was recorded.
    pub fn flags(&self) -> u32 {
        self.message.uint32(self.flags_field())
    }

    /// Sets [`Self::flags`]; an equal value changes nothing.
    pub fn set_flags(&mut self, flags: u32) {
        self.message.set_varint(self.flags_field(), u64::from(flags));
    }

    /// The value of a number point.
    pub fn value(&self) -> Option<NumberValue> {
        if self.kind != PointKind::Number {
            return None;
        }
        let field = self.message.last_among(&[AS_DOUBLE, AS_INT])?;
        Some(match field.number {
            AS_DOUBLE => NumberValue::Double(field.value.double()),
            _ => NumberValue::Int(field.value.bits().cast_signed()),
        })
    }

    /// Sets the value of a number point; does nothing for other kinds.
    pub fn set_value(&mut self, value: NumberValue) {
        if self.kind != PointKind::Number || self.value() == Some(value) {
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

    /// A point without anything.
    pub const fn empty(kind: PointKind) -> Self {
        Self::new(kind, &[])
    }

    const fn exemplar_field(&self) -> Option<u32> {
        match self.kind {
            PointKind::Number => Some(5),
            PointKind::Histogram => Some(8),
            PointKind::ExponentialHistogram => Some(11),
            PointKind::Summary => None,
        }
    }

    /// How many exemplars the point has.
    pub fn exemplar_count(&self) -> usize {
        self.exemplar_list().map_or(0, |list| list.len())
    }

    /// The exemplars in wire order.
    pub fn exemplars(&self) -> impl Iterator<Item = Exemplar<'_>> {
        self.exemplar_field().into_iter().flat_map(|number| self.message.list(number)).map(Exemplar::new)
    }

    /// Visits the exemplars, which may be changed or dropped.
    pub fn edit_exemplars(&mut self, mut f: impl FnMut(&mut Exemplar<'_>) -> Verdict) {
        let Some(number) = self.exemplar_field() else { return };
        self.message.edit_each(number, |raw, out| {
            let mut exemplar = Exemplar::new(raw);
            let verdict = f(&mut exemplar);
            Fate::of(verdict, &exemplar.message, out)
        });
    }

    /// The exemplars as a whole; `None` for a summary, which has none.
    pub fn exemplar_list(&self) -> Option<WireList<'_>> {
        self.exemplar_field().map(|number| self.message.wire_list(number))
    }

    /// Replaces the exemplars; returns `false`, and does nothing, when these are none of such a point.
    pub fn set_exemplar_list(&mut self, exemplars: &WireList<'_>) -> bool {
        self.exemplar_field().is_some_and(|number| exemplars.put(number, &mut self.message))
    }
}
