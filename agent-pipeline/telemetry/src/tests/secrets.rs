//! A registered value appears nowhere. The set is the process's, so each test has values of its own.

use super::logged;
use crate::{redact, register_secret};

#[test]
fn a_secret_is_masked_in_message_fields_and_errors() {
    register_secret("s3cr3t-of-the-line");
    let error = std::io::Error::other("bad header api-key: s3cr3t-of-the-line!");
    let text = logged(|| {
        tracing::error!(
            url = "https://x/?k=s3cr3t-of-the-line&k=s3cr3t-of-the-line",
            dumped = ?"s3cr3t-of-the-line",
            error = &error as &(dyn std::error::Error + 'static),
            "key {}{}", "s3cr3t-of", "-the-line"
        );
    });
    let expected = concat!(
        r#""msg":"key [REDACTED]","url":"https://x/?k=[REDACTED]&k=[REDACTED]","#,
        r#""dumped":"\"[REDACTED]\"","error":"bad header api-key: [REDACTED]!"}"#
    );
    assert!(text.trim_end().ends_with(expected), "{text}");
}

#[test]
fn a_secret_with_quotes_is_masked_in_quoted_text_too() {
    register_secret("qu\"ote\\d\n");
    let text = logged(|| tracing::info!(dumped = ?"qu\"ote\\d\n", plain = "qu\"ote\\d\n", "m"));
    assert!(text.ends_with(",\"dumped\":\"\\\"[REDACTED]\\\"\",\"plain\":\"[REDACTED]\"}\n"), "{text}");
}

#[test]
fn a_secret_that_is_cut_in_the_middle_leaves_no_beginning() {
    register_secret("cut-in-the-middle-0123456789");
    for shift in 0..40 {
        let value = format!("{}cut-in-the-middle-0123456789{}", "x".repeat(65_500 + shift), "y".repeat(99));
        let text = logged(|| tracing::info!(value, "m"));
        assert!(!text.contains("cut-"), "{shift}");
        let many = "cut-in-the-middle-0123456789,".repeat(65_536 / 29 + 2);
        let many = many.get(shift..).unwrap();
        let text = logged(|| tracing::info!(many, "m"));
        assert!(!text.contains("cut-"), "{shift}");
    }
}

#[test]
fn of_two_secrets_the_longer_goes_first() {
    register_secret("inner-part");
    register_secret("outer-inner-part-outer");
    assert_eq!(redact("a outer-inner-part-outer inner-part"), "a [REDACTED] [REDACTED]");
}

#[test]
fn very_short_values_and_numbers_are_left_alone() {
    register_secret("inf");
    register_secret("73519");
    let text = logged(|| tracing::info!(port = 73_519, text = "73519", "info"));
    assert!(text.ends_with("\"msg\":\"info\",\"port\":73519,\"text\":\"[REDACTED]\"}\n"), "{text}");
}
