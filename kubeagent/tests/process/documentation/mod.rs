//! The pages of the repository say what is so: each fenced block is run, decoded or looked up, links lead somewhere, and
//! the table of settings is that of the code.
//!
//! | block | how it is checked |
//! |---|---|
//! | `yaml`: a configuration | `KM_ACTION=validate` takes it |
//! | `yaml refused` | it does not; the next block, `text`, is what it says |
//! | `yaml`: Kubernetes objects, values of the chart | in the tests of the manifests; configurations inside of objects here |
//! | `json` | it parses; what `msg` says is in the sources |
//! | `sh` | see [`commands`] |
//! | `text` | its lines are in the sources; `...` stands for anything |
//! | `text diagram` | not at all, it has to look like one |
//! | `text tree` | the folders are there |
//! | `rust` | as a test of the documentation, which it has to be part of |

mod commands;
mod links;
mod messages;
mod settings;

use agent_testkit::markdown::{Block, Page, Yaml, pages, repository};

use crate::actions::configuration_of;
use crate::agent::run;
use messages::Sources;

#[test]
fn every_block_is_true() {
    let sources = Sources::load();
    let mut wrong = Vec::new();
    let (mut blocks, pages) = (0, pages().unwrap());
    for page in &pages {
        let found = page.blocks();
        blocks += found.len();
        for (number, block) in found.iter().enumerate() {
            // Compared with what is said to it already.
            let is_answer = found[..number].last().is_some_and(|before| before.info == "yaml refused");
            if is_answer && block.info == "text" {
                continue;
            }
            if let Err(reason) = check(page, block, found.get(number + 1), &sources) {
                wrong.push(format!("{} ({}): {reason}", block.place, block.info));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(blocks >= 40, "{blocks} blocks");
}

#[test]
fn a_block_of_an_unknown_kind_is_refused() {
    let page =
        Page { path: "x.md".into(), text: "```toml\na = 1\n```\n```\n```\n```sh\nrm -r x\n```\n".into() };
    let sources = Sources::load();
    for block in page.blocks() {
        assert!(check(&page, &block, None, &sources).is_err(), "{block:?}");
    }
}

fn check(page: &Page, block: &Block, next: Option<&Block>, sources: &Sources) -> Result<(), String> {
    match block.info.as_str() {
        "yaml" => yaml(block),
        "yaml refused" => refused(block, next),
        "json" => json(&block.text, sources),
        "sh" => commands::check(&block.text),
        "text" => block.text.lines().try_for_each(|line| sources.has(line)),
        "text diagram" => {
            let is_one = block.text.contains(['─', '│']) || block.text.contains("->");
            is_one.then_some(()).ok_or_else(|| "no line and no arrow".to_owned())
        }
        "text tree" => tree(&block.text),
        "rust" => rust(page),
        other => Err(format!("nobody checks blocks of {other:?}")),
    }
}

fn yaml(block: &Block) -> Result<(), String> {
    match block.yaml() {
        Yaml::Configuration => good(&complete(&block.text)),
        Yaml::Objects => configuration_of(&block.text).map_or(Ok(()), |configuration| good(&configuration)),
        Yaml::Values => Ok(()),
    }
}

/// Sections without a `service` get one that runs them.
fn complete(text: &str) -> String {
    if text.lines().any(|line| line.starts_with("service:")) {
        return text.to_owned();
    }
    let (document, _) = agent_config::Document::parse(text, &agent_config::MapEnvironment::new());
    let document = document.expect("sections of a configuration");
    let ids = |ids: Vec<String>| if ids.is_empty() { "nop".to_owned() } else { ids.join(", ") };
    let receivers = ids(document.receivers.keys().map(ToString::to_string).collect());
    let exporters = ids(document.exporters.keys().map(ToString::to_string).collect());
    let processors: Vec<String> = document.processors.keys().map(ToString::to_string).collect();
    let nop = |section: &str, is_empty: bool| {
        if is_empty { format!("{section}: {{nop: {{}}}}\n") } else { String::new() }
    };
    format!(
        "{text}{}{}service: {{pipelines: {{logs: {{receivers: [{receivers}], processors: [{}], exporters: [{exporters}]}}}}}}\n",
        nop("receivers", document.receivers.is_empty()),
        nop("exporters", document.exporters.is_empty()),
        processors.join(", ")
    )
}

fn good(configuration: &str) -> Result<(), String> {
    match validate(configuration) {
        (Some(0), _) => Ok(()),
        (_, told) => Err(told),
    }
}

fn refused(block: &Block, answer: Option<&Block>) -> Result<(), String> {
    let Some(answer) = answer.filter(|answer| answer.info == "text") else {
        return Err("no block `text` follows with what is said".to_owned());
    };
    let (status, told) = validate(&block.text);
    if status == Some(78) && told == answer.text { Ok(()) } else { Err(format!("{status:?}, {told}")) }
}

/// What `KM_ACTION=validate` says, with the folders of a pod in one of the test.
fn validate(configuration: &str) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let here = configuration.replace("/var/lib/kubeagent", path);
    std::fs::write(directory.path().join("agent-deployment.yaml"), here).unwrap();
    let output = run(&[
        ("KM_ACTION", "validate"),
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", path),
        ("KM_API_KEY", "the-secret"),
        ("KM_COLLECTOR_ENDPOINT", "http://backend.example:4318"),
    ]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn json(text: &str, sources: &Sources) -> Result<(), String> {
    for value in serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>() {
        let value = value.map_err(|error| error.to_string())?;
        if let Some(message) = value.get("msg") {
            sources.has(message.as_str().ok_or("msg is no text")?)?;
        }
    }
    Ok(())
}

/// The words of a line up to its description that end in a slash are folders; those of a deeper line are in the last of these.
fn tree(text: &str) -> Result<(), String> {
    let mut parent = String::new();
    for line in text.lines() {
        let is_deeper = line.starts_with(' ');
        for folder in line.split_whitespace().take_while(|word| word.ends_with('/')) {
            let path = if is_deeper { format!("{parent}{folder}") } else { folder.to_owned() };
            if !repository().join(&path).is_dir() {
                return Err(format!("there is no {path}"));
            }
            if !is_deeper {
                folder.clone_into(&mut parent);
            }
        }
    }
    Ok(())
}

fn rust(page: &Page) -> Result<(), String> {
    let library = repository().join(&page.path).with_file_name("src").join("lib.rs");
    let text = std::fs::read_to_string(library).unwrap_or_default();
    let is_part = text.contains("include_str!(\"../README.md\")");
    is_part.then_some(()).ok_or_else(|| "not part of a crate's documentation".to_owned())
}
