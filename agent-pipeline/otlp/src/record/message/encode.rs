//! A message written again.

use std::ops::Range;

use super::Message;
use super::index::Index;
use crate::value::Attributes;
use crate::wire::Fields;

impl Message<'_> {
    /// Appends the message with its changes, without key and length. Fields that did not change are
    /// copied in runs; a changed one stands at the end, attributes where the first of them stood.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let attributes = self.attributes.seen().filter(|attributes| attributes.changed());
        if !self.encode_by(self.index(), attributes, out) {
            self.encode_by_walk(attributes, out);
        }
        for (_, bytes) in self.edits.iter() {
            out.extend_from_slice(bytes);
        }
    }

    /// What did not change and the attributes, by the places where they are; `false`, and nothing is done, where these do
    /// not say enough.
    fn encode_by(&self, index: &Index, attributes: Option<&Attributes<'_>>, out: &mut Vec<u8>) -> bool {
        let Some(run) = attributes.map_or(Some(0..0), |_| index.attribute_run()) else { return false };
        if self.edits.iter().any(|(number, _)| index.part(self.raw, number).is_none()) {
            return false;
        }
        let mut rest = 0;
        loop {
            let edited = self.edits.iter().filter_map(|(number, _)| index.part(self.raw, number));
            let next = edited.chain([run.clone()]).filter(|part| !part.is_empty() && part.start >= rest);
            let Some(Range { start, end }) = next.min_by_key(|part| part.start) else { break };
            out.extend_from_slice(self.raw.get(rest..start).unwrap_or_default());
            if let Some(attributes) = attributes.filter(|_| start == run.start && !run.is_empty()) {
                attributes.encode(self.attribute_field, out);
            }
            rest = end;
        }
        out.extend_from_slice(self.raw.get(rest..).unwrap_or_default());
        if let Some(attributes) = attributes.filter(|_| run.is_empty()) {
            attributes.encode(self.attribute_field, out);
        }
        true
    }

    /// The same by a walk over all fields.
    pub(super) fn encode_by_walk(&self, attributes: Option<&Attributes<'_>>, out: &mut Vec<u8>) {
        let mut written = false;
        let mut fields = Fields::new(self.raw);
        let mut run = self.raw;
        loop {
            let before = fields.rest();
            let Some(field) = fields.next() else { break };
            let is_attribute = attributes.is_some() && field.number == self.attribute_field;
            if !is_attribute && !self.edited(field.number) {
                continue;
            }
            out.extend_from_slice(run.get(..run.len().saturating_sub(before.len())).unwrap_or_default());
            run = fields.rest();
            if let Some(attributes) = attributes.filter(|_| is_attribute && !written) {
                attributes.encode(self.attribute_field, out);
                written = true;
            }
        }
        out.extend_from_slice(run);
        if let Some(attributes) = attributes.filter(|_| !written) {
            attributes.encode(self.attribute_field, out);
        }
    }
}
