//! A set of sequences, kept as runs: acknowledgements come nearly in order, so there are few.

use std::collections::BTreeMap;
use std::ops::Range;

/// Disjoint runs that do not touch, by their start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges(BTreeMap<u64, u64>);

impl From<Range<u64>> for Ranges {
    fn from(range: Range<u64>) -> Self {
        let mut ranges = Self::default();
        ranges.insert(range);
        ranges
    }
}

impl Ranges {
    /// Adds a run; parts that are in already stay.
    pub(crate) fn insert(&mut self, mut range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        // Runs that overlap or touch become one.
        while let Some((&start, &end)) = self.0.range(..=range.end).next_back() {
            if end < range.start {
                break;
            }
            range = range.start.min(start)..range.end.max(end);
            self.0.remove(&start);
        }
        self.0.insert(range.start, range.end);
    }

    pub(crate) fn contains(&self, sequence: u64) -> bool {
        self.0.range(..=sequence).next_back().is_some_and(|(_, end)| sequence < *end)
    }

    pub(crate) fn covers(&self, range: &Range<u64>) -> bool {
        range.is_empty() || self.0.range(..=range.start).next_back().is_some_and(|(_, end)| range.end <= *end)
    }

    /// How many sequences there are.
    pub(crate) fn count(&self) -> u64 {
        self.iter().map(|run| run.end - run.start).sum()
    }

    /// How many of these there are.
    pub(crate) fn count_in(&self, range: &Range<u64>) -> u64 {
        if range.is_empty() {
            return 0;
        }
        let before = self.0.range(..=range.start).next_back().map(|(start, _)| *start);
        let runs = self.0.range(before.unwrap_or(range.start)..range.end);
        runs.map(|(start, end)| (*end).min(range.end).saturating_sub((*start).max(range.start))).sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Range<u64>> {
        self.0.iter().map(|(start, end)| *start..*end)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn holds_what_a_set_holds(runs in prop::collection::vec((0u64..60, 0u64..9), 0..20)) {
            let mut ranges = Ranges::default();
            let mut set = BTreeSet::new();
            for (start, len) in runs {
                ranges.insert(start..start + len);
                set.extend(start..start + len);
                prop_assert_eq!(ranges.iter().flatten().collect::<Vec<_>>(), set.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!(ranges.count(), set.len() as u64);
                let runs: Vec<_> = ranges.iter().collect();
                prop_assert!(runs.windows(2).all(|pair| pair[0].end < pair[1].start));
                for at in 0..70 {
                    prop_assert_eq!(ranges.contains(at), set.contains(&at));
                    let within = (at..at + 5).filter(|one| set.contains(one)).count();
                    prop_assert_eq!(ranges.count_in(&(at..at + 5)), within as u64);
                    prop_assert_eq!(ranges.count_in(&(at..at)), 0);
                    prop_assert_eq!(ranges.covers(&(at..at + 3)), (at..at + 3).all(|one| set.contains(&one)));
                }
            }
        }
    }
}
