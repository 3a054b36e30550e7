//! UTF-8 checks tuned for what telemetry holds: short strings, nearly always ASCII.
//!
//! The standard library's validator costs more to enter than a 20-byte string takes here.

const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Whether every byte is below 0x80; eight bytes at a time.
#[inline]
pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
    if let Some(end) = bytes.last_chunk::<8>() {
        let (words, _) = bytes.as_chunks::<8>();
        let mut seen = u64::from_le_bytes(*end);
        for word in words {
            seen |= u64::from_le_bytes(*word);
        }
        return seen & HIGH_BITS == 0;
    }
    if let (Some(front), Some(end)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return (u32::from_le_bytes(*front) | u32::from_le_bytes(*end)) & 0x8080_8080 == 0;
    }
    bytes.iter().fold(0, |seen, byte| seen | byte) < 0x80
}

/// Whether the bytes are UTF-8.
#[inline]
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    is_ascii(bytes) || std::str::from_utf8(bytes).is_ok()
}
