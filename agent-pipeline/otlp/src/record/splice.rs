//! Rewriting some elements of a repeated message field and copying everything between them.

use super::{Message, Verdict};
use crate::wire::{self, put_bytes, skim};

/// What became of one element.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// It stays as it is.
    Same,
    /// It goes.
    Gone,
    /// Its new bytes were appended to the scratch vector.
    New,
}

/// Visits the occurrences of field `number` in `source`. If one changed, appends the whole of `source` with the
/// changes to `out` and returns `true`; otherwise `out` is untouched.
pub(crate) fn splice<'s>(
    source: &'s [u8],
    number: u32,
    out: &mut Vec<u8>,
    mut visit: impl FnMut(&'s [u8], &mut Vec<u8>) -> Fate,
) -> bool {
    let mut scratch = Vec::new();
    // What is in front of `copied` is in `out`, once something changed.
    let (mut at, mut copied, mut changed) = (0, 0, false);
    while let Some((found, end)) = skim(source, at) {
        let raw = source.get(at..end).filter(|_| found == number);
        let start = std::mem::replace(&mut at, end);
        let Some(raw) = raw else { continue };
        scratch.clear();
        let fate = visit(wire::content(raw), &mut scratch);
        if fate == Fate::Same {
            continue;
        }
        if !changed {
            out.reserve(source.len() + source.len() / 8 + 256);
            changed = true;
        }
        out.extend_from_slice(source.get(copied..start).unwrap_or_default());
        copied = end;
        if fate == Fate::New {
            put_bytes(out, number, &scratch);
        }
    }
    if changed {
        out.extend_from_slice(source.get(copied..).unwrap_or_default());
    }
    changed
}

impl Fate {
    /// Encodes a record if it changed.
    pub(crate) fn of(verdict: Verdict, message: &Message<'_>, out: &mut Vec<u8>) -> Self {
        match verdict {
            Verdict::Drop => Self::Gone,
            Verdict::Keep if message.changed() => {
                message.encode(out);
                Self::New
            }
            Verdict::Keep => Self::Same,
        }
    }
}
