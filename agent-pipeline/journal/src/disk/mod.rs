//! What a journal needs of a directory, so that tests can put a worse one in its place.

#[cfg(any(test, feature = "simulated"))]
pub mod simulated;
mod system;

use std::io::{self, IoSlice};

pub use system::SystemDisk;

/// One directory. Names are plain file names; nobody else changes its files while the lock is held.
pub trait Disk: Send + 'static {
    /// An open file.
    type File: DiskFile;
    /// Holds the directory until it is dropped.
    type Lock: Send;

    /// Takes the directory for this instance alone; `None` if another has it.
    fn lock(&self) -> io::Result<Option<Self::Lock>>;

    /// All files with their lengths, in any order.
    fn list(&self) -> io::Result<Vec<(String, u64)>>;

    /// Makes a file that must not exist.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Opens a file to read it and to write at its end.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name; a file of that name is replaced.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Returns when the names of files are on the disk: which exist is part of the directory, not of the file.
    fn sync(&self) -> io::Result<()>;
}

/// One open file.
pub trait DiskFile: Send {
    /// Reads at an offset; 0 at the end. May read less than there is.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes at the end. May write a part; after an error a part may have been written.
    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Cuts the end off.
    fn truncate(&mut self, len: u64) -> io::Result<()>;

    /// Returns when content and length are on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// Writes all of the slices.
pub(crate) fn write_all<F: DiskFile>(file: &mut F, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match file.write(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Fills the buffer from an offset.
pub(crate) fn read_exact_at<F: DiskFile>(file: &F, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match file.read_at(buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = buffer.get_mut(read..).unwrap_or_default();
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
