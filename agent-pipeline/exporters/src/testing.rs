//! What the tests of this crate share: batches, contexts, and sections of documents.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use agent_component::{BuildContext, BuildInfo, ConsumeError, Host};
use agent_config::{ComponentId, Document, Issues, MapEnvironment, Section, Validate};
use agent_otlp::{Batch, Signal};
use agent_telemetry::Metrics;
use agent_telemetry::metrics::ComponentKind;
use serde::de::DeserializeOwned;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::wrapper::counts::Reason;
use crate::wrapper::{SendError, SendResult};

/// A batch of one resource with `items` spans, named `span 0` and so on.
pub(crate) fn spans(items: usize) -> Batch {
    let spans: Vec<String> = (0..items)
        .map(|index| {
            format!(
                r#"{{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"span {index}"}}"#
            )
        })
        .collect();
    let spans = spans.join(",");
    json(
        Signal::Traces,
        &format!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"shop"}}}}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#
        ),
    )
}

/// A batch from OTLP/JSON.
pub(crate) fn json(signal: Signal, text: &str) -> Batch {
    Batch::from_json(signal, text.as_bytes()).unwrap()
}

/// A context for the component `id` with an empty environment.
pub(crate) fn context(id: &str) -> BuildContext {
    context_with(id, MapEnvironment::new())
}

/// A context for the component `id`.
pub(crate) fn context_with(id: &str, environment: MapEnvironment) -> BuildContext {
    let build = BuildInfo { version: "1.2.3", commit: "none" };
    BuildContext {
        id: id.parse().unwrap(),
        pipeline: None,
        host: Arc::new(Host::new(build, Arc::new(environment))),
    }
}

/// What the counters of an exporter say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) sent: u64,
    pub(crate) send_failed: u64,
    pub(crate) enqueue_failed: u64,
    /// By reason, but for zeros.
    pub(crate) dropped: BTreeMap<&'static str, u64>,
}

impl Counted {
    pub(crate) fn of(context: &BuildContext, signal: Signal) -> Self {
        let (metrics, id) = (context.host.shared.of::<Metrics>(), &context.id);
        let counts = metrics.exporter(id, signal);
        let dropped =
            Reason::OF_SENDING.iter().chain(&[Reason::MissingAttribute, Reason::QueueFull]).map(|reason| {
                let counter = metrics.dropped(ComponentKind::Exporter, id, None, signal, reason.as_str());
                (reason.as_str(), counter.get())
            });
        Self {
            sent: counts.sent.get(),
            send_failed: counts.send_failed.get(),
            enqueue_failed: counts.enqueue_failed.get(),
            dropped: dropped.filter(|(_, count)| *count > 0).collect(),
        }
    }

    pub(crate) fn dropped(self, dropped: &[(&'static str, u64)]) -> Self {
        Self { dropped: dropped.iter().copied().collect(), ..self }
    }
}

/// The section of an exporter `x` that is written as flow YAML.
pub(crate) fn section(yaml: &str) -> Section {
    let text = format!("exporters: {{x: {yaml}}}");
    let (document, _) = Document::parse(&text, &MapEnvironment::new());
    document.unwrap().exporters[&"x".parse::<ComponentId>().unwrap()].clone()
}

/// The section of an exporter `x` that stands in a file of `testdata`.
pub(crate) fn block<T: DeserializeOwned + Validate>(yaml: &str) -> T {
    let indented: Vec<String> = yaml.lines().map(|line| format!("    {line}")).collect();
    let text = format!("exporters:\n  x:\n{}\n", indented.join("\n"));
    let (document, _) = Document::parse(&text, &MapEnvironment::new());
    let mut issues = Issues::new();
    let section = document.unwrap().exporters[&"x".parse::<ComponentId>().unwrap()].clone();
    section.decode_valid(&mut issues).unwrap_or_else(|| panic!("{issues}"))
}

/// What a sender says of a batch that was not taken, whatever its size.
pub(crate) trait Refused {
    fn refused(self) -> ConsumeError;
}

impl Refused for SendResult {
    fn refused(self) -> ConsumeError {
        match self.unwrap_err() {
            SendError::TooLarge(error) | SendError::Refused(error) => error,
        }
    }
}

/// Decodes and validates; the settings must be good.
pub(crate) fn good<T: DeserializeOwned + Validate>(yaml: &str) -> T {
    let mut issues = Issues::new();
    let config = section(yaml).decode_valid(&mut issues);
    config.unwrap_or_else(|| panic!("{issues}"))
}

/// Decodes and validates; the problems without the common part of their path.
pub(crate) fn problems<T: DeserializeOwned + Validate>(yaml: &str) -> Vec<String> {
    let mut issues = Issues::new();
    let _: Option<T> = section(yaml).decode_valid(&mut issues);
    let text = |issue: &agent_config::Issue| {
        let hint =
            issue.suggestion.as_ref().map(|hint| format!(", did you mean {hint}?")).unwrap_or_default();
        format!("{}: {}{hint}", issue.path, issue.message).replace("exporters::x::", "")
    };
    issues.iter().map(text).collect()
}

/// What was logged on this thread while it lives: a line an event, `LEVEL message field=value ...`.
pub(crate) struct Logged {
    lines: Arc<Mutex<Vec<String>>>,
    _guard: tracing::subscriber::DefaultGuard,
}

impl Logged {
    pub(crate) fn start() -> Self {
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let subscriber = tracing_subscriber::registry().with(Lines(Arc::clone(&lines)));
        Self { lines, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// The lines of this crate so far, taken out.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

struct Lines(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if !event.metadata().target().starts_with("agent_exporters") {
            return;
        }
        let mut text = Text::default();
        event.record(&mut text);
        let line = format!("{} {}{}", event.metadata().level(), text.message, text.fields);
        self.0.lock().unwrap().push(line);
    }
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.fields = format!("{} {}={value:?}", self.fields, field.name());
        }
    }
}
