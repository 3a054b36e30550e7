//! Where there is no inotify a folder is not watched; the re-read sees what changes.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// What happened since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "told by inotify only")]
pub(super) enum Seen {
    Nothing,
    Document,
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

    #[allow(clippy::unused_async, reason = "waited for where there is inotify")]
    pub(super) async fn seen(&mut self, _: &OsStr) -> io::Result<Seen> {
        match *self {}
    }

    pub(super) fn seen_now(&mut self, _: &OsStr) -> io::Result<Seen> {
        match *self {}
    }
}
