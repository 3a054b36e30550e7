//! Texts as statements and conditions.

#![no_main]

use agent_ottl::{Conditions, Context, ParseError, Program};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for context in Context::ALL {
        check(Program::parse(context, &[] as &[&str], &[text]).err());
        check(Conditions::parse(context, &[text]).err());
    }
});

fn check(errors: Option<Vec<ParseError>>) {
    for error in errors.into_iter().flatten() {
        assert!(error.offset.is_none_or(|offset| error.text.is_char_boundary(offset)));
        assert!(!error.to_string().is_empty());
    }
}
