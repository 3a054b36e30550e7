//! A data point of any kind.
//!
//! One type for the four message types: what they share has the same name, and what a kind does not have
//! reads as absent and is not set.

use super::Message;
use crate::wire::{self, Fields, Value, int, take_varint};

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
const POSITIVE: u32 = 8;
const NEGATIVE: u32 = 9;

impl<'a> DataPoint<'a> {
    pub(crate) const fn new(kind: PointKind, raw: &'a [u8]) -> Self {
        let attributes = match kind {
            PointKind::Number | PointKind::Summary => 7,
            PointKind::Histogram => 9,
            PointKind::ExponentialHistogram => 1,
        };
        Self { message: Message::new(raw, attributes), kind }
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
        let field = self.message.among(&[AS_DOUBLE, AS_INT]).last()?;
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
        let mut field = Vec::with_capacity(9);
        let number = match value {
            NumberValue::Int(number) => {
                wire::put_fixed64(&mut field, AS_INT, number.cast_unsigned());
                AS_INT
            }
            NumberValue::Double(number) => {
                wire::put_double(&mut field, AS_DOUBLE, number);
                AS_DOUBLE
            }
        };
        self.message.set_member(&[AS_DOUBLE, AS_INT], number, field);
    }

    /// How many values went into a histogram or summary point; 0 for a number.
    pub fn count(&self) -> u64 {
        if self.kind == PointKind::Number { 0 } else { self.message.bits(4) }
    }

    /// Sets [`Self::count`]; does nothing for a number point.
    pub fn set_count(&mut self, count: u64) {
        if self.kind != PointKind::Number {
            self.message.set_fixed64(4, count);
        }
    }

    /// The sum of the values of a histogram or summary point. A summary always has one, 0 if unset.
    pub fn sum(&self) -> Option<f64> {
        match self.kind {
            PointKind::Number => None,
            PointKind::Summary => Some(self.message.double(5).unwrap_or_default()),
            PointKind::Histogram | PointKind::ExponentialHistogram => self.message.double(5),
        }
    }

    /// Sets [`Self::sum`]; does nothing for a number point.
    pub fn set_sum(&mut self, sum: Option<f64>) {
        if self.kind != PointKind::Number {
            self.message.set_double(5, sum);
        }
    }

    const fn extremes(&self) -> Option<(u32, u32)> {
        match self.kind {
            PointKind::Histogram => Some((11, 12)),
            PointKind::ExponentialHistogram => Some((12, 13)),
            PointKind::Number | PointKind::Summary => None,
        }
    }

    /// The least value of a histogram point.
    pub fn min(&self) -> Option<f64> {
        self.extremes().and_then(|(min, _)| self.message.double(min))
    }

    /// Sets [`Self::min`]; does nothing for kinds that have none.
    pub fn set_min(&mut self, value: Option<f64>) {
        if let Some((min, _)) = self.extremes() {
            self.message.set_double(min, value);
        }
    }

    /// The greatest value of a histogram point.
    pub fn max(&self) -> Option<f64> {
        self.extremes().and_then(|(_, max)| self.message.double(max))
    }

    /// Sets [`Self::max`]; does nothing for kinds that have none.
    pub fn set_max(&mut self, value: Option<f64>) {
        if let Some((_, max)) = self.extremes() {
            self.message.set_double(max, value);
        }
    }

    /// The counts of an explicit histogram's buckets; empty for other kinds.
    pub fn bucket_counts(&self) -> Vec<u64> {
        if self.kind == PointKind::Histogram { self.fixed64_list(6).collect() } else { Vec::new() }
    }

    /// Sets [`Self::bucket_counts`]; does nothing for other kinds.
    pub fn set_bucket_counts(&mut self, counts: &[u64]) {
        if self.kind == PointKind::Histogram && self.bucket_counts() != counts {
            self.set_fixed64_list(6, counts.iter().copied());
        }
    }

    /// The bounds of an explicit histogram's buckets; empty for other kinds.
    pub fn explicit_bounds(&self) -> Vec<f64> {
        if self.kind == PointKind::Histogram {
            self.fixed64_list(7).map(f64::from_bits).collect()
        } else {
            Vec::new()
        }
    }

    /// Sets [`Self::explicit_bounds`]; does nothing for other kinds.
    pub fn set_explicit_bounds(&mut self, bounds: &[f64]) {
        if self.kind == PointKind::Histogram && self.explicit_bounds() != bounds {
            self.set_fixed64_list(7, bounds.iter().map(|bound| bound.to_bits()));
        }
    }

    /// The scale of an exponential histogram; 0 for other kinds.
    pub fn scale(&self) -> i32 {
        if self.is_exponential() { int::sint32(self.message.bits(6)) } else { 0 }
    }

    /// Sets [`Self::scale`]; does nothing for other kinds.
    pub fn set_scale(&mut self, scale: i32) {
        if self.is_exponential() {
            self.message.set_varint(6, int::from_sint32(scale));
        }
    }

    /// How many values of an exponential histogram are zero; 0 for other kinds.
    pub fn zero_count(&self) -> u64 {
        if self.is_exponential() { self.message.bits(7) } else { 0 }
    }

    /// Sets [`Self::zero_count`]; does nothing for other kinds.
    pub fn set_zero_count(&mut self, count: u64) {
        if self.is_exponential() {
            self.message.set_fixed64(7, count);
        }
    }

    /// Below which an exponential histogram counts a value as zero; 0 for other kinds.
    pub fn zero_threshold(&self) -> f64 {
        if self.is_exponential() { self.message.double(14).unwrap_or_default() } else { 0.0 }
    }

    /// The positive buckets of an exponential histogram: offset and counts.
    pub fn positive(&self) -> (i32, Vec<u64>) {
        self.buckets(POSITIVE)
    }

    /// The negative buckets of an exponential histogram: offset and counts.
    pub fn negative(&self) -> (i32, Vec<u64>) {
        self.buckets(NEGATIVE)
    }

    /// Sets [`Self::positive`]; does nothing for other kinds.
    pub fn set_positive(&mut self, offset: i32, counts: &[u64]) {
        self.set_buckets(POSITIVE, offset, counts);
    }

    /// Sets [`Self::negative`]; does nothing for other kinds.
    pub fn set_negative(&mut self, offset: i32, counts: &[u64]) {
        self.set_buckets(NEGATIVE, offset, counts);
    }

    /// The quantiles of a summary with their values; empty for other kinds.
    pub fn quantiles(&self) -> Vec<(f64, f64)> {
        if self.kind != PointKind::Summary {
            return Vec::new();
        }
        let double = |bytes, number| wire::last(bytes, number).map(Value::double).unwrap_or_default();
        self.message.list(6).map(|pair| (double(pair, 1), double(pair, 2))).collect()
    }

    /// How many exemplars the point has.
    pub fn exemplar_count(&self) -> usize {
        match self.kind {
            PointKind::Number => self.message.list(5).count(),
            PointKind::Histogram => self.message.list(8).count(),
            PointKind::ExponentialHistogram => self.message.list(11).count(),
            PointKind::Summary => 0,
        }
    }

    fn is_exponential(&self) -> bool {
        self.kind == PointKind::ExponentialHistogram
    }

    /// A list of eight-byte numbers, packed or not.
    fn fixed64_list(&self, number: u32) -> impl Iterator<Item = u64> {
        self.message.values(number).flat_map(|value| {
            let (one, packed) = match value {
                Value::Len(bytes) => (None, bytes.as_chunks::<8>().0),
                other => (Some(other.bits()), [].as_slice()),
            };
            one.into_iter().chain(packed.iter().map(|bytes| u64::from_le_bytes(*bytes)))
        })
    }

    fn set_fixed64_list(&mut self, number: u32, values: impl ExactSizeIterator<Item = u64>) {
        let mut field = Vec::new();
        if values.len() != 0 {
            wire::put_len_header(&mut field, number, values.len() * 8);
            for value in values {
                field.extend_from_slice(&value.to_le_bytes());
            }
        }
        self.message.replace(number, field);
    }

    fn buckets(&self, number: u32) -> (i32, Vec<u64>) {
        let (mut offset, mut counts) = (0, Vec::new());
        if self.is_exponential() {
            for field in self.message.list(number).flat_map(Fields::new) {
                match (field.number, field.value) {
                    (1, value) => offset = int::sint32(value.bits()),
                    (2, Value::Len(mut packed)) => {
                        counts.extend(std::iter::from_fn(|| take_varint(&mut packed)));
                    }
                    (2, value) => counts.push(value.bits()),
                    _ => {}
                }
            }
        }
        (offset, counts)
    }

    fn set_buckets(&mut self, number: u32, offset: i32, counts: &[u64]) {
        if !self.is_exponential() || self.buckets(number) == (offset, counts.to_vec()) {
            return;
        }
        let mut packed = Vec::with_capacity(counts.len());
        for count in counts {
            wire::put_varint(&mut packed, *count);
        }
        let mut content = Vec::with_capacity(packed.len() + 12);
        if offset != 0 {
            wire::put_varint_field(&mut content, 1, int::from_sint32(offset));
        }
        if !packed.is_empty() {
            wire::put_bytes(&mut content, 2, &packed);
        }
        let mut field = Vec::with_capacity(content.len() + 4);
        wire::put_bytes(&mut field, number, &content);
        self.message.replace(number, field);
    }
}
