//! The files of `group_by`, at most `max_open_files` open at once.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use super::Config;
use super::open_files::{OpenFiles, Shared, locked};
use super::target::make_directory_of;

/// Group directories are made without being asked for, as in the Collector.
const DIRECTORY_MODE: u32 = 0o755;

pub(super) struct Targets {
    open: HashMap<String, (u64, Shared)>,
    used: u64,
    begun: Arc<SystemTime>,
}

impl Targets {
    /// None yet. What was written since `begun` is not emptied.
    pub(super) fn new(begun: Arc<SystemTime>) -> Self {
        Self { open: HashMap::new(), used: 0, begun }
    }

    /// The open file of a path.
    pub(super) fn get(&mut self, path: &str, config: &Config, files: &OpenFiles) -> io::Result<&Shared> {
        self.used += 1;
        let used = self.used;
        if !self.open.contains_key(path) {
            self.make_room(usize::try_from(config.group_by.max_open_files).unwrap_or(usize::MAX))?;
            let target = self.open_target(path, config, files)?;
            self.open.insert(path.to_owned(), (used, target));
        }
        let (last_used, target) = self.open.get_mut(path).ok_or(io::ErrorKind::NotFound)?;
        *last_used = used;
        Ok(target)
    }

    fn open_target(&self, path: &str, config: &Config, files: &OpenFiles) -> io::Result<Shared> {
        make_directory_of(path, config.directory_mode().unwrap_or(DIRECTORY_MODE))?;
        // Closed to make room and used again, or written by the exporter before: not emptied.
        let ours = fs::metadata(path).and_then(|meta| meta.modified()).is_ok_and(|time| time >= *self.begun);
        files.open(path, config.append || ours)
    }

    fn make_room(&mut self, most: usize) -> io::Result<()> {
        while self.open.len() >= most {
            let oldest = self.open.iter().min_by_key(|(_, (used, _))| *used).map(|(path, _)| path.clone());
            let Some((_, target)) = oldest.and_then(|path| self.open.remove(&path)) else { break };
            locked(&target).flush()?;
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.open.values().try_for_each(|(_, target)| locked(target).flush())
    }

    /// Lets go of all.
    pub(super) fn close(&mut self) {
        self.open.clear();
    }
}
