//! The parts of a URL, under their semantic conventions.

use std::borrow::Cow;

use agent_otlp::AnyValue;

use crate::error::Eval;
use crate::function::args::Args;
use crate::function::{Kind, Param, failed};
use crate::value::{Map, Value};

converter!(
    URL,
    "URL",
    [Param::of("target", Kind::Text)],
    url,
    [
        r#"set(attributes["k"], URL("http://h:81/a.html?x=1"))"#,
        "{}",
        r#"{"k":{"url.original":"http://h:81/a.html?x=1","url.scheme":"http","url.domain":"h","url.path":"/a.html","url.port":81,"url.query":"x=1","url.extension":"html"}}"#
    ],
);

/// A URL taken apart, still escaped.
struct Parts<'t> {
    scheme: &'t str,
    user_info: Option<&'t str>,
    host: &'t str,
    port: Option<&'t str>,
    path: &'t str,
    query: Option<&'t str>,
    fragment: Option<&'t str>,
}

fn url<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let text = args.text(0)?;
    match members(&text) {
        Some(members) => Ok(Value::Map(Map::owned(members))),
        None => failed("URL", "the text is no URL"),
    }
}

fn members(text: &str) -> Option<Vec<(Cow<'static, str>, AnyValue<'static>)>> {
    if text.is_empty() || text.contains(|c: char| c.is_ascii_control()) {
        return None;
    }
    let parts = parts(text)?;
    let path = unescape(parts.path)?;
    let mut out: Vec<(Cow<'static, str>, AnyValue<'static>)> = Vec::new();
    let mut put = |key: &'static str, value: String| out.push((Cow::Borrowed(key), AnyValue::from(value)));
    put("url.original", text.to_owned());
    put("url.scheme", parts.scheme.to_ascii_lowercase());
    put("url.domain", unescape(parts.host)?);
    put("url.path", path.clone());
    if let Some(port) = parts.port.filter(|port| !port.is_empty()) {
        out.push((Cow::Borrowed("url.port"), AnyValue::Int(i64::from(port.parse::<u16>().ok()?))));
    }
    let mut put = |key: &'static str, value: &str| {
        if !value.is_empty() {
            out.push((Cow::Borrowed(key), AnyValue::from(value.to_owned())));
        }
    };
    put("url.query", parts.query.unwrap_or_default());
    put("url.fragment", &unescape(parts.fragment.unwrap_or_default())?);
    put("url.extension", path.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default());
    if let Some(user_info) = parts.user_info {
        let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
        put("url.user_info", user_info);
        put("url.username", &unescape(user)?);
        put("url.password", &unescape(password)?);
    }
    Some(out)
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let (rest, fragment) =
        text.split_once('#').map_or((text, None), |(rest, fragment)| (rest, Some(fragment)));
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (scheme, rest) = scheme(rest)?;
    let Some(after) = rest.strip_prefix("//") else {
        return Some(Parts { scheme, user_info: None, host: "", port: None, path: rest, query, fragment });
    };
    let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
    let (user_info, host_port) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let (host, port) = if let Some(bracketed) = host_port.strip_prefix('[') {
        let (host, after) = bracketed.split_once(']')?;
        (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
    } else {
        host_port.rsplit_once(':').map_or((host_port, None), |(host, port)| (host, Some(port)))
    };
    let is_host =
        !host.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\' | '^' | '`'));
    let is_port = port.is_none_or(|port| port.bytes().all(|digit| digit.is_ascii_digit()));
    (is_host && is_port).then_some(Parts { scheme, user_info, host, port, path, query, fragment })
}

/// The scheme, if there is one, and what follows its colon.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let Some((scheme, rest)) = text.split_once(':') else { return Some(("", text)) };
    if scheme.is_empty() {
        return None;
    }
    let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if valid {
        return Some((scheme, rest));
    }
    // A colon in the first segment of a path without scheme is not allowed.
    if scheme.contains('/') { Some(("", text)) } else { None }
}

fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        out.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}
