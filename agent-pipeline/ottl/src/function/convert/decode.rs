//! Bytes and identifiers: decoding, hexadecimal, ids.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param, failed};
use crate::text::{hex, unhex};
use crate::value::Value;

converter!(
    BASE64_DECODE,
    "Base64Decode",
    [Param::of("target", Kind::Text)],
    |args| {
        let content = args.text(0)?;
        text_of("Base64Decode", decode("Base64Decode", content.as_bytes(), "base64")?)
    },
    [r#"set(attributes["k"], Base64Decode("aGk="))"#, "{}", r#"{"k":"hi"}"#],
);
converter!(
    DECODE, "Decode", [Param::of("target", Kind::BytesLike), Param::of("encoding", Kind::LiteralText)], run_decode,
    [r#"set(attributes["k"], Decode("aGk", "base64-raw"))"#, "{}", r#"{"k":"hi"}"#],
    prepare: Some(known_encoding),
);
converter!(
    HEX,
    "Hex",
    [Param::of("target", Kind::BytesLike)],
    |args| match args.value(0) {
        Value::Bytes(bytes) => Ok(Value::string(hex(&bytes))),
        _ => Ok(Value::string("")),
    },
    [r#"set(attributes["k"], Hex("hi"))"#, "{}", r#"{"k":"6869"}"#],
);
converter!(
    PROFILE_ID,
    "ProfileID",
    [Param::of("target", Kind::Any)],
    |args| { id("ProfileID", args.value(0)).map(Value::TraceId) },
    [
        r#"set(attributes["k"], String(ProfileID(0x000102030405060708090a0b0c0d0e0f)))"#,
        "{}",
        r#"{"k":"000102030405060708090a0b0c0d0e0f"}"#
    ],
);
converter!(
    SPAN_ID,
    "SpanID",
    [Param::of("target", Kind::Any)],
    |args| id("SpanID", args.value(0)).map(Value::SpanId),
    [r#"set(attributes["k"], String(SpanID("0001020304050607")))"#, "{}", r#"{"k":"0001020304050607"}"#],
);
converter!(
    TRACE_ID,
    "TraceID",
    [Param::of("target", Kind::Any)],
    |args| id("TraceID", args.value(0)).map(Value::TraceId),
    [
        r#"set(attributes["k"], String(TraceID(0x000102030405060708090a0b0c0d0e0f)))"#,
        "{}",
        r#"{"k":"000102030405060708090a0b0c0d0e0f"}"#
    ],
);
converter!(
    UUID,
    "UUID",
    [],
    |_| Ok(Value::string(uuid(fastrand::u128(..), 4))),
    [r#"set(attributes["k"], Len(UUID()))"#, "{}", r#"{"k":36}"#],
);
converter!(
    UUID_V7,
    "UUIDv7",
    [],
    |_| {
        let millis = u128::from(jiff::Timestamp::now().as_millisecond().unsigned_abs());
        Ok(Value::string(uuid(millis << 80 | fastrand::u128(..) >> 48, 7)))
    },
    [r#"set(attributes["k"], Substring(UUIDv7(), 14, 1))"#, "{}", r#"{"k":"7"}"#],
);

/// The text form with version and variant put in.
fn uuid(bits: u128, version: u128) -> String {
    let bits = bits & !(0xF << 76) & !(0x3 << 62) | version << 76 | 0x2 << 62;
    let digits = format!("{bits:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// Bytes of the id's length, or twice as many hexadecimal digits.
fn id<const N: usize>(function: &'static str, value: Value<'_>) -> Eval<[u8; N]> {
    let bytes = match value {
        Value::Bytes(bytes) if bytes.len() == N => Some(bytes.into_owned()),
        Value::Bytes(bytes) => std::str::from_utf8(&bytes).ok().and_then(unhex),
        Value::String(text) => unhex(&text),
        other => return Err(other.not("bytes or hexadecimal text")),
    };
    match bytes.and_then(|bytes| bytes.try_into().ok()) {
        Some(id) => Ok(id),
        None => failed(function, format!("an id is {N} bytes or {} hexadecimal digits", 2 * N)),
    }
}

const ENCODINGS: [&str; 12] = [
    "base64",
    "base64-raw",
    "base64-url",
    "base64-raw-url",
    "utf-8",
    "utf8",
    "utf-16le",
    "utf-16be",
    "utf-16",
    "us-ascii",
    "ascii",
    "iso-8859-1",
];

fn known_encoding(literals: &Literals<'_>) -> Result<Prepared, String> {
    let name = literals.text(1).unwrap_or_default().to_ascii_lowercase();
    if ENCODINGS.contains(&name.as_str()) {
        return Ok(Prepared::Nothing);
    }
    Err(format!("unsupported encoding {name:?}; known are {}", ENCODINGS.join(", ")))
}

fn run_decode<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let encoding = args.text(1)?.to_ascii_lowercase();
    match args.value(0) {
        Value::Bytes(content) => text_of("Decode", decode("Decode", &content, &encoding)?),
        other => Err(other.not("bytes or text")),
    }
}

fn text_of<'v>(function: &'static str, bytes: Vec<u8>) -> Eval<Value<'v>> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Value::string(text)),
        Err(_) => failed(function, "the decoded bytes are not valid UTF-8"),
    }
}

fn decode(function: &'static str, content: &[u8], encoding: &str) -> Eval<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let padded = config.with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    let raw = config.with_decode_padding_mode(DecodePaddingMode::RequireNone);
    let engine = match encoding {
        "base64" => GeneralPurpose::new(&STANDARD, padded),
        "base64-raw" => GeneralPurpose::new(&STANDARD, raw),
        "base64-url" => GeneralPurpose::new(&URL_SAFE, padded),
        "base64-raw-url" => GeneralPurpose::new(&URL_SAFE, raw),
        charset => return Ok(charset_text(content, charset).into_bytes()),
    };
    // Line breaks are skipped, as in Go.
    let content: Vec<u8> = content.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    match engine.decode(content) {
        Ok(bytes) => Ok(bytes),
        Err(_) => failed(function, "the text is not valid base64"),
    }
}

fn charset_text(content: &[u8], charset: &str) -> String {
    let wide = |big: bool, content: &[u8]| {
        let units = content.chunks_exact(2).map(|pair| {
            let pair: [u8; 2] = pair.try_into().unwrap_or_default();
            if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        });
        char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{FFFD}')).collect()
    };
    match charset {
        "utf-16be" => wide(true, content),
        "utf-16le" => wide(false, content),
        "utf-16" => match content {
            [0xFF, 0xFE, rest @ ..] => wide(false, rest),
            [0xFE, 0xFF, rest @ ..] | rest => wide(true, rest),
        },
        "iso-8859-1" => content.iter().copied().map(char::from).collect(),
        "us-ascii" | "ascii" => {
            content.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{FFFD}' }).collect()
        }
        _ => String::from_utf8_lossy(content).into_owned(),
    }
}
