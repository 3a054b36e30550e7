//! What pages say that the agent says.

use std::path::Path;

use agent_testkit::markdown::{code_of, files, pages, repository};

/// All sources as one text, with lines that a literal continues joined.
pub(super) struct Sources(String);

impl Sources {
    pub(super) fn load() -> Self {
        let folders = ["agent-config", "agent-health", "agent-k8s", "agent-pipeline", "kubeagent"];
        let mut all = String::new();
        for folder in folders {
            let rust = files(Path::new(folder), "rs").unwrap();
            let told = files(Path::new(folder), "txt").unwrap();
            for path in rust.into_iter().chain(told) {
                // What is looked for stands here as well.
                if !path.starts_with("kubeagent/tests/process/documentation") {
                    all.push_str(&std::fs::read_to_string(repository().join(path)).unwrap());
                }
            }
        }
        let mut joined = all.split("\\\n").enumerate().fold(String::new(), |mut joined, (number, part)| {
            joined.push_str(if number == 0 { part } else { part.trim_start() });
            joined
        });
        joined = joined.replace("\\\"", "\"");
        Self(joined)
    }

    /// Whether each part of `line` is there; `...` stands for what is not the same each time.
    pub(super) fn has(&self, line: &str) -> Result<(), String> {
        let parts: Vec<&str> = line.split("...").map(str::trim).filter(|part| part.len() > 3).collect();
        if parts.iter().all(|part| part.len() < 8) && !line.is_empty() {
            return Err(format!("{line:?} says too little to be found"));
        }
        match parts.into_iter().find(|part| !self.0.contains(part)) {
            Some(part) => Err(format!("{part:?} is nowhere in the sources")),
            None => Ok(()),
        }
    }
}

#[test]
fn what_tables_say_that_one_sees_is_in_the_sources() {
    let sources = Sources::load();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for page in pages().unwrap() {
        let mut inside = false;
        for line in page.prose() {
            let first = line.split('|').nth(1).unwrap_or_default().trim();
            inside = (inside && line.starts_with('|')) || ["you see", "the answer has"].contains(&first);
            for message in code_of(first).filter(|_| inside) {
                seen += 1;
                wrong.extend(
                    sources.has(message).err().map(|error| format!("{}: {error}", page.path.display())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 20, "{seen}");
}
