//! Hashes of texts.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use twox_hash::{XxHash3_64, XxHash3_128};

use super::murmur;
use crate::error::Eval;
use crate::function::args::Args;
use crate::function::{Kind, Param};
use crate::text::hex;
use crate::value::Value;

const TEXT: Param = Param::of("target", Kind::Text);

converter!(
    FNV,
    "FNV",
    [TEXT],
    |args| Ok(Value::Int(fnv1a(args.text(0)?.as_bytes()).cast_signed())),
    [r#"set(attributes["k"], FNV("a"))"#, "{}", r#"{"k":-5808556873153909620}"#],
);
converter!(
    MD5,
    "MD5",
    [TEXT],
    digest::<Md5>,
    [r#"set(attributes["k"], MD5(""))"#, "{}", r#"{"k":"d41d8cd98f00b204e9800998ecf8427e"}"#],
);
converter!(
    MURMUR3_HASH,
    "Murmur3Hash",
    [TEXT],
    |args| { Ok(Value::string(hex(&murmur::hash32(args.text(0)?.as_bytes()).to_le_bytes()))) },
    [r#"set(attributes["k"], Murmur3Hash("Hello World"))"#, "{}", r#"{"k":"ce837619"}"#],
);
converter!(
    MURMUR3_HASH128,
    "Murmur3Hash128",
    [TEXT],
    |args| {
        let (low, high) = murmur::hash128(args.text(0)?.as_bytes());
        Ok(Value::string(hex(&low.to_le_bytes()) + &hex(&high.to_le_bytes())))
    },
    [
        r#"set(attributes["k"], Murmur3Hash128("Hello World"))"#,
        "{}",
        r#"{"k":"dbc2a0c1ab26631a27b4c09fcf1fe683"}"#
    ],
);
converter!(
    SHA1,
    "SHA1",
    [TEXT],
    digest::<Sha1>,
    [r#"set(attributes["k"], SHA1(""))"#, "{}", r#"{"k":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}"#],
);
converter!(
    SHA256,
    "SHA256",
    [TEXT],
    digest::<Sha256>,
    [r#"set(attributes["k"], Substring(SHA256(""), 0, 8))"#, "{}", r#"{"k":"e3b0c442"}"#],
);
converter!(
    SHA512,
    "SHA512",
    [TEXT],
    digest::<Sha512>,
    [r#"set(attributes["k"], Substring(SHA512(""), 0, 8))"#, "{}", r#"{"k":"cf83e135"}"#],
);
converter!(
    XXH128,
    "XXH128",
    [TEXT],
    |args| { Ok(Value::string(format!("{:032x}", XxHash3_128::oneshot(args.text(0)?.as_bytes())))) },
    [r#"set(attributes["k"], XXH128(""))"#, "{}", r#"{"k":"99aa06d3014798d86001c324468d497f"}"#],
);
converter!(
    XXH3,
    "XXH3",
    [TEXT],
    |args| Ok(Value::string(format!("{:016x}", XxHash3_64::oneshot(args.text(0)?.as_bytes())))),
    [r#"set(attributes["k"], XXH3(""))"#, "{}", r#"{"k":"2d06800538d394c2"}"#],
);

fn digest<'v, D: Digest>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    Ok(Value::string(hex(&D::digest(args.text(0)?.as_bytes()))))
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
