//! `deltatorate`: its sections, golden files and the Collector's recorded cases.

use super::*;
use crate::testing::{check_golden, check_recorded, check_sections};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("deltatorate");
}

#[test]
fn metrics_change_as_the_golden_files_show() {
    check_golden::<DeltaToRate>("deltatorate");
}

#[test]
fn recorded_cases_come_out_as_the_collectors() {
    check_recorded("deltatorate");
}
