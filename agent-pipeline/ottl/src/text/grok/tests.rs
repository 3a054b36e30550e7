//! Grok patterns.

use super::*;
use crate::value::write_json;

fn extract(text: &str, pattern: &str) -> String {
    let grok = Grok::new(pattern, true, &["SKU=SKU-[0-9]+"]).unwrap();
    grok.extract(text)
        .and_then(|members| write_json(&AnyValue::KvList(members)).map_err(|e| e.to_string()))
        .unwrap_or_else(|e| e)
}

#[test]
fn every_stock_pattern_compiles() {
    for name in patterns::names() {
        if let Err(error) = Grok::new(&format!("%{{{name}:x}}"), false, &[]) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn fields_are_extracted_with_their_types() {
    for (text, pattern, fields) in [
        (
            "10.4.0.9 PUT 12.5 201",
            "%{IP:ip} %{WORD:verb} %{NUMBER:ms:double} %{INT:code:int}",
            r#"{"code":201,"ip":"10.4.0.9","ms":12.5,"verb":"PUT"}"#,
        ),
        ("SKU-77 box", "%{SKU:sku} %{WORD:kind}", r#"{"kind":"box","sku":"SKU-77"}"#),
        ("on true", "on %{WORD:flag:boolean}", r#"{"flag":true}"#),
        (
            "2023-04-05T06:07:08Z up",
            "%{TIMESTAMP_ISO8601:ts} %{WORD:w}",
            r#"{"ts":"2023-04-05T06:07:08Z","w":"up"}"#,
        ),
        ("db-1.lan:5432", "%{HOSTNAME:h}:%{POSINT:p:int}", r#"{"h":"db-1.lan","p":5432}"#),
        ("http://a.b/c?d=e", "%{URI:u}", r#"{"u":"http://a.b/c?d=e"}"#),
        ("said \"hi there\"", "said %{QUOTEDSTRING:q}", r#"{"q":"\"hi there\""}"#),
        ("::1", "^%{IP:source.ip}$", r#"{"source.ip":"::1"}"#),
        ("no", "%{UUID:id}", "{}"),
        ("word", "%{WORD:x:int}", "the text for \"x\" is not of its type"),
    ] {
        assert_eq!(extract(text, pattern), fields, "{pattern}");
    }
    let all = Grok::new("%{IP}", false, &[]).unwrap().extract("1.2.3.4").unwrap();
    assert_eq!(all.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["IP", "IPV4"]);
}

#[test]
fn what_is_no_pattern_is_refused() {
    for (pattern, definitions) in [
        ("%{NOPE:x}", vec![]),
        ("%{WORD", vec![]),
        ("%{WORD:x:date}", vec![]),
        ("%{A}", vec!["A=%{A}"]),
        ("a", vec!["A"]),
    ] {
        assert!(Grok::new(pattern, true, &definitions).is_err(), "{pattern}");
    }
}
