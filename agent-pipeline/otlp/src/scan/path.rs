//! The way from the request to the byte that was refused, in field names.
//!
//! Computed after the fact, so that the pass itself carries nothing along.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::schema::{Kind, Message, Presence};
use crate::wire::{self, int, take_varint};

/// The most fields named; values nested in each other would make a text of kilobytes.
const MAX_STEPS: usize = 20;

/// Names the fields around `offset`; the name of the message itself when it is in none of its fields.
pub(super) fn locate(request: &'static Message, bytes: &[u8], offset: usize) -> String {
    let mut path = String::new();
    let (mut message, mut bytes, mut base) = (request, bytes, 0);
    let mut steps = 0;
    while let Some(step) = step(message, bytes, offset - base) {
        steps += 1;
        if steps > MAX_STEPS {
            path.push_str("...");
            break;
        }
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(step.name);
        if let Some(index) = step.index {
            // Writing to a String cannot fail.
            let _ = write!(path, "[{index}]");
        }
        let Some((inner, inner_bytes, inner_base)) = step.inner else { return path };
        (message, bytes, base) = (inner, inner_bytes, base + inner_base);
    }
    if path.is_empty() { request.name.to_owned() } else { path }
}

struct Step<'a> {
    name: &'static str,
    index: Option<usize>,
    /// The message in the field, its bytes and where they begin, if the offset is inside them.
    inner: Option<(&'static Message, &'a [u8], usize)>,
}

/// The known field of `message` that covers `offset`.
fn step<'a>(message: &'static Message, bytes: &'a [u8], offset: usize) -> Option<Step<'a>> {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    let mut rest = bytes;
    loop {
        let key = u32::try_from(take_varint(&mut rest)?).ok()?;
        let (number, wire_type) = (key >> 3, int::varint_end(u64::from(key & 7)));
        let payload = match wire_type {
            wire::LEN => {
                let len = usize::try_from(take_varint(&mut rest).unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
                len.min(rest.len())
            }
            wire::FIXED64 => 8.min(rest.len()),
            wire::FIXED32 => 4.min(rest.len()),
            wire::VARINT => {
                let mut after = rest;
                take_varint(&mut after).map_or(rest.len(), |_| rest.len() - after.len())
            }
            wire::GROUP_START => {
                let mut after = rest;
                wire::skip_group(&mut after, number).map_or(rest.len(), |()| rest.len() - after.len())
            }
            _ => 0,
        };
        let begin = bytes.len() - rest.len();
        let (content, after) = rest.split_at_checked(payload)?;
        let count = seen.entry(number).or_default();
        let end = begin + payload;
        if offset < end || (offset == end && after.is_empty()) {
            let field = message.field(number)?;
            let index = (field.presence == Presence::List).then_some(*count);
            let inner = match field.kind {
                Kind::Message(inner) if offset >= begin && wire_type == wire::LEN => {
                    Some((inner, content, begin))
                }
                _ => None,
            };
            return Some(Step { name: field.snake, index, inner });
        }
        *count += 1;
        rest = after;
    }
}
