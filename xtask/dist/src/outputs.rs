//! The files that were made, in memory until all of them are.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use crate::image::LayerSize;

/// Name of the list of checksums.
const SUMS: &str = "SHA256SUMS";

/// Files by name, in the order they were made.
#[derive(Default)]
pub(crate) struct Outputs {
    /// The files.
    pub(crate) files: Vec<Output>,
    /// Sizes of the image's layers, an architecture each.
    pub(crate) layers: Vec<LayerSize>,
}

/// A file that was made.
#[derive(PartialEq, Eq)]
pub(crate) struct Output {
    /// Its name.
    pub(crate) name: String,
    /// Permissions.
    mode: u32,
    /// What is in it.
    pub(crate) content: Vec<u8>,
}

/// SHA-256 in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Outputs {
    /// Adds a file.
    pub(crate) fn add(&mut self, name: &str, content: Vec<u8>) {
        self.files.push(Output { name: name.to_owned(), mode: 0o644, content });
    }

    /// Adds a file that can be run.
    pub(crate) fn add_program(&mut self, name: &str, content: Vec<u8>) {
        self.files.push(Output { name: name.to_owned(), mode: 0o755, content });
    }

    /// Adds the checksums of all files so far, as `sha256sum --check` reads them.
    pub(crate) fn add_sums(&mut self) {
        let lines = self.files.iter().map(|file| format!("{}  {}\n", digest(&file.content), file.name));
        let text: String = lines.collect();
        self.add(SUMS, text.into_bytes());
    }

    /// Whether another run made the same bytes.
    pub(crate) fn same_as(&self, other: &Self) -> Result<()> {
        ensure!(self.files.len() == other.files.len(), "the number of files differs");
        for (one, another) in self.files.iter().zip(&other.files) {
            ensure!(
                one == another,
                "{}: {} and {}",
                one.name,
                digest(&one.content),
                digest(&another.content)
            );
        }
        Ok(())
    }

    /// Writes all to a folder. What an earlier run left there goes.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        if folder.join(SUMS).exists() {
            fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        for Output { name, mode, content } in &self.files {
            let path = folder.join(name);
            let written = fs::write(&path, content);
            written
                .and_then(|()| fs::set_permissions(&path, Permissions::from_mode(*mode)))
                .with_context(|| path.display().to_string())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_can_be_run_and_the_rest_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let mut outputs = Outputs::default();
        outputs.add_program("program", b"#!".to_vec());
        outputs.add("text", b"#!".to_vec());
        outputs.write(folder.path()).unwrap();
        let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("program"), mode("text")), (0o755, 0o644));
    }

    #[test]
    fn sums_are_those_of_the_files_and_a_difference_is_named() {
        let mut outputs = Outputs::default();
        outputs.add("a", b"abc".to_vec());
        outputs.add_sums();
        let sums = &outputs.files.last().unwrap().content;
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n";
        assert_eq!(String::from_utf8_lossy(sums), expected);
        let mut other = Outputs::default();
        other.add("a", b"abd".to_vec());
        other.add_sums();
        assert!(outputs.same_as(&other).unwrap_err().to_string().starts_with("a: "));
    }
}
