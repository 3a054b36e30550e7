//! `grpc-message`: UTF-8 in which everything but printable ASCII, and `%`, is written as `%XX`.

/// Encodes a message for the header.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if matches!(byte, b' '..=b'~') && byte != b'%' {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend([byte >> 4, byte & 15].into_iter().filter_map(|digit| {
                char::from_digit(u32::from(digit), 16).map(|digit| digit.to_ascii_uppercase())
            }));
        }
    }
    out
}

/// Decodes a message from the header. What is no escape stays as it is, and broken UTF-8 is replaced: the text is
/// for people, and any of it is better than none.
pub(super) fn decode(header: &[u8]) -> String {
    let mut out = Vec::with_capacity(header.len());
    let mut rest = header;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (b'%', [high, low, after @ ..]) = (*first, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            rest = after;
        } else {
            out.push(*first);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
