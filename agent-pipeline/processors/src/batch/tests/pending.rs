//! The rules without clock and task.

use proptest::prelude::*;

use super::super::pending::{Limits, Parcel, Pending};
use super::*;

fn push(pending: &mut Pending, from: usize, count: usize) {
    pending.push(logs(from, count), None);
}

#[test]
fn nothing_is_due_below_the_size() {
    let mut pending = Pending::default();
    push(&mut pending, 0, 4);
    assert!(pending.take_due(Limits { due: 5, max: usize::MAX }).is_none());
    assert_eq!(pending.items(), 4);
}

#[test]
fn payloads_leave_whole_when_they_fit() {
    let mut pending = Pending::default();
    push(&mut pending, 0, 4);
    push(&mut pending, 4, 4);
    push(&mut pending, 8, 4);
    let parcel = pending.take_due(Limits { due: 5, max: 100 }).unwrap();
    assert_eq!(numbers(&parcel.batch), (0..8).collect::<Vec<_>>());
    assert_eq!((pending.items(), pending.payloads()), (4, 1));
}

proptest! {
    #[test]
    fn items_in_are_items_out_in_order_and_within_bounds(
        payloads in prop::collection::vec(1_usize..40, 1..20),
        due in 1_usize..50,
        more in prop::option::of(0_usize..50),
    ) {
        let limits = Limits { due, max: more.map_or(usize::MAX, |more| due + more) };
        let mut pending = Pending::default();
        let mut batches: Vec<(Parcel, bool)> = Vec::new();
        let mut sent = 0;
        for count in payloads {
            push(&mut pending, sent, count);
            sent += count;
            while let Some(parcel) = pending.take_due(limits) {
                batches.push((parcel, true));
            }
            prop_assert!(pending.items() < due);
        }
        while let Some(parcel) = pending.take_any(limits) {
            batches.push((parcel, false));
        }
        let mut seen = Vec::new();
        for (parcel, by_size) in &batches {
            prop_assert!(parcel.batch.items() <= limits.max);
            prop_assert!(!by_size || parcel.batch.items() >= due);
            seen.extend(numbers(&parcel.batch));
        }
        prop_assert_eq!(seen, (0..sent).collect::<Vec<_>>());
        prop_assert_eq!((pending.items(), pending.payloads()), (0, 0));
    }
}
