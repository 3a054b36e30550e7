//! What the ledger calls lost, repeated and excused.

use super::*;

fn arrived(ledger: &Ledger, numbers: impl IntoIterator<Item = u64>) {
    let intact = numbers.into_iter().map(|sequence| Name { generator: 0, sequence }).collect();
    ledger.arrived(&Found { intact, ..Found::default() }, Instant::now());
}

#[test]
fn what_was_acknowledged_and_came_once_balances() {
    let ledger = Ledger::new(1);
    arrived(&ledger, 0..200);
    ledger.acknowledged(0, 0..200);
    let expected = Tally { acknowledged: 200, arrived: 200, ..Tally::default() };
    assert_eq!(ledger.tally(), expected);
}

#[test]
fn a_missing_item_is_lost_only_if_it_was_acknowledged() {
    let ledger = Ledger::new(1);
    ledger.acknowledged(0, 0..70);
    arrived(&ledger, (0..70).filter(|number| *number != 65));
    let tally = ledger.tally();
    assert_eq!((tally.lost, tally.first_lost), (1, Some(Name { generator: 0, sequence: 65 })));
    arrived(&ledger, [65]);
    assert_eq!(ledger.tally().lost, 0);
}

#[test]
fn a_second_arrival_is_excused_only_after_an_answer_that_never_came() {
    let ledger = Ledger::new(1);
    ledger.doubtful(0, 0..5);
    arrived(&ledger, 0..10);
    arrived(&ledger, [3, 7, 7]);
    let tally = ledger.tally();
    assert_eq!((tally.excused, tally.repeated), (1, 2));
    assert_eq!(tally.first_repeated, Some(Name { generator: 0, sequence: 7 }));
}

#[test]
fn a_mark_parts_old_items_from_new_ones() {
    let ledger = Ledger::new(2);
    arrived(&ledger, 0..100);
    ledger.acknowledged(0, 0..300);
    let mark = ledger.mark();
    assert_eq!(ledger.since(&mark), [Since { waiting: 200, ..Since::default() }, Since::default()]);
    ledger.acknowledged(0, 300..360);
    arrived(&ledger, 100..150);
    arrived(&ledger, 310..330);
    let since = Since { waiting: 150, acknowledged: 60, arrived: 70, new: 20 };
    assert_eq!(ledger.since(&mark), [since, Since::default()]);
}

#[test]
fn altered_items_are_counted_and_stand_for_none() {
    let ledger = Ledger::new(1);
    ledger.acknowledged(0, 0..2);
    ledger.arrived(&Found { altered: 2, ..Found::default() }, Instant::now());
    assert_eq!((ledger.tally().altered, ledger.tally().lost), (2, 2));
}

#[test]
fn a_kill_excuses_what_came_just_before_it_and_comes_from_the_next_process() {
    let ledger = Ledger::new(1);
    let at = |milliseconds| ledger.begin + Duration::from_millis(milliseconds);
    let come = |sequence, milliseconds| {
        let intact = vec![Name { generator: 0, sequence }];
        ledger.arrived(&Found { intact, ..Found::default() }, at(milliseconds));
    };
    come(0, 1900); // long before the kill
    come(1, 2980);
    come(2, 2990);
    come(2, 2995); // again before the kill
    come(3, 3010); // out of a buffer, after the kill
    ledger.killed(at(3000), at(3050));
    for sequence in [0, 1, 3, 1] {
        come(sequence, 3200);
    }
    let tally = ledger.tally();
    assert_eq!((tally.after_kill, tally.repeated, tally.excused), (2, 3, 0));
    assert_eq!(tally.earliest, Duration::from_millis(20));
}
