//! The report of a trial: pipeline by pipeline, component by component, what came of the data.

use std::fmt::Write as _;

use agent_component::Kind;
use agent_config::{ComponentId, PipelineId};
use agent_otlp::{Batch, Signal};
use agent_pipeline::Tried;

use super::pretty::pretty;

/// Grows with what is told.
#[derive(Default)]
pub(super) struct Report {
    text: String,
    /// Signals that some pipeline took.
    taken: Vec<Signal>,
}

/// A batch, and where it goes if there are several places.
type Part = (Option<PipelineId>, Batch);

impl Report {
    /// Adds what happened, with what was logged meanwhile.
    pub(super) fn tell(&mut self, tried: &Tried<'_>, warnings: &[String]) {
        match tried {
            Tried::Pipeline { id, input } => self.pipeline(id, input),
            Tried::Component { kind, id, input, output, errors } => {
                self.component(*kind, id, input, output);
                for error in *errors {
                    self.line(&format!("  {error}"));
                }
                for warning in warnings {
                    self.line(&format!("  warning: {warning}"));
                }
                if *kind == Kind::Processor && !is_same(input, output) {
                    self.json(output.iter().map(|(_, batch)| batch));
                }
            }
            Tried::Exporters { ids, output } => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                self.line(&format!("\nto {}: {}", ids.join(", "), count(output.iter())));
            }
        }
    }

    /// The whole; signals of the input that nothing took are named.
    pub(super) fn finish(mut self, input: &[Batch]) -> String {
        for signal in Signal::ALL {
            if !self.taken.contains(&signal) && input.iter().any(|batch| batch.signal() == signal) {
                self.line(&format!("no pipeline takes {signal} from a receiver"));
            }
        }
        self.text
    }

    fn pipeline(&mut self, id: &PipelineId, input: &[Batch]) {
        self.taken.extend(input.first().map(Batch::signal));
        if !self.text.is_empty() {
            self.line("");
        }
        self.line(&format!("pipeline {id}: {}", count(input.iter())));
        self.json(input.iter());
    }

    fn component(&mut self, kind: Kind, id: &ComponentId, input: &[Batch], output: &[Part]) {
        let outcome = if kind == Kind::Connector {
            let mut targets: Vec<&PipelineId> = Vec::new();
            for target in output.iter().filter_map(|(to, _)| to.as_ref()) {
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
            let parts = targets.into_iter().map(|target| {
                let part = output.iter().filter(|(to, _)| to.as_ref() == Some(target));
                format!("{} to {target}", count(part.map(|(_, batch)| batch)))
            });
            let parts: Vec<String> = parts.collect();
            if parts.is_empty() { "nothing out".to_owned() } else { parts.join(", ") }
        } else if is_same(input, output) {
            "unchanged".to_owned()
        } else {
            format!("{} out", count(output.iter().map(|(_, batch)| batch)))
        };
        let place = if kind == Kind::Connector { "connector " } else { "" };
        self.line(&format!("\n{place}{id}: {} in, {outcome}", count(input.iter())));
    }

    fn json<'b>(&mut self, batches: impl Iterator<Item = &'b Batch>) {
        for batch in batches {
            self.line(&pretty(&json(batch)));
        }
    }

    fn line(&mut self, line: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}

fn json(batch: &Batch) -> String {
    let mut out = Vec::new();
    batch.write_json(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether the same batches came out as went in.
fn is_same(input: &[Batch], output: &[Part]) -> bool {
    let mut pairs = input.iter().zip(output);
    input.len() == output.len() && pairs.all(|(before, (_, after))| json(before) == json(after))
}

/// How much that is: `3 log records`.
fn count<'b>(batches: impl Iterator<Item = &'b Batch>) -> String {
    let (mut items, mut nouns) = (0, "");
    for batch in batches {
        items += batch.items();
        nouns = batch.signal().item_noun();
    }
    match (items, nouns) {
        (_, "") => "nothing".to_owned(),
        (1, nouns) => format!("1 {}", nouns.strip_suffix('s').unwrap_or(nouns)),
        (items, nouns) => format!("{items} {nouns}"),
    }
}
