//! Converters: values and refusals, beyond the example of each.

use std::ops::ControlFlow;

use agent_otlp::{Batch, Signal};

use crate::value::{Value, write_json};
use crate::{Context, Program};

/// The value of an expression on a log record with a few attributes, as JSON; or the error.
fn eval(expression: &str) -> String {
    let json = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"key":"s","value":{"stringValue":"text"}},
        {"key":"i","value":{"intValue":"12"}},{"key":"by","value":{"bytesValue":"AQI="}},{"key":"m","value":{"kvlistValue":
        {"values":[{"key":"k","value":{"intValue":"1"}}]}}},{"key":"nan","value":{"doubleValue":"NaN"}}]}]}]}]}"#;
    let mut batch = Batch::from_json(Signal::Logs, json).unwrap();
    let statement = format!("set(attributes[\"out\"], {expression})");
    let program = match Program::parse(Context::Log, &[] as &[&str], &[statement]) {
        Ok(program) => program,
        Err(errors) => return format!("refused: {}", errors[0].message),
    };
    let mut error = None;
    let outcome = program.run(&mut batch, &mut |failure| {
        error = Some(format!("error: {}", failure.error));
        ControlFlow::Continue(())
    });
    outcome.unwrap();
    let mut out = error.unwrap_or_else(|| "nothing".to_owned());
    batch.edit_log_records(|_, record| {
        if let Some(value) = record.attributes().get("out") {
            out = match Value::of(value) {
                Value::Double(number) => format!("{number:?}"),
                _ => write_json(value).unwrap(),
            };
        }
        agent_otlp::Verdict::Keep
    });
    out
}

fn check(cases: &[(&str, &str)]) {
    let found: Vec<_> = cases.iter().map(|(expression, _)| (*expression, eval(expression))).collect();
    let wrong = found.iter().zip(cases).filter(|((_, found), (_, expected))| !found.contains(expected));
    let wrong: Vec<_> = wrong
        .map(|((expression, found), (_, expected))| format!("{expression}\n  {found}\n  {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn encodings_and_ids() {
    check(&[
        (r#"Decode("aGk=", "base64")"#, "\"hi\""),
        (r#"Decode("aGk", "base64")"#, "not valid base64"),
        (r#"Decode("_-8", "base64-raw-url")"#, "not valid UTF-8"),
        (r#"Decode(0x680069, "utf-16be")"#, "\"栀\""),
        (r#"Decode(0x6800, "utf-16le")"#, "\"h\""),
        (r#"Decode(0xe9, "iso-8859-1")"#, "\"é\""),
        (r#"Decode("x", "koi8-r")"#, "refused: invalid call to \"Decode\": unsupported encoding"),
        (r#"Hex(attributes["by"])"#, "\"0102\""),
        (r#"Hex(attributes["m"])"#, "error: expected bytes"),
        (r#"String(TraceID("xyz"))"#, "an id is 16 bytes or 32 hexadecimal digits"),
        ("String(SpanID(1))", "error: expected bytes or hexadecimal text"),
        ("UUID() == UUID()", "refused"),
    ]);
}

#[test]
fn hashes() {
    check(&[
        (r#"FNV("")"#, "-3750763034362895579"),
        (r#"MD5("abc")"#, "900150983cd24fb0d6963f7d28e17f72"),
        (r#"SHA1("abc")"#, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (r#"SHA256("abc")"#, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (r#"Murmur3Hash("")"#, "00000000"),
        (r#"Murmur3Hash128("")"#, "00000000000000000000000000000000"),
        (r#"SHA256(attributes["i"])"#, "error: expected string but got int64"),
        (r#"CommunityID("::1", 1, "10.0.0.1", 70000)"#, "not valid"),
        (r#"CommunityID("::1", 1, "10.0.0.1", 7, "IGMP")"#, "refused"),
    ]);
}

#[test]
fn texts_and_numbers() {
    check(&[
        (r#"Substring("añb", 1, 1)"#, "\"\u{FFFD}\""),
        (r#"Substring("abc", 2, 2)"#, "outside of the string"),
        (r#"Substring("abc", -1, 2)"#, "start cannot be negative"),
        (r#"Substring("abc", 0, 0)"#, "length must be above 0"),
        (r#"Trim("xxaxx", "x")"#, "\"a\""),
        (r#"TrimPrefix("aab", "a")"#, "\"ab\""),
        (r#"Split("a,b", "")"#, r#"["a",",","b"]"#),
        (r#"Concat([nil, 1.0, [1], {"a": nil}], "")"#, r#"<nil>1[1]{\"a\":null}"#),
        (r#"ConvertCase("A", "title")"#, "refused: invalid call to \"ConvertCase\": invalid case"),
        (r#"ParseInt("0b12", 0)"#, "no integer"),
        (r#"ParseInt("-9223372036854775808", 10)"#, "-9223372036854775808"),
        (r#"ParseInt("1", 37)"#, "no integer"),
        ("Int(1.0e300)", "9223372036854775807"),
        (r#"Int("x")"#, "nothing"),
        ("Double(\"NaN\")", "NaN"),
        ("Log(0)", "greater than zero"),
        ("Log(2.718281828459045)", "1.0"),
        ("Bool(\"maybe\")", "not a truth value"),
        (r#"String(attributes["nan"])"#, "have no text"),
        ("IsValidLuhn(\"4111111111111111\")", "true"),
        ("1.0 / 3", "0.3333333333333333"),
        ("-attributes[\"i\"]", "-12"),
        ("attributes[\"s\"] + 1", "error: expected numbers"),
    ]);
}

#[test]
fn lists_and_maps() {
    check(&[
        (r#"Sort([3, 1.5, 2], "desc")"#, "[3,2,1.5]"),
        (r#"Sort(["b", 1, true])"#, r#"["1","b","true"]"#),
        ("Sort([true, false])", "[\"false\",\"true\"]"),
        (r#"Sort("x")"#, "\"x\""),
        ("Sort([[1]])", "[[1]]"),
        (r#"Sort([1], "up")"#, "refused"),
        (r#"SliceToMap(["a", "b"])"#, r#"{"0":"a","1":"b"}"#),
        (r#"SliceToMap([{"k": {"n": "x"}}], ["k", "n"])"#, r#"{"x":{"k":{"n":"x"}}}"#),
        (r#"SliceToMap([{"k": 1}], ["k"])"#, "error: expected string as a key"),
        (r#"SliceToMap([1], ["k"])"#, "no path to look up"),
        ("Index([1, 2], 2.0)", "1"),
        (r#"Index("abc", "z")"#, "-1"),
        (r#"Index(attributes["m"], 1)"#, "error: expected string or list"),
        (r#"ContainsValue([{"a": 1}], {"a": 1})"#, "true"),
        (r#"Values({"a": 1, "b": [2]})"#, "[1,[2]]"),
        (r#"Len(attributes["m"])"#, "1"),
        ("Len(attributes)", "5"),
        (r#"[1, [2, {"a": attributes["i"]}]][1][1]["a"]"#, "refused"),
        (r#"ParseJSON("[1]")[1]"#, "out of bounds"),
        (r#"ParseJSON("{}")["a"]"#, "key not found"),
        (r#"ParseJSON("{}")[0]"#, "does not support integer indexing"),
        ("attributes[\"s\"][\"x\"]", "type string does not support string indexing"),
        ("attributes[0]", "does not support integer indexing"),
        ("attributes[Len(\"ab\")]", "does not support integer indexing"),
    ]);
}

#[test]
fn structured_texts() {
    check(&[
        (r#"ParseCSV("1;2", "a;b", ";")"#, r#"{"a":"1","b":"2"}"#),
        (r#"ParseCSV("1,2", "a|b", ",", "|")"#, r#"{"a":"1","b":"2"}"#),
        (r#"ParseCSV("\"a\"\"b\",2", "x,y")"#, r#"{"x":"a\"b","y":"2"}"#),
        (r#"ParseCSV("a\"b,2", "x,y")"#, "bare quote"),
        (r#"ParseCSV("a\"b,2", "x,y", mode="lazyQuotes")"#, r#"{"x":"a\"b","y":"2"}"#),
        (r#"ParseCSV("\"a,2", "x,y", mode="ignoreQuotes")"#, r#"{"x":"\"a","y":"2"}"#),
        (r#"ParseCSV("1é2", "aéb", "é")"#, r#"{"a":"1","b":"2"}"#),
        (r#"ParseCSV("1", "")"#, "must not be an empty string"),
        (r#"ParseCSV("1", "x,y")"#, "expected 2, found 1"),
        (r#"ParseCSV("1", "x", mode="none")"#, "refused"),
        (r#"ParseKeyValue("a=1;b='x;y'", "=", ";")"#, r#"{"a":"1","b":"x;y"}"#),
        (r#"ParseKeyValue("a=x\"y z\"  b=", "", "")"#, r#"{"a":"xy z","b":""}"#),
        (r#"ParseKeyValue("a")"#, "no delimiter"),
        (r#"ParseKeyValue("a=\"x")"#, "not closed"),
        (r#"ParseKeyValue("")"#, "empty target"),
        (r#"ParseKeyValue("a", "=", "=")"#, "refused"),
        (r#"ParseSeverity("warning", {"warn": [{"equals": ["w", "warning"]}]})"#, "\"warn\""),
        (r#"ParseSeverity(250, {"warn": [{"range": {"min": 200, "max": 299}}]})"#, "\"warn\""),
        (r#"ParseSeverity(1, {"warn": [{"range": "4xx"}]})"#, "could not map"),
        (r#"ExtractPatterns("a", "a")"#, "refused: invalid call to \"ExtractPatterns\""),
        (r#"ExtractPatterns("a", attributes["s"])"#, "at least 1 named capture group"),
        (r#"ExtractGrokPatterns("a", "%{NOPE}")"#, "refused"),
        (r#"GetXML("<a><b k='1'>x</b>t</a>", "//b/@k | //b")"#, "\"1<b k="),
        (r#"GetXML("<a/>", "//b[")"#, "refused"),
        (r#"ParseSimplifiedXML("<a><b/><b>1</b><c/>t</a>")"#, r#"{"a":{"b":["1"]}}"#),
        (
            r#"ConvertTextToElementsXML("<a>x<!--c-->y<b>1</b></a>", "/a", "t")"#,
            "<a><t>x</t><!--c--><t>y</t><b>1</b></a>",
        ),
        (r#"ConvertAttributesToElementsXML("<a b='1' c='2'/>", "/a/@c")"#, "<c>2</c></a>"),
        (r#"ParseSimplifiedXML("<a><b>1</b><c><d>2</d></c></a>")"#, r#"{"a":{"b":"1","c":{"d":"2"}}}"#),
        (r#"URL("mailto:a@b")["url.scheme"]"#, "\"mailto\""),
        (r#"URL(":x")"#, "no URL"),
        (
            r#"UserAgent("Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1")["user_agent.name"]"#,
            "Mobile Safari",
        ),
    ]);
}

#[test]
fn times() {
    check(&[
        (r#"Duration("1h-1m")"#, "no duration"),
        (r#"Nanoseconds(Duration("-1.5us"))"#, "-1500"),
        (r#"String(Duration("1s"))"#, "1000000000"),
        (r#"UnixSeconds(Time("2024", "%Q"))"#, "refused"),
        (r#"UnixSeconds(Time("2024", "%Y", "Mars/Base"))"#, "refused"),
        (r#"UnixSeconds(Time("2024", "%Y", "UTC", "fr"))"#, "refused"),
        (r#"UnixSeconds(Time("2024", attributes["s"]))"#, "does not fit"),
        (r#"UnixSeconds(Time("", "%Y"))"#, "cannot be empty"),
        (r#"UnixSeconds(Time("2024-01-02 PST", "%Y-%m-%d %Z"))"#, "zone is not known"),
        (r#"Hour(Time("2023-04-05 06:07:08", "%F %T", "Asia/Tokyo"))"#, "6"),
        (r#"FormatTime(Time("2023-04-05T06:07:08+02:00", "%FT%T%j"), "%z")"#, "+0200"),
        ("UnixNano(Unix(-1, 999999999))", "-1"),
        ("UnixMicro(Unix(9223372036854775807))", "9223372036854775807"),
        ("Seconds(Unix(10) - Unix(4))", "6.0"),
        ("Unix(10) * 2", "error: expected"),
        (r#"Year(attributes["i"])"#, "error: expected time but got int64"),
    ]);
}
