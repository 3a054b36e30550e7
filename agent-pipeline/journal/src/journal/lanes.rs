//! Records that wait to be taken: those in order, and those that came ahead of older ones.
//!
//! While both have something, those ahead get a share of the bytes that are taken. While one has nothing, the other gets
//! all.

use std::collections::VecDeque;

use crate::record::Stored;

/// What is in order always gets some.
const MOST: f64 = 0.9;

#[derive(Debug)]
pub(super) struct Lanes {
    in_order: Lane,
    ahead: Lane,
    /// The part that those ahead may have.
    share: f64,
    /// Bytes that those ahead have had beyond their part; at most those of a record, either way.
    owed: f64,
}

#[derive(Debug, Default)]
struct Lane {
    records: VecDeque<Stored>,
    bytes: usize,
}

impl Lane {
    fn push(&mut self, stored: Stored) {
        self.bytes += stored.record.len();
        self.records.push_back(stored);
    }

    fn pop(&mut self) -> Option<Stored> {
        let stored = self.records.pop_front()?;
        self.bytes -= stored.record.len();
        Some(stored)
    }

    fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    fn first(&self) -> Option<u64> {
        self.records.front().map(|stored| stored.sequence)
    }
}

impl Lanes {
    /// Those ahead get so much, between 0 and 0.9.
    pub(super) fn new(share: f64) -> Self {
        let share = share.clamp(0.0, MOST);
        Self { in_order: Lane::default(), ahead: Lane::default(), share, owed: 0.0 }
    }

    pub(super) fn give(&mut self, stored: Stored) {
        let lane = if stored.ahead { &mut self.ahead } else { &mut self.in_order };
        lane.push(stored);
    }

    /// Bytes of those in order.
    pub(super) fn in_order_bytes(&self) -> usize {
        self.in_order.bytes
    }

    /// Bytes of those ahead; `None` if there are none.
    pub(super) fn ahead_bytes(&self) -> Option<usize> {
        (!self.ahead.is_empty()).then_some(self.ahead.bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.in_order.is_empty() && self.ahead.is_empty()
    }

    pub(super) fn clear(&mut self) {
        (self.in_order, self.ahead) = (Lane::default(), Lane::default());
    }

    /// The next record, by the shares.
    pub(super) fn take(&mut self) -> Option<Stored> {
        let contended = !self.in_order.is_empty() && !self.ahead.is_empty();
        if self.in_order.is_empty() || (contended && self.owed <= 0.0) {
            let stored = self.ahead.pop()?;
            // What nobody else could have had is not owed.
            if contended {
                self.owed += bytes(&stored) * (1.0 - self.share);
            }
            return Some(stored);
        }
        let stored = self.in_order.pop()?;
        self.owed -= bytes(&stored) * self.share;
        if !contended {
            // A share that nobody wanted is not saved up.
            self.owed = self.owed.max(0.0);
        }
        Some(stored)
    }

    /// The oldest of those ahead, if it is not older than that.
    pub(super) fn take_back(&mut self, from: u64) -> Option<Stored> {
        self.ahead.first().filter(|first| *first >= from).and_then(|_| self.ahead.pop())
    }

    /// The oldest record, if it is known which that is: while older ones are `unread`, it is not among those ahead.
    pub(super) fn take_oldest(&mut self, unread: bool) -> Option<Stored> {
        let from_ahead = match (self.in_order.first(), self.ahead.first()) {
            (Some(in_order), Some(ahead)) => ahead < in_order,
            (None, Some(_)) => !unread,
            (_, None) => false,
        };
        if from_ahead { self.ahead.pop() } else { self.in_order.pop() }
    }
}

fn bytes(stored: &Stored) -> f64 {
    f64::from(u32::try_from(stored.record.len()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record;

    fn stored(sequence: u64, ahead: bool, len: usize) -> Stored {
        Stored { sequence, ahead, record: Record::new(vec![0; len], []) }
    }

    /// Bytes in order and ahead of so many that are taken, from lanes that are filled again as they are emptied.
    fn bytes_of(count: usize, lanes: &mut Lanes, in_order: &[usize], ahead: &[usize]) -> [u32; 2] {
        let (mut bytes, mut sequence) = ([0; 2], 0);
        let (mut in_order, mut ahead) = (in_order.iter().cycle(), ahead.iter().cycle());
        for _ in 0..count {
            sequence += 1;
            if lanes.in_order.is_empty() {
                lanes.give(stored(sequence, false, *in_order.next().unwrap()));
            }
            if lanes.ahead.is_empty() {
                lanes.give(stored(sequence, true, *ahead.next().unwrap()));
            }
            let taken = lanes.take().unwrap();
            bytes[usize::from(taken.ahead)] += u32::try_from(taken.record.len()).unwrap();
        }
        bytes
    }

    #[test]
    fn what_came_ahead_has_its_share_in_bytes_whatever_the_sizes_are() {
        for share in [0.1, 0.5, 0.75, 0.9] {
            for (in_order, ahead) in [(&[100][..], &[100][..]), (&[10, 300], &[70]), (&[5], &[900, 2])] {
                let [first, second] = bytes_of(4000, &mut Lanes::new(share), in_order, ahead);
                let part = f64::from(second) / f64::from(first + second);
                assert!((part - share).abs() < 0.02, "{part} instead of {share} of {in_order:?}, {ahead:?}");
            }
        }
        assert_eq!(
            bytes_of(1000, &mut Lanes::new(7.0), &[100], &[100]),
            [10_000, 90_000],
            "some is left in order"
        );
    }

    #[test]
    fn one_that_is_alone_gets_all_and_that_is_not_held_against_it() {
        let mut lanes = Lanes::new(0.5);
        for ahead in [true, false] {
            (0..100).for_each(|sequence| lanes.give(stored(sequence, ahead, 10)));
            assert!((0..100).all(|sequence| lanes.take().is_some_and(|stored| stored.sequence == sequence)));
            assert!(lanes.take().is_none() && lanes.is_empty());
            assert_eq!(bytes_of(100, &mut lanes, &[10], &[10]), [500, 500]);
            lanes.clear();
        }
    }

    #[test]
    fn a_large_one_is_paid_for_although_nothing_came_behind_it() {
        let mut lanes = Lanes::new(0.5);
        (0..20).for_each(|sequence| lanes.give(stored(sequence, false, 10)));
        lanes.give(stored(20, true, 100));
        assert!(lanes.take().unwrap().ahead);
        // Five of them are half of what it took.
        (0..9).for_each(|sequence| assert_eq!(lanes.take().unwrap().sequence, sequence));
        lanes.give(stored(21, true, 10));
        assert_eq!([9, 21].map(|_| lanes.take().unwrap().sequence), [9, 21]);
    }

    #[test]
    fn the_oldest_is_not_among_those_ahead_while_older_ones_wait_anywhere() {
        let mut lanes = Lanes::new(0.5);
        lanes.give(stored(3, false, 1));
        lanes.give(stored(5, true, 1));
        lanes.give(stored(6, false, 1));
        let mut oldest = |unread| lanes.take_oldest(unread).map(|stored| stored.sequence);
        assert_eq!([oldest(true), oldest(true), oldest(true)], [Some(3), Some(5), Some(6)]);
        lanes.give(stored(9, true, 1));
        assert!(lanes.take_oldest(true).is_none());
        assert_eq!(lanes.take_oldest(false).unwrap().sequence, 9);
    }
}
