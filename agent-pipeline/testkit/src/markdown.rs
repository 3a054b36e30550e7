//! The Markdown of the repository: its pages, their fenced blocks and links, for tests that keep what they say true.
//!
//! As much of Markdown as the pages use: no HTML, no reference links, no fences of tildes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One file.
#[derive(Debug)]
pub struct Page {
    /// Where it lies, from the root of the repository.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// What stands between two fences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `FILE:LINE` of the opening fence.
    pub place: String,
    /// The words behind the opening fence, as `yaml`.
    pub info: String,
    /// The lines inside, each with its line break.
    pub text: String,
}

/// What a block of YAML is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yaml {
    /// Objects of Kubernetes.
    Objects,
    /// A configuration of the Collector, or sections of one.
    Configuration,
    /// Values of the chart: all that is neither, since the chart refuses a name that it does not know.
    Values,
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All pages, in order; folders with a dot in front and build results are passed over.
///
/// # Errors
/// A folder or file cannot be read.
pub fn pages() -> io::Result<Vec<Page>> {
    let mut pages = Vec::new();
    for path in files(Path::new(""), "md")? {
        let text = fs::read_to_string(repository().join(&path))?;
        pages.push(Page { path, text });
    }
    Ok(pages)
}

/// Files below `folder` of the repository that end in `.EXTENSION`, in order.
///
/// # Errors
/// A folder cannot be read.
pub fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(repository().join(folder))? {
        let entry = entry?;
        let name = entry.file_name();
        let path = folder.join(&name);
        if entry.file_type()?.is_dir() {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                found.extend(files(&path, extension)?);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

impl Page {
    /// The fenced blocks.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for (number, line) in self.text.lines().enumerate() {
            match (line.trim_start().strip_prefix("```"), &mut open) {
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(info), None) => {
                    let place = format!("{}:{}", self.path.display(), number + 1);
                    open = Some(Block { place, info: info.trim().to_owned(), text: String::new() });
                }
                (None, Some(block)) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {}
            }
        }
        // One that nobody closed goes to the end of the page.
        blocks.extend(open);
        blocks
    }

    /// The blocks without fences: lines four spaces in, behind an empty line.
    pub fn indented(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let (mut is_fenced, mut is_open, mut is_behind_nothing) = (false, false, true);
        for (number, line) in self.text.lines().enumerate() {
            is_fenced ^= line.trim_start().starts_with("```");
            let inside = line.strip_prefix("    ").filter(|_| !is_fenced && (is_open || is_behind_nothing));
            if inside.is_some() && !is_open {
                let place = format!("{}:{}", self.path.display(), number + 1);
                blocks.push(Block { place, info: String::new(), text: String::new() });
            }
            if let (Some(line), Some(block)) = (inside, blocks.last_mut()) {
                block.text.push_str(line);
                block.text.push('\n');
            }
            is_open = inside.is_some();
            is_behind_nothing = line.is_empty();
        }
        blocks
    }

    /// The lines outside of fences.
    pub fn prose(&self) -> impl Iterator<Item = &str> {
        let mut inside = false;
        self.text.lines().filter(move |line| {
            let is_fence = line.trim_start().starts_with("```");
            inside ^= is_fence;
            !inside && !is_fence
        })
    }

    /// Where links lead, as written.
    pub fn links(&self) -> Vec<String> {
        let prose = self.prose().filter(|line| !line.starts_with("    "));
        let text = prose.map(without_code).collect::<Vec<_>>().join("\n");
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        targets.map(|(target, _)| target.to_owned()).collect()
    }

    /// What `#...` may name: the headings, as GitHub makes anchors of them.
    pub fn anchors(&self) -> Vec<String> {
        let headings = self.prose().filter(|line| line.starts_with('#'));
        headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
    }
}

/// Lower case, `-` for spaces, no punctuation.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|one| one.is_alphanumeric() || " -_".contains(*one));
    kept.flat_map(char::to_lowercase).map(|one| if one == ' ' { '-' } else { one }).collect()
}

/// The parts of a line that are not in backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// The parts of a line that are in backticks.
pub fn code_of(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

impl Block {
    /// What a block of YAML is, by the keys at its margin.
    pub fn yaml(&self) -> Yaml {
        const SECTIONS: [&str; 5] = ["receivers", "processors", "exporters", "connectors", "extensions"];
        let keys: Vec<&str> = self
            .text
            .lines()
            .filter(|line| !line.starts_with([' ', '#', '-']))
            .filter_map(|line| line.split_once(':').map(|(key, _)| key))
            .collect();
        if keys.contains(&"apiVersion") {
            Yaml::Objects
        } else if SECTIONS.iter().any(|section| keys.contains(section)) {
            Yaml::Configuration
        } else {
            Yaml::Values
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page { path: PathBuf::from("a.md"), text: text.to_owned() }
    }

    #[test]
    fn blocks_have_their_place_and_kind() {
        let blocks =
            page("# A\n\n```yaml refused\nreceivers:\n```\n\n- b\n\n  ```sh\n  ls\n  ```\n").blocks();
        let seen: Vec<_> = blocks.iter().map(|block| (&*block.place, &*block.info, &*block.text)).collect();
        assert_eq!(seen, [("a.md:3", "yaml refused", "receivers:\n"), ("a.md:9", "sh", "  ls\n")]);
        assert_eq!(blocks[0].yaml(), Yaml::Configuration);
    }

    #[test]
    fn yaml_is_told_apart_by_its_keys() {
        let yaml = |text: &str| page(&format!("```yaml\n{text}\n```")).blocks()[0].yaml();
        assert_eq!(yaml("apiVersion: v1\nkind: Service"), Yaml::Objects);
        assert_eq!(yaml("# x\nexporters: {nop: {}}"), Yaml::Configuration);
        assert_eq!(yaml("config:\n  receivers: {}\nservice: {enabled: false}"), Yaml::Values);
    }

    #[test]
    fn blocks_without_fences_are_found_too() {
        let blocks = page("# A\n\n    a:\n      b\n\nc\n    d\n```sh\n\n    e\n```\n\n    f\n").indented();
        let seen: Vec<_> = blocks.iter().map(|block| (&*block.place, &*block.text)).collect();
        assert_eq!(seen, [("a.md:3", "a:\n  b\n"), ("a.md:13", "f\n")]);
    }

    #[test]
    fn links_in_code_are_none_and_headings_are_anchors() {
        let page = page(
            "# What's `a_b`, and so?\n[a](b.md#c) `[d](e)` [f\ng](h)\n\n    ^(\\w)[.](.*)\n```text\n[i](j)\n# k\n```\n",
        );
        assert_eq!(page.links(), ["b.md#c", "h"]);
        assert_eq!(page.anchors(), ["whats-a_b-and-so"]);
    }

    #[test]
    fn the_pages_of_the_repository_are_found() {
        let pages = pages().unwrap();
        assert!(pages.iter().any(|page| page.path == Path::new("README.md")));
        assert!(pages.iter().any(|page| page.path == Path::new("docs/SUMMARY.md")));
    }
}
