//! Texts that are shown to whoever asks: without registered secrets, and bounded.

/// Bytes of a reason that are kept.
const MAX_REASON: usize = 4096;

/// A reason that may be shown.
pub(crate) fn published_reason(reason: &str) -> String {
    published(reason, MAX_REASON)
}

/// `text` with registered secrets masked, then cut at `most` bytes, which an ellipsis says.
pub(crate) fn published(text: &str, most: usize) -> String {
    const CUT: char = '…';
    let mut clean = agent_telemetry::redact(text).into_owned();
    if clean.len() > most {
        clean.truncate(clean.floor_char_boundary(most.saturating_sub(CUT.len_utf8())));
        clean.push(CUT);
    }
    clean
}
