//! Failures are counted between log lines.

use super::*;

#[test]
fn a_statement_is_logged_once_in_a_while_with_a_count() {
    let failures = Failures::new(&"transform".parse().unwrap());
    let now = Instant::now();
    let key = (0, Phase::Statement, 1);
    assert_eq!(failures.due(key, now), Some(1));
    assert_eq!(failures.due(key, now + Duration::from_secs(1)), None);
    assert_eq!(failures.due(key, now + Duration::from_secs(2)), None);
    assert_eq!(failures.due((0, Phase::Condition, 1), now), Some(1));
    assert_eq!(failures.due(key, now + Duration::from_secs(10)), Some(3));
    assert_eq!(failures.due(key, now + Duration::from_secs(11)), None);
}
