//! Bytes for tests in which no compressor finds a pattern.

/// Numbers, always the same (xorshift).
pub(super) fn numbers() -> impl FnMut() -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    }
}

/// So many bytes.
pub(super) fn noise(count: usize) -> Vec<u8> {
    std::iter::repeat_with(numbers()).map(|number| number.to_le_bytes()[0]).take(count).collect()
}
