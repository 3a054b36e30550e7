//! Globs: `*` any text, `?` one character, `[a-z]` and `[!a-z]` one of a class, `{a,b}` one of some, `\` before a sign.

use regex::Regex;

/// A pattern for whole texts. Runs in linear time, as a regular expression.
#[derive(Debug)]
pub(crate) struct Glob(Regex);

impl Glob {
    /// Compiles a glob.
    ///
    /// # Errors
    /// A class or group is not closed, or the pattern is too large.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let mut out = String::from(r"(?s)\A");
        let mut input = text.chars().peekable();
        let mut groups = 0_usize;
        while let Some(character) = input.next() {
            match character {
                '*' => out.push_str(".*"),
                '?' => out.push('.'),
                '[' => class(&mut input, &mut out)?,
                '{' => {
                    groups += 1;
                    out.push_str("(?:");
                }
                '}' if groups > 0 => {
                    groups -= 1;
                    out.push(')');
                }
                ',' if groups > 0 => out.push('|'),
                '\\' => literal(input.next().ok_or("it ends in a backslash")?, &mut out),
                other => literal(other, &mut out),
            }
        }
        if groups > 0 {
            return Err("`{` is not closed".to_owned());
        }
        out.push_str(r"\z");
        let built = regex::RegexBuilder::new(&out).size_limit(1 << 20).build();
        built.map(Self).map_err(|_| "it is too large or a class in it is empty".to_owned())
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

fn literal(character: char, out: &mut String) {
    out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
}

fn class(input: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.push('[');
    if input.next_if(|c| matches!(c, '!' | '^')).is_some() {
        out.push('^');
    }
    for character in input.by_ref() {
        match character {
            ']' => {
                out.push(']');
                return Ok(());
            }
            '-' => out.push('-'),
            other => {
                if !other.is_alphanumeric() {
                    out.push('\\');
                }
                out.push(other);
            }
        }
    }
    Err("`[` is not closed".to_owned())
}
