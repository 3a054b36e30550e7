//! One scope entry under edit: its records, then the scope itself.

use crate::record::{Fate, Message, Scope, ScopeCtx, splice};
use crate::wire::{self, Fields};

/// The field of the records in a scope entry, and of the scope entries in a resource entry.
pub(super) const CHILDREN: u32 = 2;

/// What an edit does with the records of a scope entry.
pub(super) trait Visit {
    /// Visits one record; its new bytes, if there are any, are appended to `out`.
    fn record<'e>(&mut self, ctx: &mut ScopeCtx<'e>, raw: &'e [u8], out: &mut Vec<u8>) -> Fate;

    /// Called after the last record: fields to be appended to the entry.
    fn finish(&mut self, _: &mut ScopeCtx<'_>) -> Vec<u8> {
        Vec::new()
    }
}

/// Visits each record with a closure and adds none.
pub(super) struct Each<F>(pub(super) F);

impl<F: for<'e> FnMut(&mut ScopeCtx<'e>, &'e [u8], &mut Vec<u8>) -> Fate> Visit for Each<F> {
    fn record<'e>(&mut self, ctx: &mut ScopeCtx<'e>, raw: &'e [u8], out: &mut Vec<u8>) -> Fate {
        (self.0)(ctx, raw, out)
    }
}

/// Visits the records of one scope entry, then writes the scope if it was changed.
pub(super) fn edit_scope<'e>(
    ctx: &mut ScopeCtx<'e>,
    entry: &'e [u8],
    out: &mut Vec<u8>,
    visit: &mut impl Visit,
) -> Fate {
    ctx.enter(scope_of(entry));
    let mut changed = splice(entry, CHILDREN, out, |record, out| visit.record(ctx, record, out));
    let added = visit.finish(ctx);
    if !added.is_empty() {
        if !changed {
            out.extend_from_slice(entry);
        }
        out.extend_from_slice(&added);
        changed = true;
    }
    if changed && !has_children(out) {
        return Fate::Gone;
    }
    write_scope(ctx, entry, changed, out)
}

/// Visits a scope without its records.
pub(super) fn pass_scope<'e>(
    ctx: &mut ScopeCtx<'e>,
    entry: &'e [u8],
    out: &mut Vec<u8>,
    visit: &mut impl FnMut(&mut ScopeCtx<'e>),
) -> Fate {
    ctx.enter(scope_of(entry));
    visit(ctx);
    write_scope(ctx, entry, false, out)
}

/// Writes the scope into its entry if it was changed; `changed` says that `out` holds the entry with other records.
pub(super) fn write_scope(ctx: &ScopeCtx<'_>, entry: &[u8], changed: bool, out: &mut Vec<u8>) -> Fate {
    if !ctx.scope().changed() {
        return if changed { Fate::New } else { Fate::Same };
    }
    let spliced = std::mem::take(out);
    let mut message = Message::new(if changed { &spliced } else { entry }, 0);
    if ctx.scope().message.changed() {
        let mut content = Vec::new();
        ctx.scope().message.encode(&mut content);
        message.replace(1, |field| wire::put_bytes(field, 1, &content));
    }
    if ctx.scope().schema_url_changed() {
        message.set_bytes(3, ctx.scope().schema_url().as_bytes());
    }
    message.encode(out);
    Fate::New
}

/// The scope of a scope entry, with the schema url beside it.
pub(super) fn scope_of(entry: &[u8]) -> Scope<'_> {
    let (mut message, mut again, mut schema_url) = (None, false, "");
    for field in Fields::new(entry) {
        match field.number {
            1 => again |= message.replace(field.value.bytes()).is_some(),
            3 => schema_url = field.value.text(),
            _ => {}
        }
    }
    if again {
        let merged = wire::merged(entry, 1).unwrap_or_default();
        return Scope::owned(&merged, schema_url);
    }
    Scope::new(message.unwrap_or_default(), schema_url)
}

pub(super) fn has_children(bytes: &[u8]) -> bool {
    Fields::new(bytes).any(|field| field.number == CHILDREN)
}
