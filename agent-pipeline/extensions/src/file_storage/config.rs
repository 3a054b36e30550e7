//! Settings of `file_storage`: keys, defaults and rules as the Collector's `filestorage` (v0.145.0), and `max_size`.
//!
//! The Collector keeps a database, which it locks, compacts and gives up when it is damaged. A journal needs none of it:
//! those keys are judged as there and have no effect.

use std::path::{Path, PathBuf};

use agent_config::{ByteSize, GoDuration, Validate, Validator};
use serde::Deserialize;

/// The `file_storage` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where everything is kept. Default `queues` in the state directory of the process (`KM_STATE_DIR`), which is made where
    /// it is not there; without one `/var/lib/otelcol/file_storage`, as in the Collector.
    pub directory: Option<PathBuf>,
    /// Whether what is written must survive a crash of the machine too. Default false.
    pub fsync: bool,
    /// Whether to make the directory when it is not there. Default false.
    pub create_directory: bool,
    /// Permissions of a directory that is made, octal. Default `0750`.
    pub directory_permissions: String,
    /// What each queue may take on disk; the Collector has no such key. Default `1GiB`.
    pub max_size: ByteSize,
    /// Without effect: the time to wait for a lock. Default 1s.
    pub timeout: GoDuration,
    /// Without effect: whether a damaged database is set aside; that is always so. Default false.
    pub recreate: bool,
    /// Without effect: space comes back without it.
    pub compaction: Compaction,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            directory: None,
            fsync: false,
            create_directory: false,
            directory_permissions: "0750".to_owned(),
            max_size: ByteSize::from_mib(1024),
            timeout: GoDuration::from_secs(1),
            recreate: false,
            compaction: Compaction::default(),
        }
    }
}

/// How the Collector makes its database smaller.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Compaction {
    /// Default false.
    pub on_start: bool,
    /// Default false.
    pub on_rebound: bool,
    /// Default that of the storage.
    pub directory: Option<PathBuf>,
    /// Default 100.
    pub rebound_needed_threshold_mib: i64,
    /// Default 10.
    pub rebound_trigger_threshold_mib: i64,
    /// Default 65536.
    pub max_transaction_size: i64,
    /// Default 5s.
    pub check_interval: GoDuration,
    /// Default false.
    pub cleanup_on_start: bool,
}

impl Default for Compaction {
    fn default() -> Self {
        Self {
            on_start: false,
            on_rebound: false,
            directory: None,
            rebound_needed_threshold_mib: 100,
            rebound_trigger_threshold_mib: 10,
            max_transaction_size: 65_536,
            check_interval: GoDuration::from_secs(5),
            cleanup_on_start: false,
        }
    }
}

/// Below this a queue could not hold what one request may bring.
const SMALLEST: ByteSize = ByteSize::from_mib(1);

impl Config {
    /// The directory, and whether it is made.
    pub(super) fn place(&self, state_dir: Option<&Path>) -> (PathBuf, bool) {
        match (&self.directory, state_dir) {
            (Some(directory), _) => (directory.clone(), self.create_directory),
            (None, Some(state_dir)) => (state_dir.join("queues"), true),
            (None, None) => (PathBuf::from("/var/lib/otelcol/file_storage"), self.create_directory),
        }
    }

    /// The mode of directories that are made; `None` when the text is no octal number.
    pub(super) fn mode(&self) -> Option<u32> {
        u32::from_str_radix(&self.directory_permissions, 8).ok()
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.directory.as_ref().is_some_and(|directory| directory.as_os_str().is_empty()) {
            at.error("directory", "directory must be specified");
        }
        if self.create_directory {
            match self.mode() {
                None => at.error(
                    "directory_permissions",
                    "directory_permissions value must be a valid octal representation",
                ),
                Some(mode) if mode & !0o777 != 0 => at.error(
                    "directory_permissions",
                    "directory_permissions contain invalid bits for file access",
                ),
                Some(_) => {}
            }
        }
        if self.max_size < SMALLEST {
            at.error("max_size", "`max_size` must be at least 1MiB");
        }
        let compaction = &self.compaction;
        if compaction.max_transaction_size < 0 {
            let text = "max transaction size for compaction cannot be less than 0";
            at.error("compaction::max_transaction_size", text);
        }
        if compaction.on_rebound && compaction.check_interval <= GoDuration::ZERO {
            let text = "compaction check interval must be positive when rebound compaction is set";
            at.error("compaction::check_interval", text);
        }
    }
}
