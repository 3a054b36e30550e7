//! The tables of processors.

use super::*;

#[test]
fn both_tables_are_in_order_and_do_not_meet() {
    let here: Vec<_> = PROCESSORS.iter().map(|factory| factory.info.type_name).collect();
    let planned = PLANNED.type_names;
    assert!(here.is_sorted() && planned.is_sorted());
    assert!(!here.iter().any(|name| planned.contains(name)));
}
