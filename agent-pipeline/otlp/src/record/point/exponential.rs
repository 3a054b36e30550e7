//! What exponential histogram points have: scale, zeros, buckets on both sides.

use super::{DataPoint, PointKind};
use crate::wire::{self, Fields, Value, int, take_varint};

const POSITIVE: u32 = 8;
const NEGATIVE: u32 = 9;

impl DataPoint<'_> {
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

    /// Sets [`Self::zero_threshold`]; does nothing for other kinds.
    pub fn set_zero_threshold(&mut self, threshold: f64) {
        if self.is_exponential() {
            self.message.set_double(14, Some(threshold).filter(|threshold| *threshold != 0.0));
        }
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

    fn is_exponential(&self) -> bool {
        self.kind == PointKind::ExponentialHistogram
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
        self.message.replace(number, |field| wire::put_bytes(field, number, &content));
    }
}
