//! Broken rules are told with the path and place they stand at.

use crate::settings::MapEnvironment;
use crate::{Issues, Section, Validate, Validator};

struct Rules;

impl Validate for Rules {
    fn validate(&self, at: &mut Validator<'_>) {
        at.error("", "must have one of `a` and `b`");
        at.error("size", "must be above 0");
        at.error("tls::cert_file", "needs a key");
        at.warning("old", "has no effect");
        let mut list = at.field("list");
        let mut second = list.index(1);
        second.error("name", "is taken: hunter2");
        at.nested("tls", &Tls);
        at.error("url", "must begin with \"http\"; the host \"backend.example\" has no port");
        at.field("missing").error("inner", "is required");
    }
}

struct Tls;

impl Validate for Tls {
    fn validate(&self, at: &mut Validator<'_>) {
        assert_eq!(at.path().to_string(), "exporters::x::tls");
        at.error("min_version", "must not be above max_version");
    }
}

#[test]
fn broken_rules_are_told_with_path_and_place() {
    let yaml =
        "size: 0\nold: 1\nlist:\n  - name: a\n  - name: ${env:S}\ntls:\n  cert_file: c\nurl: ${env:U}\n";
    let environment = MapEnvironment::new().with("S", "hunter2").with("U", "http://backend.example");
    let (section, _) = Section::parse("exporters::x", yaml, &environment);
    let section = section.expect("it is readable");
    let mut issues = Issues::new();
    Rules.validate(&mut section.validator(&mut issues));
    assert_eq!(
        issues.to_string(),
        "\
exporters::x::size: must be above 0 (line 1, column 7)
warning: exporters::x::old: has no effect (line 2, column 6)
exporters::x::list[1]::name: is taken: ${env:S} (line 5, column 11)
exporters::x::tls::min_version: must not be above max_version (line 7, column 3)
exporters::x::tls::cert_file: needs a key (line 7, column 14)
exporters::x::url: must begin with \"http\"; the host \"${env:U}\" has no port (line 8, column 6)
exporters::x: must have one of `a` and `b`
exporters::x::missing::inner: is required"
    );
}
