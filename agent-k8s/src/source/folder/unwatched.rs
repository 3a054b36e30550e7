//! Where there is no inotify a folder is not watched; the re-read sees what changes.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// What happened since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Nothing,
    #[allow(dead_code, reason = "told by inotify only")]
    Document,
    #[allow(dead_code, reason = "told by inotify only")]
    Folder,
}

/// Never made.
#[derive(Debug)]
pub(super) enum Watch {}

impl Watch {
    pub(super) fn open(_: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn renew(&mut self, _: &Path) -> io::Result<bool> {
        match *self {}
    }

    pub(super) async fn seen(&mut self, _: &OsStr) -> io::Result<Seen> {
        match *self {}
    }

    pub(super) fn seen_now(&mut self, _: &OsStr) -> io::Result<Seen> {
        match *self {}
    }
}
