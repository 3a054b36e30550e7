//! JSON for people: what fits into a line stays in one, all else is broken up.
//!
//! Works on the text, so that the order of members and the digits of numbers stay as they are.

/// How long a line may be.
const WIDTH: usize = 110;

/// The JSON text, which has no blanks outside of strings, laid out; ends without a newline.
pub(super) fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    value(json, 0, &mut out);
    out
}

/// Writes a value that stands behind `indent` blanks.
fn value(json: &str, indent: usize, out: &mut String) {
    let one_line = json.len() + indent <= WIDTH;
    let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
    let (Some(open), true) = (json.chars().next().filter(|c| matches!(c, '{' | '[')), !inner.is_empty())
    else {
        out.push_str(json);
        return;
    };
    let close = if open == '{' { '}' } else { ']' };
    out.push(open);
    for (index, member) in members(inner).enumerate() {
        if index > 0 {
            out.push(',');
        }
        if one_line {
            out.push_str(if index > 0 { " " } else { "" });
        } else {
            out.push('\n');
            out.push_str(&" ".repeat(indent + 2));
        }
        let (name, content) = if open == '{' { split_name(member) } else { ("", member) };
        if !name.is_empty() {
            out.push_str(name);
            out.push_str(": ");
        }
        value(content, if one_line { 0 } else { indent + 2 }, out);
    }
    if !one_line {
        out.push('\n');
        out.push_str(&" ".repeat(indent));
    }
    out.push(close);
}

/// The parts of a list or object between its commas.
fn members(inner: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(inner);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = outside_of_strings(text).scan(0_usize, |depth, (at, c)| {
            match c {
                '{' | '[' => *depth += 1,
                '}' | ']' => *depth = depth.saturating_sub(1),
                _ => {}
            }
            Some((*depth, at, c))
        });
        let comma = end.into_iter().find(|(depth, _, c)| *depth == 0 && *c == ',').map(|(_, at, _)| at);
        rest = comma.and_then(|at| text.get(at + 1..));
        comma.map_or(Some(text), |at| text.get(..at))
    })
}

/// The name of a member, quotes included, and its value.
fn split_name(member: &str) -> (&str, &str) {
    let colon = outside_of_strings(member).find(|(_, c)| *c == ':');
    colon.and_then(|(at, _)| Some((member.get(..at)?, member.get(at + 1..)?))).unwrap_or(("", member))
}

/// The characters that are in no string, with their places.
fn outside_of_strings(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut inside, mut escaped) = (false, false);
    text.char_indices().filter(move |(_, c)| {
        let was_inside = inside;
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ => {}
        }
        !was_inside && !inside
    })
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn what_fits_stays_in_one_line() {
        assert_eq!(pretty(r#"{"a":[1,{"b":"x,y:{"}],"c":{}}"#), r#"{"a": [1, {"b": "x,y:{"}], "c": {}}"#);
    }

    #[test]
    fn what_does_not_fit_is_broken_and_means_the_same() {
        let long = "\\\"[ä".repeat(30);
        let json = format!(r#"{{"a":["{long}",{{"b":{{"c":"1"}}}},[]],"d":1.50}}"#);
        let out = pretty(&json);
        assert!(out.contains("\n    {\"b\": {\"c\": \"1\"}},\n    []\n  ],\n  \"d\": 1.50\n}"), "{out}");
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(&out), parse(&json));
    }
}
