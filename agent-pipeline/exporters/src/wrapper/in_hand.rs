//! What is known to be lost when work on a unit ends before its time: by an abort, a defect, or a caller who went away.

use super::lane::Lane;
use super::successor::{Handed, is_handed_over};
use super::unit::Unit;

/// Who knows of a loss, which decides how it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Nobody else: the items were taken.
    Dropped,
    /// Whoever handed them in: he is told, or has gone before he was answered.
    Returned,
    /// The exporter that handed them over, and counts them: they were never this one's.
    Theirs,
    /// Nobody needs to: when the exporter ends, they stay on disk.
    Kept,
}

impl Loss {
    /// That of a unit, asked where it is worked on.
    pub(super) fn of(lane: &Lane, unit: &Unit) -> Self {
        match unit.is_waited_for() {
            false if lane.disk().is_some() => Self::Kept,
            false => Self::Dropped,
            true if lane.queue.is_none() && is_handed_over() => Self::Theirs,
            true => Self::Returned,
        }
    }
}

/// Items that a worker or a call is busy with. Those of which nothing has become when it is dropped are lost, unless they
/// are kept.
pub(super) struct InHand<'a> {
    pub(super) lane: &'a Lane,
    items: usize,
    pub(super) loss: Loss,
    /// The part that is on its way to a successor, where it may have arrived.
    handing: Option<(Handed, usize)>,
}

impl<'a> InHand<'a> {
    pub(super) fn new(lane: &'a Lane, unit: &Unit) -> Self {
        Self { lane, items: unit.batch.items(), loss: Loss::of(lane, unit), handing: None }
    }

    /// So many of them go to a successor.
    pub(super) fn hand(&mut self, handed: Handed, items: usize) {
        self.handing = Some((handed, items));
    }

    /// Something has become of so many of them.
    pub(super) fn done(&mut self, items: usize) {
        self.handing = None;
        self.items = self.items.saturating_sub(items);
    }
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        let arrived =
            self.handing.take().filter(|(handed, _)| handed.is_taken()).map_or(0, |(_, items)| items);
        self.lane.lose(self.items.saturating_sub(arrived), self.loss);
    }
}
