//! From the text of a configuration to a plan, with every problem of both on the way.

use agent_config::{Document, Environment, FileReader, Issues, Sources};
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
    let (document, mut issues) = Document::parse_with(text, Sources::new(environment).with_files(&Files));
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
