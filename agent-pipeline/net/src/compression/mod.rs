//! The codecs of OTLP requests and responses: whole buffers in, whole buffers out, bounded on both sides.
//!
//! Not a streaming layer: telemetry requests are a few kilobytes to a few megabytes and always needed whole, and
//! whole-buffer coders are several times quicker than streaming ones. Two decisions are not obvious:
//!
//! * The default level is the fastest one. Level 1 of libdeflate writes about a tenth more bytes than level 6 on
//!   telemetry, for a fraction of the CPU time; who wants the bytes sets `compression_params.level`.
//! * Coder state and scratch space live once a thread and are reused while they are used, so that a call allocates its
//!   result and nothing else.

mod bounded;
mod deflate_length;
mod gzip;
mod kept;
mod lz4;
mod lz4_length;
mod scratch;
mod snappy;
mod zlib;
mod zstd;
mod zstd_length;

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

use bytes::Bytes;

pub use scratch::Scratch;

/// How a body is compressed, by the names of the Collector's `compression` keys (v0.145.0).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Not at all: `none` or the empty name.
    #[default]
    None,
    /// RFC 1952. Several members one after the other are read as one.
    Gzip,
    /// RFC 8878. Several frames one after the other are read as one.
    Zstd,
    /// RFC 1950.
    Zlib,
    /// The HTTP name `deflate`, which is the zlib format as well (RFC 9110, 8.4.1.2), not a bare deflate stream.
    Deflate,
    /// Written as one raw block. Read as either: older senders put the framed format under this name.
    Snappy,
    /// The framed format: `x-snappy-framed` in HTTP, and what gRPC means by `snappy`.
    SnappyFramed,
    /// The LZ4 frame format.
    Lz4,
}

/// A compressed body cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecompressError {
    /// It is larger than allowed once decompressed; at most `limit` bytes were ever held.
    #[error("larger than {limit} bytes when decompressed")]
    TooLarge {
        /// The most bytes allowed.
        limit: usize,
    },
    /// It is not what its name says: damaged, cut short, or followed by something else.
    #[error("invalid {codec} data: {reason}")]
    Corrupt {
        /// The name of the codec.
        codec: &'static str,
        /// What the decoder found.
        reason: String,
    },
}

/// A body cannot be compressed. Happens only where a coder's own limits are passed (lz4: 2 GiB).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot compress with {codec}: {reason}")]
pub struct CompressError {
    /// The name of the codec.
    pub codec: &'static str,
    /// What the coder found.
    pub reason: String,
}

impl Codec {
    /// Every codec with a name of its own, a to z.
    pub const ALL: [Self; 7] =
        [Self::Deflate, Self::Gzip, Self::Lz4, Self::Snappy, Self::SnappyFramed, Self::Zlib, Self::Zstd];

    /// The codec of a name as it stands in configurations and `Content-Encoding`; names are exact, lower case.
    ///
    /// `identity` is no name the Collector knows and gives `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.is_empty() || name == "none" {
            return Some(Self::None);
        }
        Self::ALL.into_iter().find(|codec| codec.name() == name)
    }

    /// The codec of a gRPC `grpc-encoding`: `identity` or nothing, `gzip`, `snappy` (framed), `zstd`.
    pub fn from_grpc(name: &str) -> Option<Self> {
        match name {
            "" | "identity" => Some(Self::None),
            "gzip" => Some(Self::Gzip),
            "snappy" => Some(Self::SnappyFramed),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The name in configurations and in `Content-Encoding`; `none` for no compression.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
            Self::Snappy => "snappy",
            Self::SnappyFramed => "x-snappy-framed",
            Self::Lz4 => "lz4",
        }
    }

    /// The value of `grpc-encoding`, where gRPC has this codec.
    pub const fn grpc_name(self) -> Option<&'static str> {
        match self {
            Self::None => Some("identity"),
            Self::Gzip => Some("gzip"),
            Self::Snappy | Self::SnappyFramed => Some("snappy"),
            Self::Zstd => Some("zstd"),
            Self::Zlib | Self::Deflate | Self::Lz4 => None,
        }
    }

    /// Whether `compression_params.level` may have this value.
    ///
    /// gzip, zlib and deflate take -2 to 9 as Go's coders do, zstd 0 to 22, the others only 0 (nothing to choose).
    pub fn takes_level(self, level: i32) -> bool {
        match self {
            Self::Gzip | Self::Zlib | Self::Deflate => (-2..=9).contains(&level),
            Self::Zstd => (0..=22).contains(&level),
            Self::Snappy | Self::SnappyFramed | Self::Lz4 | Self::None => level == 0,
        }
    }

    fn corrupt(self, reason: impl std::fmt::Display) -> DecompressError {
        DecompressError::Corrupt { codec: self.name(), reason: reason.to_string() }
    }

    fn failed(self, reason: impl std::fmt::Display) -> CompressError {
        CompressError { codec: self.name(), reason: reason.to_string() }
    }
}

/// Decompresses a whole body to at most `limit` bytes.
///
/// A body that would become larger is refused without ever holding more than `limit` bytes. [`Codec::None`] gives
/// back the same bytes without a copy, within the same limit.
///
/// # Errors
/// The body is too large, damaged, cut short, or (gzip, zstd) followed by something that is no further member.
pub fn decompress(codec: Codec, input: Bytes, limit: usize) -> Result<Bytes, DecompressError> {
    match codec {
        Codec::None if input.len() > limit => Err(DecompressError::TooLarge { limit }),
        Codec::None => Ok(input),
        Codec::Gzip => gzip::decompress(&input, limit),
        Codec::Zlib | Codec::Deflate => zlib::decompress(&input, limit),
        Codec::Zstd => zstd::decompress(&input, limit),
        Codec::Snappy => snappy::decompress(&input, limit),
        Codec::SnappyFramed => snappy::decompress_framed(&input, limit),
        Codec::Lz4 => lz4::decompress(&input, limit),
    }
}

/// Whether a body that begins with `start` becomes larger than `limit` bytes, as far as `start` tells.
///
/// For bodies of which more is still to come: one that is refused now need not be held. Takes at most the time and the memory
/// of decompressing `start` piece by piece, and mostly those of [`glance`]. A damaged or doubtful beginning is not larger;
/// the whole body will tell.
pub fn exceeds(codec: Codec, start: &[u8], limit: usize) -> bool {
    // Every other codec tells at a glance.
    glance(codec, start, limit).unwrap_or_else(|| zstd::exceeds(start, limit))
}

/// The same from lengths that are in `start`; `None` where it has to be decompressed, which only Zstandard asks for.
///
/// Takes no memory, and little time: of what bombs are made of microseconds, of telemetry a fraction of what decompressing
/// takes.
pub fn glance(codec: Codec, start: &[u8], limit: usize) -> Option<bool> {
    Some(match codec {
        Codec::None => start.len() > limit,
        Codec::Gzip => deflate_length::gzip_exceeds(start, limit),
        Codec::Zlib | Codec::Deflate => deflate_length::zlib_exceeds(start, limit),
        Codec::Zstd => return zstd::glance(start, limit),
        Codec::Snappy => snappy::exceeds(start, limit),
        Codec::SnappyFramed => snappy::frames_exceed(start, limit),
        Codec::Lz4 => lz4_length::exceeds(start, limit),
    })
}

/// Compresses `input` whole and appends the result to `out`.
///
/// `level` is `compression_params.level`; absent, 0 and -1 mean the default, which is the fastest level. A level
/// that [`Codec::takes_level`] refuses is brought into the codec's range.
///
/// # Errors
/// See [`CompressError`]; `out` is as before then.
pub fn compress(
    codec: Codec,
    level: Option<i32>,
    input: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), CompressError> {
    match codec {
        Codec::None => {
            out.extend_from_slice(input);
            Ok(())
        }
        Codec::Gzip => gzip::compress(level, input, out),
        Codec::Zlib | Codec::Deflate => zlib::compress(level, input, out),
        Codec::Zstd => zstd::compress(level, input, out),
        Codec::Snappy => snappy::compress(input, out),
        Codec::SnappyFramed => snappy::compress_framed(input, out),
        Codec::Lz4 => lz4::compress(input, out),
    }
}
