//! A scrape: HTTP over a socket, and a reader of the text format that knows nothing of the writer.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What a scrape told.
#[derive(Debug, Default)]
pub(super) struct Scrape {
    pub(super) kinds: BTreeMap<String, String>,
    /// By name and sorted labels, `name{a="b"}`.
    pub(super) samples: BTreeMap<String, String>,
    pub(super) labels: BTreeMap<String, BTreeMap<String, String>>,
}

impl Scrape {
    pub(super) async fn of(address: SocketAddr) -> Self {
        let answer = ask(address, "GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n").await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
        Self::parse(body)
    }

    fn parse(body: &str) -> Self {
        let mut scrape = Self::default();
        let mut families: Vec<String> = Vec::new();
        assert!(body.ends_with('\n'));
        for line in body.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let name = rest.split(' ').next().expect("a name").to_owned();
                assert!(!families.contains(&name), "{name} comes twice");
                families.push(name);
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("name and type");
                assert_eq!(families.last().map(String::as_str), Some(name), "TYPE follows HELP");
                scrape.kinds.insert(name.to_owned(), kind.to_owned());
            } else {
                let (series, value) = line.rsplit_once(' ').expect("series and value");
                let (name, labels) = series.split_once('{').unwrap_or((series, ""));
                let family = families.last().expect("a family");
                assert!(name.starts_with(family.as_str()), "{name} in {family}");
                let labels = parse_labels(labels);
                let text: Vec<String> =
                    labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
                let key =
                    if text.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", text.join(",")) };
                scrape.labels.insert(key.clone(), labels);
                value.parse::<f64>().expect("a number");
                assert!(scrape.samples.insert(key.clone(), value.to_owned()).is_none(), "{key} comes twice");
            }
        }
        scrape
    }

    /// The value of a series.
    pub(super) fn value(&self, series: &str) -> Option<&str> {
        self.samples.get(series).map(String::as_str)
    }

    /// The series of `name` without the labels of the resource.
    pub(super) fn series(&self, name: &str) -> BTreeMap<String, String> {
        let of_name = |key: &&String| key.split('{').next() == Some(name);
        let mut found = BTreeMap::new();
        for key in self.samples.keys().filter(of_name) {
            let labels = self.labels[key].iter().filter(|(label, _)| !label.starts_with("service_"));
            let text: Vec<String> = labels.map(|(label, value)| format!("{label}={value}")).collect();
            found.insert(text.join(","), self.samples[key].clone());
        }
        found
    }
}

/// All series of whole numbers together.
pub(super) fn total(series: &BTreeMap<String, String>) -> u64 {
    series.values().map(|value| value.parse::<u64>().expect("a whole number")).sum()
}

/// `a="b",c="d"}` with the escapes of the format.
fn parse_labels(text: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut rest = text.trim_end_matches('}');
    while let Some((name, after)) = rest.split_once("=\"") {
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next().expect("a closing quote") {
                (_, '\\') => match chars.next().expect("an escape").1 {
                    'n' => value.push('\n'),
                    c => value.push(c),
                },
                (index, '"') => break index,
                (_, c) => value.push(c),
            }
        };
        assert!(
            labels.insert(name.trim_start_matches(',').to_owned(), value).is_none(),
            "{name} comes twice"
        );
        rest = &after[end + 1..];
    }
    labels
}

/// Sends a text and reads all there is.
pub(super) async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("it is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}
