//! A directory of the operating system.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, IoSlice, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Disk, DiskFile};

const DIRECTORY_MODE: u32 = 0o750;
/// Telemetry may hold personal data: nobody but the owner reads it.
const FILE_MODE: u32 = 0o600;
const LOCK_NAME: &str = "lock";

/// A directory. It is made if its parent exists.
#[derive(Debug)]
pub struct SystemDisk {
    directory: PathBuf,
}

impl SystemDisk {
    /// The directory at this path; nothing is touched yet.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    fn make_directory(&self) -> io::Result<()> {
        match DirBuilder::new().mode(DIRECTORY_MODE).create(&self.directory) {
            // Its name is on the disk before anything that is in it is promised to be.
            Ok(()) => {
                let parent = self.directory.parent().filter(|parent| !parent.as_os_str().is_empty());
                File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Disk for SystemDisk {
    type File = File;
    type Lock = File;

    // `flock` belongs to the open file: a second journal of the same process is kept out too, and the end of the
    // process, however it comes, lets go.
    fn lock(&self) -> io::Result<Option<File>> {
        self.make_directory()?;
        let path = self.directory.join(LOCK_NAME);
        let made = OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(&path);
        // Where nothing can be written, what is there can still be read.
        let file = made.or_else(|error| File::open(&path).map_err(|_| error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            // Names of ours are ASCII.
            if let Ok(name) = entry.file_name().into_string() {
                files.push((name, entry.metadata()?.len()));
            }
        }
        Ok(files)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        let path = self.directory.join(name);
        OpenOptions::new().create_new(true).read(true).append(true).mode(FILE_MODE).open(path)
    }

    fn open(&self, name: &str) -> io::Result<File> {
        let path = self.directory.join(name);
        // What is on a file system that has become read-only is still read.
        OpenOptions::new()
            .read(true)
            .append(true)
            .open(&path)
            .or_else(|error| File::open(path).map_err(|_| error))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.directory.join(from), self.directory.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.directory.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }
}

impl DiskFile for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_vectored(slices)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
