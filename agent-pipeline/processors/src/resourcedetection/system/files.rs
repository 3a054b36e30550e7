//! Files of the host. They are input from outside: read up to a bound, and whatever they hold.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// More than any of them needs: of `/proc/cpuinfo` the first processor is enough.
const LONGEST: u64 = 64 << 10;

/// The files below a root.
#[derive(Clone, Debug)]
pub(super) struct Files {
    root: PathBuf,
}

impl Files {
    pub(super) fn below(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The beginning of a file, `etc/os-release`; `None` where it cannot be read.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let mut bytes = Vec::new();
        File::open(self.root.join(path)).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}
