//! The data to try: OTLP/JSON documents one after the other, usually one a line.

use std::path::Path;

use agent_otlp::{Batch, Signal};
use serde::de::IgnoredAny;

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 << 20;

/// Each signal with the field that its documents have.
const FIELDS: [(Signal, &str); 3] =
    [(Signal::Traces, "resourceSpans"), (Signal::Metrics, "resourceMetrics"), (Signal::Logs, "resourceLogs")];

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
    let mut documents = serde_json::Deserializer::from_slice(text)
        .into_iter::<std::collections::HashMap<String, IgnoredAny>>();
    let mut start = 0;
    while let Some(document) = documents.next() {
        let document = document.map_err(|error| error.to_string())?;
        let end = documents.byte_offset();
        let bytes = text.get(start..end).unwrap_or_default();
        let found = FIELDS.into_iter().find(|(_, field)| document.contains_key(*field));
        let Some((signal, _)) = found else {
            let line = line_of(text, start + blanks(bytes));
            return Err(format!(
                "line {line}: none of resourceSpans, resourceMetrics and resourceLogs is there"
            ));
        };
        let batch = Batch::from_json(signal, bytes).map_err(|error| {
            // The document begins somewhere in the file.
            let before = line_of(text, start) - 1;
            let place = format!("line {}, column {}", error.line + before, error.column);
            format!("{place}: {}", error.reason)
        })?;
        batches.push(batch);
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
        let text = "{\"resourceLogs\":[]}\n\n{\"resourceSpans\":\n []} {\"resourceMetrics\":[]}\n";
        let signals: Vec<Signal> =
            batches(text.as_bytes()).unwrap().iter().map(agent_otlp::Batch::signal).collect();
        assert_eq!(signals, [Signal::Logs, Signal::Traces, Signal::Metrics]);
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
        assert!(wrong("[1]").contains("invalid type"));
    }
}
