//! What a user agent says it is: the common browsers, libraries and systems. Names and versions as the semantic
//! conventions ask; what is not known is `Other`.

use std::borrow::Cow;

use agent_otlp::AnyValue;

use crate::error::Eval;
use crate::function::args::Args;
use crate::function::{Kind, Param};
use crate::value::{Map, Value};

converter!(
    USER_AGENT,
    "UserAgent",
    [Param::of("user_agent", Kind::Text)],
    user_agent,
    [
        r#"set(attributes["k"], UserAgent("curl/7.88.1"))"#,
        "{}",
        r#"{"k":{"user_agent.name":"curl","user_agent.version":"7.88.1","user_agent.original":"curl/7.88.1","os.name":"Other"}}"#
    ],
);

/// Token in the text and name, in the order in which they count: browsers carry the tokens of those they imitate.
const AGENTS: [(&str, &str); 34] = [
    ("EdgiOS/", "Edge Mobile"),
    ("EdgA/", "Edge Mobile"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("HeadlessChrome/", "HeadlessChrome"),
    ("CriOS/", "Chrome Mobile iOS"),
    ("FxiOS/", "Firefox iOS"),
    ("Googlebot/", "Googlebot"),
    ("bingbot/", "bingbot"),
    ("Firefox/", "Firefox"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("MSIE ", "IE"),
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("python-requests/", "Python Requests"),
    ("Python-urllib/", "Python-urllib"),
    ("aiohttp/", "aiohttp"),
    ("Go-http-client/", "Go-http-client"),
    ("okhttp/", "okhttp"),
    ("Apache-HttpClient/", "Apache-HttpClient"),
    ("axios/", "axios"),
    ("node-fetch/", "node-fetch"),
    ("PostmanRuntime/", "PostmanRuntime"),
    ("kube-probe/", "kube-probe"),
    ("Prometheus/", "Prometheus"),
    ("Java/", "Java"),
    ("libwww-perl/", "libwww-perl"),
    ("Ruby/", "Ruby"),
    ("Version/", "Safari"),
];

/// Token in the text, name, and what ends the version behind it.
const SYSTEMS: [(&str, &str); 9] = [
    ("Windows NT ", "Windows"),
    ("Windows Phone ", "Windows Phone"),
    ("Android ", "Android"),
    ("iPhone OS ", "iOS"),
    ("CPU OS ", "iOS"),
    ("Mac OS X ", "Mac OS X"),
    ("CrOS ", "Chrome OS"),
    ("Ubuntu", "Ubuntu"),
    ("Linux", "Linux"),
];

fn user_agent<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let text = args.text(0)?;
    let (name, version) = agent(&text);
    let (system, system_version) = system(&text);
    let mut members = vec![
        (Cow::Borrowed("user_agent.name"), AnyValue::from(name)),
        (Cow::Borrowed("user_agent.version"), AnyValue::from(version)),
        (Cow::Borrowed("user_agent.original"), AnyValue::from(text.to_string())),
        (Cow::Borrowed("os.name"), AnyValue::from(system)),
    ];
    if !system_version.is_empty() {
        members.push((Cow::Borrowed("os.version"), AnyValue::from(system_version)));
    }
    Ok(Value::Map(Map::owned(members)))
}

fn agent(text: &str) -> (String, String) {
    let found = AGENTS.iter().find_map(|(token, name)| {
        let (_, after) = text.split_once(token)?;
        // Safari gives its version elsewhere, and others imitate that too.
        let is_safari = *name != "Safari" || text.contains("Safari/");
        is_safari.then(|| ((*name).to_owned(), version(after, '.')))
    });
    if let Some((name, version)) = found {
        let mobile = name == "Safari" && text.contains("Mobile/");
        return (if mobile { "Mobile Safari".to_owned() } else { name }, version);
    }
    if text.contains("Trident/") {
        let version = text.split_once("rv:").map(|(_, after)| version(after, '.')).unwrap_or_default();
        return ("IE".to_owned(), version);
    }
    ("Other".to_owned(), String::new())
}

fn system(text: &str) -> (String, String) {
    let found =
        SYSTEMS.iter().find_map(|(token, name)| text.split_once(token).map(|(_, after)| (*name, after)));
    let Some((name, after)) = found else { return ("Other".to_owned(), String::new()) };
    let version = match name {
        "Windows" => match version(after, '.').as_str() {
            "10.0" => "10".to_owned(),
            "6.3" => "8.1".to_owned(),
            "6.2" => "8".to_owned(),
            "6.1" => "7".to_owned(),
            other => other.to_owned(),
        },
        "Linux" | "Ubuntu" | "Chrome OS" => String::new(),
        _ => version(after, '_').replace('_', "."),
    };
    (name.to_owned(), version)
}

/// Digits with points, or another sign, between them.
fn version(text: &str, separator: char) -> String {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != separator).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches(['.', separator]).to_owned()
}
