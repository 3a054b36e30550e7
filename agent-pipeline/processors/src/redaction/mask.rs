//! What stands in the place of a masked text: stars, or its hash in lower-case hexadecimal.

use std::fmt::Write;

use md5::Md5;
use sha1::{Digest, Sha1};
use sha3::Sha3_256;

/// See the file's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mask {
    Stars,
    Md5,
    Sha1,
    Sha3,
}

impl Mask {
    /// The mask of a `hash_function`, in any case; `None` when there is none of that name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match &*name.to_ascii_lowercase() {
            "" => Some(Self::Stars),
            "md5" => Some(Self::Md5),
            "sha1" => Some(Self::Sha1),
            "sha3" => Some(Self::Sha3),
            _ => None,
        }
    }

    /// What to write instead of `text`.
    pub(super) fn of(self, text: &str) -> String {
        match self {
            Self::Stars => "****".to_owned(),
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha1 => hex(&Sha1::digest(text)),
            Self::Sha3 => hex(&Sha3_256::digest(text)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}
