//! Rewriting some elements of a repeated message field and copying everything between them.

use crate::wire::{Fields, put_bytes};

/// What became of one element.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It stays as it is.
    Same,
    /// It goes.
    Gone,
    /// Its new bytes were appended to the scratch vector.
    New,
}

/// Visits the occurrences of field `number` in `source`. If one changed, appends the whole of `source` with the
/// changes to `out` and returns `true`; otherwise `out` is untouched.
pub(super) fn splice<'s>(
    source: &'s [u8],
    number: u32,
    out: &mut Vec<u8>,
    mut visit: impl FnMut(&'s [u8], &mut Vec<u8>) -> Fate,
) -> bool {
    let mut scratch = Vec::new();
    let mut fields = Fields::new(source);
    let mut run = source;
    let mut changed = false;
    loop {
        let before = fields.rest();
        let Some(field) = fields.next() else { break };
        if field.number != number {
            continue;
        }
        scratch.clear();
        let fate = visit(field.value.bytes(), &mut scratch);
        if fate == Fate::Same {
            continue;
        }
        if !changed {
            out.reserve(source.len() + 256);
            changed = true;
        }
        if let Some(run) = run.get(..run.len() - before.len()) {
            out.extend_from_slice(run);
        }
        run = fields.rest();
        if fate == Fate::New {
            put_bytes(out, number, &scratch);
        }
    }
    if changed {
        out.extend_from_slice(run);
    }
    changed
}
