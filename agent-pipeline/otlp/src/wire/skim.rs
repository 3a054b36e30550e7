//! Where one field ends and the next begins, and nothing else: for walks that look into few of the fields they pass.

use super::{FIXED32, FIXED64, Fields, LEN, VARINT};

/// The number of the field that begins at `at`, and where it ends; `None` at the end of the message.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call and a result in memory take as long as the work")]
pub(crate) fn skim(message: &[u8], at: usize) -> Option<(u32, usize)> {
    let key = *message.get(at)?;
    if key >= 0x80 {
        return skim_slowly(message, at);
    }
    let end = match key & 7 {
        LEN => match *message.get(at + 1)? {
            len @ ..=0x7F => at + 2 + usize::from(len),
            _ => return skim_slowly(message, at),
        },
        VARINT => match *message.get(at + 1)? {
            ..=0x7F => at + 2,
            _ => at + 3 + message.get(at + 2..)?.iter().position(|byte| *byte < 0x80)?,
        },
        FIXED64 => at + 9,
        FIXED32 => at + 5,
        _ => return skim_slowly(message, at),
    };
    (end <= message.len()).then_some((u32::from(key >> 3), end))
}

/// What is in a length-delimited field that is given with its key and length.
#[inline]
pub(crate) fn content(raw: &[u8]) -> &[u8] {
    if let [key @ ..=0x7F, ..=0x7F, content @ ..] = raw
        && key & 7 == LEN
    {
        return content;
    }
    Fields::new(raw).next().map_or(&[], |field| field.value.bytes())
}

#[cold]
fn skim_slowly(message: &[u8], at: usize) -> Option<(u32, usize)> {
    let field = Fields::new(message.get(at..)?).next()?;
    Some((field.number, at + field.raw.len()))
}
