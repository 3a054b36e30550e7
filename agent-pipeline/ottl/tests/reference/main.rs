//! `docs/ottl.md`: written from the tables of the language and the texts beside this file, and up to date.
//!
//! `BLESS=1 cargo test -p agent-ottl` (or `cargo xtask bless -p agent-ottl`) writes it. That the examples do what they
//! show is proved by a test of the tables.
#![allow(clippy::expect_used, reason = "a test that fails panics")]

mod page;

use std::path::Path;

#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ottl.md");
    let page = page::page();
    #[expect(
        clippy::disallowed_methods,
        reason = "the tests of a crate below the configuration ask for themselves"
    )]
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &page).expect("docs/ottl.md can be written");
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page,
        "docs/ottl.md is not what the tables say; `cargo xtask bless -p agent-ottl` writes it"
    );
}

#[test]
fn every_function_and_path_is_described_once() {
    assert_eq!(page::missing(), Vec::<String>::new());
}
