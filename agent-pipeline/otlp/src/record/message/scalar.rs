//! Fields that hold one plain value, read and set.

use super::Message;
use crate::wire::{self, Value, int};

impl Message<'_> {
    pub(crate) fn text(&self, number: u32) -> &str {
        self.last(number).map_or("", Value::text)
    }

    pub(crate) fn bytes(&self, number: u32) -> &[u8] {
        self.last(number).map_or(&[], Value::bytes)
    }

    pub(crate) fn bits(&self, number: u32) -> u64 {
        self.last(number).map_or(0, Value::bits)
    }

    pub(crate) fn double(&self, number: u32) -> Option<f64> {
        self.last(number).map(Value::double)
    }

    pub(crate) fn set_bytes(&mut self, number: u32, bytes: &[u8]) {
        self.set(number, |out| {
            if !bytes.is_empty() {
                wire::put_bytes(out, number, bytes);
            }
        });
    }

    /// Sets a trace or span id; one of zeros means none and removes the field.
    pub(crate) fn set_id(&mut self, number: u32, id: &[u8]) {
        self.set_bytes(number, if id.iter().all(|byte| *byte == 0) { &[] } else { id });
    }

    pub(crate) fn set_varint(&mut self, number: u32, value: u64) {
        self.set(number, |out| {
            if value != 0 {
                wire::put_varint_field(out, number, value);
            }
        });
    }

    pub(crate) fn set_fixed64(&mut self, number: u32, value: u64) {
        self.set(number, |out| {
            if value != 0 {
                wire::put_fixed64(out, number, value);
            }
        });
    }

    pub(crate) fn set_fixed32(&mut self, number: u32, value: u32) {
        self.set(number, |out| {
            if value != 0 {
                wire::put_fixed32(out, number, value);
            }
        });
    }

    /// Sets a double that is written even when it is 0; `None` removes it.
    pub(crate) fn set_double(&mut self, number: u32, value: Option<f64>) {
        self.set(number, |out| {
            if let Some(value) = value {
                wire::put_double(out, number, value);
            }
        });
    }

    pub(crate) fn int32(&self, number: u32) -> i32 {
        int::int32(self.bits(number))
    }

    pub(crate) fn uint32(&self, number: u32) -> u32 {
        int::low32(self.bits(number))
    }

    /// Sets a scalar inside the message field `outer`, keeping the rest of that message.
    pub(crate) fn set_nested(&mut self, outer: u32, set: impl FnOnce(&mut Message<'_>)) {
        let bytes = wire::merged(self.home(outer), outer).unwrap_or_default().into_owned();
        let mut inner = Message::new(&bytes, 0);
        set(&mut inner);
        if inner.changed() {
            let mut content = Vec::with_capacity(bytes.len() + 16);
            inner.encode(&mut content);
            self.replace(outer, |out| wire::put_bytes(out, outer, &content));
        }
    }
}
