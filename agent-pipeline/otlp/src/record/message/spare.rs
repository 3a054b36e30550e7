//! Room that records leave behind, so that a pass over a batch allocates once and not for every record.

use std::cell::Cell;

use super::edits::Edits;
use crate::value::{Attributes, Entries};

/// Room for more than so many attributes is given back at once.
const MOST: usize = 256;

thread_local! {
    static ENTRIES: Cell<Entries<'static>> = const { Cell::new(Vec::new()) };
    static EDITS: Cell<Edits> = const { Cell::new(Edits::new()) };
}

/// Room for attributes.
pub(super) fn entries<'a>() -> Entries<'a> {
    Attributes::emptied(ENTRIES.take())
}

/// Room for changes.
pub(super) fn edits() -> Edits {
    EDITS.take()
}

/// Keeps the room of what is not needed any more.
pub(super) fn keep(attributes: Option<Attributes<'_>>, edits: Edits) {
    if let Some(room) = attributes.map(Attributes::into_room).filter(|room| room.capacity() <= MOST) {
        ENTRIES.set(room);
    }
    if edits.is_kept() {
        EDITS.set(edits.cleared());
    }
}
