//! Durations, sizes, ids, headers and secrets as text.

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::IntoDeserializer;

use super::*;

fn nanos(text: &str) -> i64 {
    text.parse::<GoDuration>().expect("a duration").as_nanos()
}

fn refused<T: std::str::FromStr<Err: std::fmt::Display + std::fmt::Debug> + std::fmt::Debug>(
    text: &str,
) -> String {
    text.parse::<T>().expect_err("refused").to_string()
}

#[test]
fn durations_read_as_go_reads_them() {
    for (text, expected) in [
        ("0", 0),
        ("-0", 0),
        ("5s", 5_000_000_000),
        ("30ms", 30_000_000),
        ("1h30m", 5_400_000_000_000),
        ("-1.5h", -5_400_000_000_000),
        ("+5s", 5_000_000_000),
        ("1m30s", 90_000_000_000),
        ("1µs2us3μs", 6_000),
        ("10.5s4m", 250_500_000_000),
        (".5s", 500_000_000),
        ("5.s", 5_000_000_000),
        ("0.100000000000000000000h", 360_000_000_000),
        ("0.3333333333333333333h", 1_200_000_000_000),
        ("9223372036854775807ns", i64::MAX),
        ("-9223372036854775808ns", i64::MIN),
        ("9223372036854.775807ms", i64::MAX),
    ] {
        assert_eq!(nanos(text), expected, "{text}");
    }
}

#[test]
fn bad_durations_are_refused_in_gos_words() {
    for (text, words) in [
        ("", r#"time: invalid duration """#),
        ("-", r#"time: invalid duration "-""#),
        ("s", r#"time: invalid duration "s""#),
        (".", r#"time: invalid duration ".""#),
        (".s", r#"time: invalid duration ".s""#),
        (" 5s", r#"time: invalid duration " 5s""#),
        ("7", r#"time: missing unit in duration "7""#),
        ("1h7", r#"time: missing unit in duration "1h7""#),
        ("5parsecs", r#"time: unknown unit "parsecs" in duration "5parsecs""#),
        ("1d", r#"time: unknown unit "d" in duration "1d""#),
        ("5S", r#"time: unknown unit "S" in duration "5S""#),
        ("9223372036854775808ns", r#"time: invalid duration "9223372036854775808ns""#),
        ("3000000h", r#"time: invalid duration "3000000h""#),
        ("99999999999999999999s", r#"time: invalid duration "99999999999999999999s""#),
    ] {
        assert_eq!(refused::<GoDuration>(text), words);
    }
}

#[test]
fn durations_print_as_go_prints_them() {
    for (duration, text) in [
        (0, "0s"),
        (1, "1ns"),
        (1_100, "1.1µs"),
        (2_200_000, "2.2ms"),
        (3_300_000_000, "3.3s"),
        (245_000_000_000, "4m5s"),
        (245_001_000_000, "4m5.001s"),
        (18_367_001_000_000, "5h6m7.001s"),
        (3_600_000_000_000, "1h0m0s"),
        (480_000_000_001, "8m0.000000001s"),
        (i64::MAX, "2562047h47m16.854775807s"),
        (i64::MIN, "-2562047h47m16.854775808s"),
    ] {
        assert_eq!(GoDuration::from_nanos(duration).to_string(), text);
    }
}

#[test]
fn a_negative_duration_is_no_time_for_a_timer() {
    assert_eq!(GoDuration::from_secs(-1).to_std(), std::time::Duration::ZERO);
    assert_eq!(GoDuration::from(std::time::Duration::MAX).as_nanos(), i64::MAX);
}

proptest! {
    #[test]
    fn every_duration_reads_back_as_it_was_printed(duration in any::<i64>()) {
        let printed = GoDuration::from_nanos(duration).to_string();
        prop_assert_eq!(printed.parse::<GoDuration>(), Ok(GoDuration::from_nanos(duration)));
    }

    #[test]
    fn any_text_is_a_duration_or_refused(text in "[-+]?[0-9.]{0,25}(ns|us|µs|ms|s|m|h|d)?[0-9.]{0,4}\\PC{0,3}") {
        let _ = text.parse::<GoDuration>();
    }

    #[test]
    fn whole_numbers_of_a_unit_are_exact(count in 0u32..2_000_000, unit in prop::sample::select(vec![
        ("ns", 1i64), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ])) {
        let expected = i64::from(count).checked_mul(unit.1).map(GoDuration::from_nanos);
        prop_assert_eq!(format!("{count}{}", unit.0).parse::<GoDuration>().ok(), expected);
    }

    #[test]
    fn any_text_is_a_size_or_refused(text in "\\PC{0,12}") {
        let _ = text.parse::<ByteSize>();
    }

    #[test]
    fn sizes_read_back_as_they_were_printed(bytes in any::<u64>()) {
        let size = ByteSize::from_bytes(bytes);
        prop_assert_eq!(size.to_string().parse::<ByteSize>(), Ok(size));
    }

    #[test]
    fn a_good_id_reads_back_as_it_was_printed(text in "[a-zA-Z][0-9a-zA-Z_]{0,62}(/[a-zA-Z0-9_.-]{1,40})?") {
        prop_assert_eq!(text.parse::<ComponentId>().map(|id| id.to_string()), Ok(text));
    }

    #[test]
    fn any_text_is_an_id_or_refused(text in "\\PC{0,30}") {
        if let Ok(id) = text.parse::<ComponentId>() {
            prop_assert_eq!(id.to_string().parse::<ComponentId>(), Ok(id));
        }
    }
}

#[test]
fn sizes_read_both_kinds_of_units() {
    for (text, bytes) in [
        ("0", 0),
        ("512", 512),
        ("1MiB", 1 << 20),
        ("1mib", 1 << 20),
        ("10KB", 10_000),
        ("10 kB", 10_000),
        ("1.5KiB", 1536),
        ("2GiB", 2 << 30),
        ("7b", 7),
        ("1PiB", 1 << 50),
    ] {
        assert_eq!(text.parse(), Ok(ByteSize::from_bytes(bytes)), "{text}");
    }
}

#[test]
fn bad_sizes_are_refused() {
    for text in ["", "MiB", "1 apple", "-1", "1.2.3MB", "99999999999PiB", "1MiB2", "."] {
        assert!(refused::<ByteSize>(text).starts_with(&format!("invalid byte size {text:?}")), "{text}");
    }
}

#[test]
fn component_ids_have_a_type_and_perhaps_a_name() {
    let id: ComponentId = "otlp/in put".replace(' ', "_").parse().expect("good");
    assert_eq!((id.r#type(), id.name(), id.to_string()), ("otlp", "in_put", "otlp/in_put".to_owned()));
    let id: ComponentId = " batch ".parse().expect("good");
    assert_eq!((id.r#type(), id.name()), ("batch", ""));
    assert_eq!(ComponentId::new("otlp", "a/b").expect("good").name(), "a/b");
    assert_eq!(ComponentId::new("otlp", "").expect("good").to_string(), "otlp");
    assert!("x/naïve-名前".parse::<ComponentId>().is_ok());
}

#[test]
fn bad_component_ids_are_refused_in_the_collectors_words() {
    for (id, words) in [
        ("", "id must not be empty"),
        ("  ", "id must not be empty"),
        ("/x", r#"in "/x" id: the part before / should not be empty"#),
        ("batch/", r#"in "batch/" id: the part after / should not be empty"#),
        ("batch/ ", r#"in "batch/ " id: the part after / should not be empty"#),
        ("my batch", r#"in "my batch" id: invalid character(s) in type "my batch""#),
        ("1x", r#"in "1x" id: invalid character(s) in type "1x""#),
        ("a-b", r#"in "a-b" id: invalid character(s) in type "a-b""#),
        ("a/b c", r#"in "a/b c" id: invalid character(s) in name "b c""#),
        ("a/b$", r#"in "a/b$" id: invalid character(s) in name "b$""#),
        ("a/😀", r#"in "a/😀" id: invalid character(s) in name "😀""#),
    ] {
        assert_eq!(refused::<ComponentId>(id), words);
    }
    assert!("a".repeat(63).parse::<ComponentId>().is_ok());
    assert!("a".repeat(64).parse::<ComponentId>().is_err());
    assert!(format!("a/{}", "b".repeat(1024)).parse::<ComponentId>().is_ok());
    assert!(refused::<ComponentId>(&format!("a/{}", "b".repeat(1025))).contains("at most 1024"));
}

#[test]
fn pipeline_ids_have_a_known_signal() {
    let id: PipelineId = "logs/audit".parse().expect("good");
    assert_eq!((id.signal(), id.name(), id.to_string()), ("logs", "audit", "logs/audit".to_owned()));
    assert_eq!(refused::<PipelineId>("events"), r#"in "events" id: unknown pipeline signal: "events""#);
    assert_eq!(refused::<PipelineId>("traces/"), r#"in "traces/" id: the part after / should not be empty"#);
}

#[test]
fn a_secret_shows_itself_only_when_asked() {
    let secret = Secret::new("hunter2");
    assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "[REDACTED] [REDACTED] Some([REDACTED])");
    let written = figment::value::Value::serialize(&secret).expect("text can be written");
    assert_eq!(written.as_str(), Some("[REDACTED]"));
    assert_eq!(secret.expose(), "hunter2");
}

#[test]
fn values_decode_from_any_format() {
    type Plain = serde::de::value::Error;
    let text = |text: &'static str| -> serde::de::value::StrDeserializer<'static, Plain> {
        text.into_deserializer()
    };
    assert_eq!(GoDuration::deserialize(text("5s")), Ok(GoDuration::from_secs(5)));
    assert_eq!(ByteSize::deserialize(text("5kB")), Ok(ByteSize::from_bytes(5_000)));
    assert_eq!(ComponentId::deserialize(text("a/b")).map(|id| id.to_string()), Ok("a/b".to_owned()));
    assert_eq!(PipelineId::deserialize(text("logs")).map(|id| id.to_string()), Ok("logs".to_owned()));
    assert_eq!(AnyYaml::deserialize(text("x")), Ok(AnyYaml::String("x".to_owned())));
    assert!(GoDuration::deserialize(text("five")).is_err());
}
