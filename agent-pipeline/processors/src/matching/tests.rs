//! What cannot be seen through a component; the rest is tested with `attributes`.

use super::*;

#[test]
fn fields_without_a_meaning_for_metrics_are_noticed() {
    let names = MatchConfig { metric_names: vec!["cpu".to_owned()], ..MatchConfig::default() };
    assert!(!MetricMatcher::ignores_a_part_of(&names));
    let services = MatchConfig { services: vec!["shop".to_owned()], ..names.clone() };
    assert!(MetricMatcher::ignores_a_part_of(&services));
    let libraries = MatchConfig { libraries: vec![LibraryConfig::default()], ..names };
    assert!(MetricMatcher::ignores_a_part_of(&libraries));
}
