//! Events of other people's crates. To the log this test is one: its crate's name is not one of the agent's.

#![expect(clippy::unwrap_used, reason = "outside test functions, in a file that is a test")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use agent_telemetry::JsonLog;
use tracing::Level;

#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<u8>>>);

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(work: impl FnOnce()) -> Vec<serde_json::Value> {
    let capture = Capture::default();
    let (log, handle) = JsonLog::new(Level::DEBUG, Box::new(capture.clone())).unwrap();
    tracing::subscriber::with_default(log, work);
    assert!(handle.flush());
    let bytes = capture.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn only_warnings_and_errors_are_written_with_the_crate_s_name() {
    let lines = logged(|| {
        tracing::debug!("d");
        tracing::info!("i");
        tracing::warn!("w");
        tracing::error!("e");
    });
    let said: Vec<_> = lines.iter().map(|line| (&line["msg"], &line["library"])).collect();
    assert_eq!(lines.len(), 2, "{said:?}");
    assert!(lines.iter().all(|line| line["library"] == "library_events"));
}

#[test]
fn bodies_and_headers_are_left_out() {
    let body = r#"{"kind":"ConfigMap","data":{"key":"value"}}"#;
    let lines = logged(|| {
        tracing::warn!("{}, {:?}", body, "expected value");
        tracing::warn!(request_body = body, headers = ?["api-key"], status = 500, "failed");
        tracing::error!("illegal header {:?}", "x-token: abc");
        tracing::error!(error = %format!("timed out\n{body}"), "{}", "z".repeat(9_000));
    });
    let text = serde_json::to_string(&lines).unwrap();
    for part in ["ConfigMap", "api-key", "abc", "value"] {
        assert!(!text.contains(part), "{part} in {text}");
    }
    assert_eq!(lines[0]["msg"], "…");
    assert_eq!(lines[1]["status"], 500);
    assert_eq!(lines[2]["msg"], "illegal header …");
    assert_eq!(lines[3]["error"], "timed out…");
    assert_eq!(lines[3]["msg"].as_str().unwrap().chars().count(), 513);
}
