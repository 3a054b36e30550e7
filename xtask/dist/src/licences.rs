//! The licences of everything that is in the binary: who has which, and every text once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result};
use cargo_metadata::Package;

use crate::packages::Packages;

/// How names of files with licence texts begin.
const NAMES: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];
const RULE: &str = "--------------------------------------------------------------------------------";

/// The document.
pub(crate) fn texts(packages: &Packages) -> Result<Vec<u8>> {
    let mut text = String::from("kubeagent contains these packages, under these licences:\n\n");
    let mut holders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages.of_others() {
        let name = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or("see its text");
        writeln!(text, "{name}: {licence}")?;
        for licence in of_package(package)? {
            let holders = holders.entry(licence).or_default();
            if !holders.contains(&name) {
                holders.push(name.clone());
            }
        }
    }
    for (licence, holders) in holders {
        write!(text, "\n{RULE}\n{}\n{RULE}\n\n{licence}\n", holders.join(", "))?;
    }
    Ok(text.into_bytes())
}

/// The texts in a package's folder, with the same line ends everywhere.
fn of_package(package: &Package) -> Result<Vec<String>> {
    let folder = package.manifest_path.parent().with_context(|| format!("{} has no folder", package.name))?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if NAMES.iter().any(|start| name.starts_with(start)) && entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    let read = |path: &std::path::PathBuf| -> Result<String> {
        let bytes = fs::read(path).with_context(|| path.display().to_string())?;
        Ok(String::from_utf8_lossy(&bytes).replace("\r\n", "\n").trim_matches('\n').to_owned())
    };
    files.iter().map(read).collect()
}
