//! A scalar of a document as the wire holds it.
//!
//! 64-bit integers come as numbers or strings and never pass through a double.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::schema::Kind;
use crate::wire::{self, int};

/// The content of a field, without its key.
pub(super) enum Scalar<'t> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(Cow<'t, [u8]>),
}

impl Scalar<'_> {
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Varint(value) | Self::Fixed64(value) => *value == 0,
            Self::Fixed32(value) => *value == 0,
            Self::Bytes(bytes) => bytes.is_empty(),
        }
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Varint(value) => wire::put_varint(out, *value),
            Self::Fixed64(value) => out.extend_from_slice(&value.to_le_bytes()),
            Self::Fixed32(value) => out.extend_from_slice(&value.to_le_bytes()),
            Self::Bytes(bytes) => {
                wire::put_varint(out, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
        }
    }
}

/// A scalar, or the rule it breaks, as the end of a sentence that begins with the field's name.
type Outcome<'t> = Result<Scalar<'t>, &'static str>;

/// The rule a value of a wrong kind breaks.
const fn shape(kind: Kind) -> &'static str {
    match kind {
        Kind::Str => "must be a string",
        Kind::Bytes => "must be a base64 string",
        Kind::TraceId => "must be 32 hex digits",
        Kind::SpanId => "must be 16 hex digits",
        Kind::Bool => "must be true or false",
        Kind::Double => "must be a number",
        Kind::Enum(_) => "must be a number or a name of its enum",
        Kind::Message(_) => "must be an object",
        _ => "must be an integer",
    }
}

pub(super) fn from_bool(kind: Kind, value: bool) -> Outcome<'static> {
    match kind {
        Kind::Bool => Ok(Scalar::Varint(u64::from(value))),
        _ => Err(shape(kind)),
    }
}

pub(super) fn from_integer(kind: Kind, value: i128) -> Outcome<'static> {
    const RANGE: &str = "is out of range";
    let int32 = || i32::try_from(value).map_err(|_| RANGE);
    let uint32 = || u32::try_from(value).map_err(|_| RANGE);
    let int64 = || i64::try_from(value).map(i64::cast_unsigned).map_err(|_| RANGE);
    let uint64 = || u64::try_from(value).map_err(|_| RANGE);
    Ok(match kind {
        Kind::Int32 | Kind::Enum(_) => Scalar::Varint(int::from_int32(int32()?)),
        Kind::SInt32 => Scalar::Varint(int::from_sint32(int32()?)),
        Kind::UInt32 => Scalar::Varint(u64::from(uint32()?)),
        Kind::Fixed32 => Scalar::Fixed32(uint32()?),
        Kind::Int64 => Scalar::Varint(int64()?),
        Kind::UInt64 => Scalar::Varint(uint64()?),
        Kind::SFixed64 => Scalar::Fixed64(int64()?),
        Kind::Fixed64 => Scalar::Fixed64(uint64()?),
        #[expect(
            clippy::cast_precision_loss,
            reason = "an integer in a double field means the nearest double"
        )]
        Kind::Double => Scalar::Fixed64((value as f64).to_bits()),
        _ => return Err(shape(kind)),
    })
}

pub(super) fn from_double(kind: Kind, value: f64) -> Outcome<'static> {
    match kind {
        Kind::Double => Ok(Scalar::Fixed64(value.to_bits())),
        _ => Err(shape(kind)),
    }
}

pub(super) fn from_text(kind: Kind, text: &str) -> Outcome<'_> {
    match kind {
        Kind::Str => Ok(Scalar::Bytes(Cow::Borrowed(text.as_bytes()))),
        Kind::Bytes => base64(text).map(|bytes| Scalar::Bytes(Cow::Owned(bytes))).ok_or(shape(kind)),
        Kind::TraceId => hex(text, 16).map(|bytes| Scalar::Bytes(Cow::Owned(bytes))).ok_or(shape(kind)),
        Kind::SpanId => hex(text, 8).map(|bytes| Scalar::Bytes(Cow::Owned(bytes))).ok_or(shape(kind)),
        Kind::Double => double(text).map(|value| Scalar::Fixed64(value.to_bits())).ok_or(shape(kind)),
        Kind::Enum(names) => names
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, number)| Scalar::Varint(int::from_int32(*number)))
            .ok_or(shape(kind)),
        Kind::Bool | Kind::Message(_) => Err(shape(kind)),
        _ => from_integer(kind, text.parse().map_err(|_| shape(kind))?),
    }
}

fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // What else the standard parser takes for a double (inf, nan) is no number in JSON.
        _ => text.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// Hex digits of either case: none, or exactly `len` bytes.
fn hex(text: &str, len: usize) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.is_empty() && digits.len() != len * 2 {
        return None;
    }
    let digit = |byte: u8| (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.as_chunks::<2>().0.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// Standard or URL-safe, with or without padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
    let engine = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    engine.decode(text).ok()
}
