//! A template as text and actions, actions as tokens, white space trimmed as `{{-` and `-}}` ask.

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Action(Vec<Token>),
}

/// A token of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword or the name of a function.
    Word(String),
    /// `.a.b` (no variable), `$.a`, `$x.a` (`x`; the root's name is empty).
    Path {
        variable: Option<String>,
        fields: Vec<String>,
    },
    Text(String),
    Number(i64),
    Open,
    Close,
    Pipe,
    Comma,
    Declare,
    Assign,
}

pub(super) fn pieces(template: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut rest, mut trim) = (Vec::new(), template, false);
    while let Some((before, after)) = rest.split_once("{{") {
        let left = after.strip_prefix('-').filter(|after| after.starts_with(char::is_whitespace));
        let mut text = if trim { before.trim_start() } else { before };
        text = if left.is_some() { text.trim_end() } else { text };
        pieces.push(Piece::Text(text.to_owned()));
        let inside = left.unwrap_or(after).trim_start();
        let action;
        (action, rest) = if let Some(comment) = inside.strip_prefix("/*") {
            let (_, after) = comment.split_once("*/").ok_or("a comment does not end")?;
            let (between, rest) = after.split_once("}}").ok_or("a comment's action does not end")?;
            (between, rest)
        } else {
            split_action(inside)?
        };
        trim = action.ends_with('-');
        let action = action.strip_suffix('-').unwrap_or(action).trim();
        if !action.is_empty() {
            pieces.push(Piece::Action(tokens(action)?));
        }
    }
    pieces.push(Piece::Text(if trim { rest.trim_start() } else { rest }.to_owned()));
    Ok(pieces)
}

/// Splits behind the `}}` that is in no string.
fn split_action(text: &str) -> Result<(&str, &str), String> {
    let (mut quote, mut escaped) = (None, false);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), letter) if open == letter => quote = None,
            (None, '"' | '`') => quote = Some(letter),
            (None, '}') if text[at..].starts_with("}}") => return Ok((&text[..at], &text[at + 2..])),
            _ => {}
        }
    }
    Err(format!("an action does not end: {text:.40}"))
}

fn tokens(action: &str) -> Result<Vec<Token>, String> {
    let (mut tokens, mut rest) = (Vec::new(), action.trim_start());
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '|' => (Token::Pipe, 1),
            ',' => (Token::Comma, 1),
            ':' if rest.starts_with(":=") => (Token::Declare, 2),
            '=' => (Token::Assign, 1),
            '"' => quoted(rest)?,
            '0'..='9' | '-' => number(rest)?,
            '.' | '$' => path(rest),
            letter if is_of_name(letter) => {
                let word: String = rest.chars().take_while(|letter| is_of_name(*letter)).collect();
                (Token::Word(word.clone()), word.len())
            }
            _ => return Err(format!("not understood in an action: {rest}")),
        };
        let after = &rest[length..];
        let ends = after.chars().next().is_none_or(|next| next.is_whitespace() || ",()|".contains(next));
        if !ends && !matches!(token, Token::Open | Token::Pipe | Token::Comma) {
            return Err(format!("no space behind {token:?}"));
        }
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn quoted(text: &str) -> Result<(Token, usize), String> {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                // What JSON and Go have in common is all that is used.
                let value = serde_json::from_str(&text[..=at]).map_err(|error| format!("{text}: {error}"))?;
                return Ok((Token::Text(value), at + 1));
            }
            _ => {}
        }
    }
    Err(format!("a string does not end: {text}"))
}

fn number(text: &str) -> Result<(Token, usize), String> {
    let end = text.find(|letter: char| letter != '-' && !letter.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..end].parse().map_err(|error| format!("{text}: {error}"))?;
    Ok((Token::Number(number), end))
}

fn path(text: &str) -> (Token, usize) {
    let end = text.find(|letter| !is_of_name(letter) && !".$".contains(letter)).unwrap_or(text.len());
    let (first, fields) = text[..end].split_once('.').unwrap_or((&text[..end], ""));
    let fields = fields.split('.').filter(|field| !field.is_empty()).map(str::to_owned).collect();
    (Token::Path { variable: first.strip_prefix('$').map(str::to_owned), fields }, end)
}
