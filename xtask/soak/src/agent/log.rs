//! What the agent prints: the lines that say what became of a configuration, with the moment they were read.
//!
//! A thread of its own reads, so that a moment is not late because the runtime is busy. Only events are kept, the last line
//! of each message, and the last lines for error messages; the whole log can be written to a file.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{BufRead as _, BufReader, PipeReader, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::watch;
use tokio::time::timeout;

const TAIL: usize = 15;
/// Messages that are kept, by their text.
const MESSAGES: usize = 1000;

/// What became of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// It runs. The hash is the beginning of the SHA-256 of its text in hex, where the line tells it.
    Active(Option<String>),
    /// It does not, and what ran before goes on.
    Refused(String),
}

/// The event of a line, if it is about a configuration. The one place that knows how the agent words these lines.
fn event(line: &str) -> Option<Event> {
    let line: Value = serde_json::from_str(line).ok()?;
    let field = |name| line.get(name).and_then(Value::as_str);
    let message = field("msg")?;
    match field("level")? {
        "info" if field("hash").is_some() || message.starts_with("Everything is ready") => {
            Some(Event::Active(field("hash").map(str::to_owned)))
        }
        "warn" | "error" if message.contains("keeps running") => Some(Event::Refused(message.to_owned())),
        _ => None,
    }
}

/// An event and when its line was read.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// When.
    pub(crate) at: Instant,
    /// What.
    pub(crate) event: Event,
}

/// The log of one agent.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    events: watch::Sender<Vec<Entry>>,
    tail: Mutex<VecDeque<String>>,
    messages: Mutex<BTreeMap<String, Value>>,
    leaked: AtomicBool,
    panicked: AtomicBool,
}

impl Shared {
    fn messages(&self) -> MutexGuard<'_, BTreeMap<String, Value>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, line: &str) {
        let Ok(line) = serde_json::from_str::<Value>(line) else { return };
        let Some(message) = line.get("msg").and_then(Value::as_str).map(str::to_owned) else { return };
        let mut messages = self.messages();
        if messages.len() < MESSAGES || messages.contains_key(&message) {
            messages.insert(message, line);
        }
    }
}

impl Log {
    /// Reads `output` until it ends; every line also goes to `copy`. Lines must not hold `secret`.
    pub(super) fn of(output: PipeReader, secret: &'static str, mut copy: Option<File>) -> Self {
        let log = Self { shared: Arc::default() };
        let shared = Arc::clone(&log.shared);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let at = Instant::now();
                if let Some(event) = event(&line) {
                    shared.events.send_modify(|events| events.push(Entry { at, event }));
                }
                if line.contains(secret) {
                    shared.leaked.store(true, Ordering::Relaxed);
                }
                if line.contains("panicked at") {
                    shared.panicked.store(true, Ordering::Relaxed);
                }
                shared.keep(&line);
                if let Some(copy) = &mut copy {
                    // A copy that cannot be written is no reason to end the run.
                    let _written = writeln!(copy, "{line}");
                }
                let mut tail = shared.tail.lock().unwrap_or_else(PoisonError::into_inner);
                if tail.len() == TAIL {
                    tail.pop_front();
                }
                tail.push_back(line);
            }
        });
        log
    }

    /// How many events there are.
    pub(crate) fn seen(&self) -> usize {
        self.shared.events.borrow().len()
    }

    /// The first event after the first `seen` ones that is `wanted`, waited for so long.
    pub(crate) async fn after(
        &self,
        seen: usize,
        patience: Duration,
        wanted: impl Fn(&Event) -> bool,
    ) -> Option<Entry> {
        let mut events = self.shared.events.subscribe();
        let find = |entries: &[Entry]| entries.iter().skip(seen).find(|entry| wanted(&entry.event)).cloned();
        let found = timeout(patience, events.wait_for(|entries| find(entries).is_some())).await;
        found.ok()?.ok().and_then(|entries| find(&entries))
    }

    /// Whether some line held the secret.
    pub(crate) fn leaked(&self) -> bool {
        self.shared.leaked.load(Ordering::Relaxed)
    }

    /// Whether a thread panicked.
    pub(crate) fn panicked(&self) -> bool {
        self.shared.panicked.load(Ordering::Relaxed)
    }

    /// The last line with this message.
    pub(crate) fn said(&self, message: &str) -> Option<Value> {
        self.shared.messages().get(message).cloned()
    }

    /// The last lines.
    pub(crate) fn last_words(&self) -> String {
        let tail = self.shared.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.iter().flat_map(|line| ["    ", line, "\n"]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_configurations_are_told_from_others() {
        let line = |level: &str, rest: &str| format!(r#"{{"level":"{level}","ts":"t",{rest}}}"#);
        let ready = r#""msg":"Everything is ready. Begin running and processing data.","hash":"0011""#;
        assert_eq!(event(&line("info", ready)), Some(Event::Active(Some("0011".to_owned()))));
        let refused = "the new configuration is refused and the last one keeps running: x";
        assert_eq!(
            event(&line("error", &format!(r#""msg":"{refused}""#))),
            Some(Event::Refused(refused.to_owned()))
        );
        assert_eq!(event(&line("info", r#""msg":"Starting GRPC server""#)), None);
        assert_eq!(event("thread panicked"), None);
    }
}
