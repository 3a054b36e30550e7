//! An open file, and a bounded set of them.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::SystemTime;

use super::Config;
use super::rotate::Rotate;

const BUFFER: usize = 64 << 10;
/// Group directories are made without being asked for, as in the Collector.
const GROUP_DIRECTORY_MODE: u32 = 0o755;

pub(super) struct Target {
    path: String,
    out: BufWriter<fs::File>,
    /// Bytes in the file and the buffer.
    size: u64,
    rotate: Option<Rotate>,
}

impl Target {
    /// Opens the file; a directory is made if the settings say so.
    pub(super) fn open(path: &str, config: &Config, keep: bool) -> io::Result<Self> {
        if config.create_directory {
            make_directory_of(path, config.directory_mode().unwrap_or(0o755))?;
        }
        let rotate = Rotate::new(config);
        // A file that is rotated goes on where it ended.
        let out = open(path, keep || rotate.is_some())?;
        let size = out.metadata()?.len();
        Ok(Self { path: path.to_owned(), out: BufWriter::with_capacity(BUFFER, out), size, rotate })
    }

    /// Adds a whole message. It is never spread over two files.
    pub(super) fn write(&mut self, message: &[u8]) -> io::Result<()> {
        let len = message.len() as u64;
        if let Some(rotate) = &self.rotate
            && self.size > 0
            && rotate.is_due(self.size.saturating_add(len))
        {
            self.out.flush()?;
            rotate.move_aside(Path::new(&self.path))?;
            self.out = BufWriter::with_capacity(BUFFER, open(&self.path, false)?);
            self.size = 0;
        }
        self.out.write_all(message)?;
        self.size += len;
        Ok(())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn open(path: &str, keep: bool) -> io::Result<fs::File> {
    // Appending also when the file is emptied first: what somebody else cuts short stays whole for us.
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    // A pipe or a device has no length to cut.
    if !keep && file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    Ok(file)
}

fn make_directory_of(path: &str, mode: u32) -> io::Result<()> {
    match Path::new(path).parent() {
        Some(parent) if !parent.as_os_str().is_empty() => {
            fs::DirBuilder::new().recursive(true).mode(mode).create(parent)
        }
        _ => Ok(()),
    }
}

/// The files of `group_by`, at most `max_open_files` open at once.
pub(super) struct Targets {
    open: HashMap<String, (u64, Target)>,
    used: u64,
    since: SystemTime,
}

impl Default for Targets {
    fn default() -> Self {
        Self { open: HashMap::new(), used: 0, since: SystemTime::now() }
    }
}

impl Targets {
    /// The open file of a path.
    pub(super) fn get(&mut self, path: &str, config: &Config) -> io::Result<&mut Target> {
        self.used += 1;
        let used = self.used;
        if !self.open.contains_key(path) {
            self.make_room(usize::try_from(config.group_by.max_open_files).unwrap_or(usize::MAX))?;
            let target = self.open_target(path, config)?;
            self.open.insert(path.to_owned(), (used, target));
        }
        let (last_used, target) = self.open.get_mut(path).ok_or(io::ErrorKind::NotFound)?;
        *last_used = used;
        Ok(target)
    }

    fn open_target(&self, path: &str, config: &Config) -> io::Result<Target> {
        make_directory_of(path, config.directory_mode().unwrap_or(GROUP_DIRECTORY_MODE))?;
        // Closed to make room and used again: what this run wrote before is not emptied.
        let ours = fs::metadata(path).and_then(|meta| meta.modified()).is_ok_and(|time| time >= self.since);
        Target::open(path, config, config.append || ours)
    }

    fn make_room(&mut self, most: usize) -> io::Result<()> {
        while self.open.len() >= most {
            let oldest = self.open.iter().min_by_key(|(_, (used, _))| *used).map(|(path, _)| path.clone());
            let Some((_, mut target)) = oldest.and_then(|path| self.open.remove(&path)) else { break };
            target.flush()?;
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.open.values_mut().try_for_each(|(_, target)| target.flush())
    }
}
