//! The data to try: OTLP/JSON documents one after the other, usually one a line.

use std::path::Path;

use agent_otlp::{Batch, Signal};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 << 20;

/// Which signals a document is of.
#[derive(Deserialize)]
struct Signals {
    #[serde(rename = "resourceSpans")]
    spans: Option<IgnoredAny>,
    #[serde(rename = "resourceMetrics")]
    metrics: Option<IgnoredAny>,
    #[serde(rename = "resourceLogs")]
    logs: Option<IgnoredAny>,
}

impl Signals {
    fn all(&self) -> impl Iterator<Item = Signal> {
        let found = [
            (Signal::Traces, self.spans.is_some()),
            (Signal::Metrics, self.metrics.is_some()),
            (Signal::Logs, self.logs.is_some()),
        ];
        found.into_iter().filter(|(_, is_there)| *is_there).map(|(signal, _)| signal)
    }
}

/// Reads a file.
///
/// # Errors
/// It cannot be read, or the place of the first thing in it that is no OTLP/JSON.
pub(super) fn read(file: &Path) -> Result<Vec<Batch>, String> {
    let told = |reason: &dyn std::fmt::Display| format!("KM_TEST_INPUT {}: {reason}", file.display());
    let size = std::fs::metadata(file).map_err(|error| told(&error))?.len();
    if size > LIMIT {
        return Err(told(&format!("larger than {LIMIT} bytes")));
    }
    let text = std::fs::read(file).map_err(|error| told(&error))?;
    batches(&text).map_err(|reason| told(&reason))
}

fn batches(text: &[u8]) -> Result<Vec<Batch>, String> {
    let mut batches = Vec::new();
    let mut documents = serde_json::Deserializer::from_slice(text).into_iter::<Signals>();
    let mut start = 0;
    while let Some(signals) = documents.next() {
        let signals = signals.map_err(|error| error.to_string())?;
        let end = documents.byte_offset();
        let document = text.get(start..end).unwrap_or_default();
        let before = batches.len();
        for signal in signals.all() {
            let batch = Batch::from_json(signal, document).map_err(|error| {
                // The document begins somewhere in the file.
                let line = error.line + line_of(text, start) - 1;
                format!("line {line}, column {}: {}", error.column, error.reason)
            })?;
            batches.push(batch);
        }
        if batches.len() == before {
            let line = line_of(text, start + blanks(document));
            return Err(format!(
                "line {line}: none of resourceSpans, resourceMetrics and resourceLogs is there"
            ));
        }
        start = end;
    }
    if batches.is_empty() { Err("there is no document in it".to_owned()) } else { Ok(batches) }
}

/// How many blanks the text begins with.
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The line of a place, from 1.
fn line_of(text: &[u8], offset: usize) -> usize {
    text.iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_follow_each_other_in_any_layout() {
        let text = "{\"resourceLogs\":[]}\n\n{\"resourceSpans\":\n []} {\"resourceMetrics\":[],\"resourceLogs\":[]}\n";
        let signals: Vec<Signal> =
            batches(text.as_bytes()).unwrap().iter().map(agent_otlp::Batch::signal).collect();
        assert_eq!(signals, [Signal::Logs, Signal::Traces, Signal::Metrics, Signal::Logs]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let wrong = |text: &str| batches(text.as_bytes()).unwrap_err();
        assert_eq!(wrong(" \n"), "there is no document in it");
        assert_eq!(
            wrong("{\"resourceLogs\":[]}\n\n{\"a\":1}"),
            "line 3: none of resourceSpans, resourceMetrics and resourceLogs is there"
        );
        assert!(
            wrong("{\"resourceLogs\":[]}\n{").contains("line 2"),
            "{}",
            wrong("{\"resourceLogs\":[]}\n{")
        );
        let told = wrong("{\"resourceLogs\":[]}\n{\"resourceLogs\":[\n{\"resource\":1}]}");
        assert!(told.starts_with("line 3, column "), "{told}");
        assert!(wrong("[1]").contains("line 1"), "{}", wrong("[1]"));
    }
}
