//! What holds for every row of the table.

use agent_config::Issues;

use crate::EXPORTERS;
use crate::testing::section;

#[test]
fn the_table_is_in_order_and_no_name_is_taken_twice() {
    let mut names: Vec<_> = EXPORTERS.iter().map(|row| row.info.type_name).collect();
    assert!(names.is_sorted());
    names.extend(EXPORTERS.iter().flat_map(|row| row.info.aliases));
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn an_unknown_key_is_refused_with_its_path() {
    for row in EXPORTERS {
        let mut issues = Issues::new();
        assert!((row.decode)(&section("{no_such_key: 1}"), &mut issues).is_none(), "{}", row.info.type_name);
        let told = issues.errors().any(|issue| issue.path.to_string() == "exporters::x::no_such_key");
        assert!(told, "{}: {issues}", row.info.type_name);
    }
}
