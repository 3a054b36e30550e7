//! The tables.

use super::*;

#[test]
fn planned_types_are_not_there_yet_and_in_order() {
    let planned = PLANNED.type_names;
    assert!(planned.is_sorted());
    assert!(!CONNECTORS.iter().any(|factory| planned.contains(&factory.info.type_name)));
}
