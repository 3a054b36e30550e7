//! `docs/settings.md` has every variable that the agent reads, with the default that the code has.

use agent_testkit::markdown::repository;

/// A text between quotes of the source.
fn quoted(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

/// The source that reads the settings.
fn source() -> String {
    std::fs::read_to_string(repository().join("agent-config/src/settings/read.rs")).unwrap()
}

/// The names that are read.
pub(super) fn names() -> Vec<String> {
    let source = source();
    let (_, list) = source.split_once("const NAMES: &[&str] = &[").unwrap();
    list.split("];").next().unwrap().lines().filter_map(quoted).map(str::to_owned).collect()
}

#[test]
fn every_variable_has_its_row_with_its_default() {
    let (page, source) = (std::fs::read_to_string(repository().join("docs/settings.md")).unwrap(), source());
    let (_, defaults) = source.split_once("fn defaults() -> Raw {").unwrap();
    let defaults = defaults.split("\n}").next().unwrap();
    let row = |name: &str| page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
    assert!(names().len() >= 18, "{:?}", names());
    for name in names() {
        let row = row(&name).unwrap_or_else(|| panic!("no row for {name}"));
        let field = format!("{}: ", name.to_lowercase());
        let line = defaults.lines().find(|line| line.trim_start().starts_with(&field));
        let default = line.and_then(quoted).map_or("none".to_owned(), |default| format!("`{default}`"));
        assert_eq!(row.split('|').nth(3).unwrap().trim(), default, "{name}");
    }
}
