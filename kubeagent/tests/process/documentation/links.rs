//! Links between files of the repository lead somewhere, and the book has every page.

use std::path::Path;

use agent_testkit::markdown::{Page, files, pages, repository};

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let pages = pages().unwrap();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for page in &pages {
        for target in page.links().iter().filter(|target| !target.contains("://")) {
            seen += 1;
            if let Err(reason) = follow(page, target) {
                wrong.push(format!("{}: {target}: {reason}", page.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 30, "{seen}");
}

fn follow(page: &Page, target: &str) -> Result<(), String> {
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let from = repository().join(&page.path);
    let path = if file.is_empty() { from } else { from.with_file_name(file) };
    if !path.exists() {
        return Err("there is no such file".to_owned());
    }
    let Some(anchor) = anchor else { return Ok(()) };
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let anchors = Page { path, text }.anchors();
    if anchors.iter().any(|found| found == anchor) {
        Ok(())
    } else {
        Err(format!("no such heading; there are {anchors:?}"))
    }
}

#[test]
fn the_book_has_every_page_once() {
    let docs = repository().join("docs");
    let text = std::fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let mut links = Page { path: Path::new("docs/SUMMARY.md").into(), text }.links();
    links.sort();
    let pages = files(Path::new("docs"), "md").unwrap();
    let pages = pages.iter().map(|page| page.file_name().unwrap().to_str().unwrap());
    let pages: Vec<&str> = pages.filter(|name| *name != "SUMMARY.md").collect();
    assert_eq!(links, pages);
}
