//! From a body to the message's bytes: decompression and the gRPC frame.
//!
//! Bounded: a test backend that a bomb could fill would hide the bug that made the bomb.

use std::io::Read as _;

use bytes::{Buf as _, Bytes};

/// Bodies and messages above this are refused.
pub(super) const LIMIT: usize = 64 << 20;

/// Decompresses `body` as `encoding` says.
pub(super) fn decompress(encoding: &str, body: Bytes) -> Result<Bytes, String> {
    let reader: Box<dyn std::io::Read + '_> = match encoding {
        "identity" => return Ok(body),
        "gzip" => Box::new(flate2::read::MultiGzDecoder::new(body.as_ref())),
        "deflate" | "zlib" => Box::new(flate2::read::ZlibDecoder::new(body.as_ref())),
        "zstd" => {
            Box::new(zstd::stream::read::Decoder::new(body.as_ref()).map_err(|error| error.to_string())?)
        }
        other => return Err(format!("unsupported compression {other}")),
    };
    let mut out = Vec::new();
    reader.take(LIMIT as u64 + 1).read_to_end(&mut out).map_err(|error| error.to_string())?;
    if out.len() > LIMIT {
        return Err(format!("message larger than {LIMIT} bytes"));
    }
    Ok(out.into())
}

/// Takes the one message out of a gRPC body; true if it is compressed.
pub(super) fn unframe(mut body: Bytes) -> Result<(bool, Bytes), String> {
    if body.len() < 5 {
        return Err("a gRPC message needs five bytes of frame".to_owned());
    }
    let compressed = match body.get_u8() {
        0 => false,
        1 => true,
        flag => return Err(format!("bad gRPC compression flag {flag}")),
    };
    let length = body.get_u32() as usize;
    if body.len() != length {
        return Err(format!("gRPC frame of {length} bytes in a body with {} left", body.len()));
    }
    Ok((compressed, body))
}
