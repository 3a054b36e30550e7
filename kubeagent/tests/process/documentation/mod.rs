//! The pages of the repository say what is so: each fenced block is run, decoded or looked up, links lead somewhere, and
//! the table of settings is that of the code.
//!
//! | block | how it is checked |
//! |---|---|
//! | `yaml`: a configuration, or sections of one | `KM_ACTION=validate` takes it, see [`fragments`] |
//! | without fences, and a configuration | the same; in the book there is nothing else without fences |
//! | `yaml refused` | it does not; the next block, `text`, is what it says |
//! | `yaml`: Kubernetes objects, values of the chart | in the tests of the manifests; configurations inside of objects here |
//! | `json` | it parses; what `msg` says is in the sources |
//! | `sh` | see [`commands`] |
//! | `text` | its lines are in the sources; `...` stands for anything |
//! | `text diagram` | not at all, it has to look like one |
//! | `text tree` | the folders are there |
//! | `rust` | as a test of the documentation, which it has to be part of |

mod commands;
mod fragments;
mod links;
mod messages;
mod settings;

use agent_testkit::markdown::{Block, Page, Yaml, pages, repository};

use crate::actions::configuration_of;
use fragments::{good, validate};
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

/// The pages of components show their settings in this way.
#[test]
fn configurations_without_fences_are_taken() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for page in pages().unwrap() {
        let is_written_by_a_test = page.path.ends_with("docs/ottl.md");
        let is_of_the_book = page.path.starts_with("docs") || page.path.starts_with("deploy");
        for block in page.indented() {
            if block.yaml() == Yaml::Configuration {
                seen += 1;
                wrong.extend(good(&block.text).err().map(|told| format!("{}: {told}", block.place)));
            } else if is_of_the_book && !is_written_by_a_test {
                wrong.push(format!("{}: nobody checks blocks without fences", block.place));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 20, "{seen}");
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
        Yaml::Configuration => good(&block.text),
        Yaml::Objects => configuration_of(&block.text).map_or(Ok(()), |configuration| good(&configuration)),
        Yaml::Values => Ok(()),
    }
}

fn refused(block: &Block, answer: Option<&Block>) -> Result<(), String> {
    let Some(answer) = answer.filter(|answer| answer.info == "text") else {
        return Err("no block `text` follows with what is said".to_owned());
    };
    let (status, told) = validate(&block.text);
    if status == Some(78) && told == answer.text { Ok(()) } else { Err(format!("{status:?}, {told}")) }
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
