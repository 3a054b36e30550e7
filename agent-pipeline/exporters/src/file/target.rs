//! An open file.
//!
//! Every message goes out whole, and is appended: the buffer is flushed before a message that would not fit, so that
//! what another process appends meanwhile stands between messages and never in one.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::open_files::Identity;
use super::rotate::Rotate;

const BUFFER: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Target {
    path: String,
    out: BufWriter<fs::File>,
    identity: Identity,
    /// Bytes in the file and the buffer.
    size: u64,
    /// What is in the file is to go before the first message.
    to_empty: bool,
    rotate: Option<Rotate>,
}

impl Target {
    /// Opens the file and changes nothing in it yet: whoever asked may still be refused with its configuration.
    pub(super) fn open(path: &str, keep: bool) -> io::Result<Self> {
        let file = open(path)?;
        let metadata = file.metadata()?;
        Ok(Self {
            path: path.to_owned(),
            identity: Identity::of(&metadata),
            size: metadata.len(),
            // A pipe or a device has no length to cut.
            to_empty: !keep && metadata.is_file(),
            rotate: None,
            out: BufWriter::with_capacity(BUFFER, file),
        })
    }

    /// Whether this is the file at `path`, where `seen` was before this target was locked.
    pub(super) fn is_at(&self, path: &str, seen: Option<Identity>) -> bool {
        let mine = Some(self.identity);
        // A rotation may have put another file there since.
        seen == mine || (self.rotate.is_some() && Identity::at(path) == mine)
    }

    /// Somebody who shares it wants what is in the file.
    pub(super) fn keep(&mut self) {
        self.to_empty = false;
    }

    /// From now on these settings hold, whose ever held before.
    pub(super) fn take_over(&mut self, path: &str, rotate: Option<Rotate>) -> io::Result<()> {
        path.clone_into(&mut self.path);
        self.rotate = rotate;
        self.begin()
    }

    /// Adds a whole message. It is never spread over two files.
    pub(super) fn write(&mut self, message: &[u8]) -> io::Result<()> {
        self.begin()?;
        let len = message.len() as u64;
        if let Some(rotate) = &self.rotate
            && self.size > 0
            && rotate.is_due(self.size.saturating_add(len))
        {
            self.out.flush()?;
            // Where it lies no more, somebody else has moved it, or a try before got half the way.
            if Identity::at(&self.path) == Some(self.identity) {
                rotate.move_aside(Path::new(&self.path))?;
            }
            let next = Self::open(&self.path, true)?;
            *self = Self { rotate: self.rotate.take(), ..next };
        }
        self.out.write_all(message)?;
        self.size += len;
        Ok(())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.to_empty {
            self.out.get_ref().set_len(0)?;
            self.size = 0;
            self.to_empty = false;
        }
        Ok(())
    }
}

fn open(path: &str) -> io::Result<fs::File> {
    // Appending also to a file that is emptied first: what somebody else cuts short stays whole for us.
    OpenOptions::new().create(true).append(true).open(path)
}

/// Makes the directory that a file is to lie in.
pub(super) fn make_directory_of(path: &str, mode: u32) -> io::Result<()> {
    match Path::new(path).parent() {
        Some(parent) if !parent.as_os_str().is_empty() => {
            fs::DirBuilder::new().recursive(true).mode(mode).create(parent)
        }
        _ => Ok(()),
    }
}
