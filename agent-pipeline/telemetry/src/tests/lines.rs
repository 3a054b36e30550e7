//! The shape of a line, to the byte.

use std::error::Error;
use std::fmt;

use tracing::Level;

use super::{Fixture, logged};

const HEAD: &str = r#"{"level":"info","ts":"2024-03-15T10:30:45.123Z","msg":"#;

#[test]
fn a_line_has_level_time_message_then_fields_in_order() {
    let text = logged(|| {
        tracing::info!(
            version = "0.1.0",
            commit = "abc123",
            deployment_mode = "DEPLOYMENT",
            "kube agent initialized"
        );
    });
    let fields = r#""version":"0.1.0","commit":"abc123","deploymentMode":"DEPLOYMENT""#;
    assert_eq!(text, format!("{HEAD}\"kube agent initialized\",{fields}}}\n"));
}

#[test]
fn every_level_has_its_name() {
    let text = logged(|| {
        tracing::error!("e");
        tracing::warn!("w");
        tracing::info!("i");
        tracing::debug!("d");
        tracing::trace!("never");
    });
    let levels: Vec<&str> = text.lines().map(|line| line.split('"').nth(3).unwrap()).collect();
    assert_eq!(levels, ["error", "warn", "info", "debug"]);
}

#[test]
fn values_keep_their_json_type() {
    let text = logged(|| {
        tracing::info!(
            whole = -7_i64,
            big = u64::MAX,
            huge = i128::MIN,
            real = 0.25,
            endless = f64::INFINITY,
            yes = true,
            shown = %std::net::Ipv4Addr::LOCALHOST,
            dumped = ?Some(1),
            absent = None::<u64>,
            "m"
        );
    });
    let fields = concat!(
        r#""whole":-7,"big":18446744073709551615,"huge":-170141183460469231731687303715884105728,"#,
        r#""real":0.25,"endless":"inf","yes":true,"shown":"127.0.0.1","dumped":"Some(1)""#
    );
    assert_eq!(text, format!("{HEAD}\"m\",{fields}}}\n"));
}

#[test]
fn text_is_escaped_so_that_a_line_stays_a_line() {
    let text = logged(|| tracing::info!(path = "C:\\x", "say \"hi\"\r\n\t\u{1}\u{7f}é\u{2028}😀"));
    let expected = "\"say \\\"hi\\\"\\r\\n\\t\\u0001\u{7f}é\u{2028}😀\",\"path\":\"C:\\\\x\"}\n";
    assert_eq!(text, format!("{HEAD}{expected}"));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["msg"], "say \"hi\"\r\n\t\u{1}\u{7f}é\u{2028}😀");
}

#[test]
fn keys_are_camel_case_and_never_collide_with_the_line_s_own() {
    let text = logged(|| {
        tracing::info!(
            component_id = "a",
            _private_ = 1,
            a__b = 2,
            http.status_code = 3,
            r#type = 4,
            level = 5,
            ts = 6,
            msg = 7,
            suppressed = 8,
            library = 9,
            "m"
        );
    });
    let fields = concat!(
        r#""componentId":"a","_private_":1,"aB":2,"http.statusCode":3,"type":4,"#,
        r#""level_":5,"ts_":6,"msg_":7,"suppressed_":8,"library_":9"#
    );
    assert_eq!(text, format!("{HEAD}\"m\",{fields}}}\n"));
}

#[test]
fn an_event_without_a_message_has_an_empty_one() {
    assert_eq!(logged(|| tracing::info!(a = 1)), format!("{HEAD}\"\",\"a\":1}}\n"));
}

#[derive(Debug)]
struct Layer(&'static str, Option<Box<Layer>>);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Layer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|layer| layer as _)
    }
}

fn layers(texts: &[&'static str]) -> Layer {
    let (first, rest) = texts.split_first().unwrap();
    Layer(first, (!rest.is_empty()).then(|| Box::new(layers(rest))))
}

#[test]
fn an_error_is_written_with_its_sources_each_once() {
    let error = layers(&["sending", "connecting: refused", "refused", "os error 111"]);
    let text = logged(|| tracing::info!(error = &error as &(dyn Error + 'static), "m"));
    assert_eq!(text, format!("{HEAD}\"m\",\"error\":\"sending: connecting: refused: os error 111\"}}\n"));
}

#[test]
fn an_endless_chain_of_errors_ends() {
    let error = layers(&["a", "b"].repeat(5_000));
    assert_eq!(crate::chain(&error).to_string().len(), 16 + 15 * 2);
    // Dropped level by level: the derived drop of so deep a chain would use up the stack.
    let mut next = error.1;
    while let Some(mut layer) = next {
        next = layer.1.take();
    }
}

#[test]
fn a_long_value_is_cut_between_characters() {
    let text = logged(|| tracing::info!(value = "é".repeat(100_000), "m"));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let value = value["value"].as_str().unwrap();
    assert_eq!(value.len(), 64 * 1024 + '…'.len_utf8());
    assert!(value.ends_with("é…"));
}

#[test]
fn a_value_that_logs_while_it_is_shown_does_not_lock_up() {
    struct Chatty;
    impl fmt::Display for Chatty {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            tracing::info!("inner");
            f.write_str("outer")
        }
    }
    // Whether the inner one is written is the business of `tracing`, which guards against endless recursion.
    let text = logged(|| tracing::info!(value = %Chatty, "m"));
    assert!(text.ends_with(&format!("{HEAD}\"m\",\"value\":\"outer\"}}\n")), "{text}");
}

#[test]
fn the_level_changes_while_running_and_goes_back() {
    let fixture = Fixture::new(Level::INFO);
    let say = |text: &str| tracing::debug!("{text}");
    tracing::dispatcher::with_default(&fixture.dispatch, || {
        say("before");
        fixture.handle.set_level(Level::DEBUG);
        say("during");
        assert_eq!(fixture.handle.level(), Level::DEBUG);
        fixture.handle.set_level(Level::ERROR);
        tracing::warn!("quiet");
        fixture.handle.reset_level();
        say("after");
        tracing::info!("end");
    });
    assert!(fixture.handle.flush());
    let messages: Vec<_> = fixture.capture.lines().into_iter().map(|line| line["msg"].clone()).collect();
    assert_eq!(messages, ["during", "end"]);
}

#[test]
fn spans_cost_nothing_and_change_nothing() {
    let text = logged(|| {
        let span = tracing::error_span!("work", secret = "s");
        assert!(span.is_disabled());
        span.in_scope(|| tracing::info!("m"));
    });
    assert_eq!(text, format!("{HEAD}\"m\"}}\n"));
}
