//! String literals: Go's rules for double quotes, and raw line breaks are allowed.

/// Takes the literal at the start of `text`, which begins with a quote: its content and its length.
///
/// # Errors
/// Offset and reason.
pub(super) fn unquote(text: &str) -> Result<(String, usize), (usize, &'static str)> {
    let mut out = Vec::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, character)) = chars.next() {
        match character {
            '"' => {
                let content = String::from_utf8(out).map_err(|_| (0, "the string is not valid UTF-8"))?;
                return Ok((content, at + 1));
            }
            '\\' => {
                let rest = text.get(at + 1..).unwrap_or_default();
                let taken = escape(rest, &mut out).ok_or((at, "unknown escape in string"))?;
                for _ in 0..taken {
                    chars.next();
                }
            }
            _ => {
                let mut buffer = [0; 4];
                out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
    Err((0, "the string is not closed"))
}

/// Appends what the escape stands for and returns how many characters it has, the backslash excluded.
fn escape(rest: &str, out: &mut Vec<u8>) -> Option<usize> {
    let letter = rest.chars().next()?;
    let simple = match letter {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0C,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0B,
        '\\' => b'\\',
        '"' => b'"',
        'x' => return byte(rest.get(1..3)?, 16, 3, out),
        '0'..='7' => return byte(rest.get(..3)?, 8, 3, out),
        'u' => return code_point(rest.get(1..5)?, out),
        'U' => return code_point(rest.get(1..9)?, out),
        _ => return None,
    };
    out.push(simple);
    Some(1)
}

fn byte(digits: &str, radix: u32, taken: usize, out: &mut Vec<u8>) -> Option<usize> {
    if digits.starts_with('+') {
        return None;
    }
    out.push(u8::from_str_radix(digits, radix).ok()?);
    Some(taken)
}

fn code_point(digits: &str, out: &mut Vec<u8>) -> Option<usize> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    let mut buffer = [0; 4];
    out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
    Some(1 + digits.len())
}
