//! From the text of a configuration to a plan, with every problem of both on the way.

use std::sync::atomic::{AtomicBool, Ordering};

use agent_config::{Document, Environment, FileReader, Issues, Sources};
use agent_health::Verdict;
use agent_k8s::TEXT_LIMIT;
use agent_pipeline::{Plan, plan};

use crate::components::COMPONENTS;

/// A document without errors, what can be built from it, and its warnings.
pub(crate) struct Judged {
    pub(crate) document: Document,
    pub(crate) plan: Plan,
    pub(crate) warnings: Issues,
}

/// Parses and plans.
///
/// # Errors
/// All problems of the text, warnings among them.
pub(crate) fn judge(text: &str, environment: &dyn Environment) -> Result<Judged, Issues> {
    judge_with(text, Sources::new(environment).with_files(&Files))
}

fn judge_with(text: &str, sources: Sources<'_>) -> Result<Judged, Issues> {
    let (document, mut issues) = Document::parse_with(text, sources);
    let Some(document) = document else { return Err(issues) };
    let (plan, found) = plan(&document, &COMPONENTS);
    issues.extend(found);
    match plan {
        Some(plan) if !issues.has_errors() => Ok(Judged { document, plan, warnings: issues }),
        _ => Err(issues),
    }
}

/// The problems in one line, for a log line or a readiness answer.
pub(crate) fn in_one_line(issues: &Issues) -> String {
    issues.errors().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Judges a text for the admission webhook, which anybody may ask about any text.
///
/// Values of variables are kept out of the messages by whoever finds the problem. Files are not opened: a text that refers
/// to one is let through with a warning, because what the file would bring cannot be known here.
pub(crate) fn of_a_stranger(text: &str, environment: &dyn Environment) -> Verdict {
    let closed = Closed::default();
    let judged = judge_with(text, Sources::new(environment).with_files(&closed));
    if closed.0.load(Ordering::Relaxed) {
        return Ok(vec!["it refers to files, which are not read here, and was not judged".to_owned()]);
    }
    match judged {
        Ok(judged) => Ok(judged.warnings.iter().map(ToString::to_string).collect()),
        Err(issues) => Err(issues.errors().map(ToString::to_string).collect()),
    }
}

/// Opens no file, and remembers that one was asked for.
#[derive(Default)]
struct Closed(AtomicBool);

impl FileReader for Closed {
    fn read(&self, _: &str) -> Result<String, String> {
        self.0.store(true, Ordering::Relaxed);
        Err("files are not read here".to_owned())
    }
}

/// `${file:...}`: files beside the configuration, read when it is.
struct Files;

impl FileReader for Files {
    fn read(&self, path: &str) -> Result<String, String> {
        let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
        if size > TEXT_LIMIT as u64 {
            return Err(format!("larger than {TEXT_LIMIT} bytes"));
        }
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    }
}
