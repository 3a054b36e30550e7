//! What can go wrong, and whether waiting helps.

use std::fmt;
use std::io;
use std::sync::Arc;

/// Why a journal did not do what was asked.
///
/// Cheap to clone: all records of one write share its failure.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Another process, or another journal of this process, has the directory.
    #[error("the directory is in use by another journal; it is free once that one is closed")]
    Locked,
    /// The record would exceed `max_bytes`. Acknowledging records makes room.
    #[error("the journal is full: {needed} more bytes would exceed its limit of {limit}")]
    Full {
        /// What the record takes on disk.
        needed: u64,
        /// `max_bytes`.
        limit: u64,
    },
    /// The record could not be written into an empty journal either.
    #[error(
        "a record of {size} bytes can never fit: raise the limit of the journal, or send smaller records"
    )]
    TooLarge {
        /// Header and body.
        size: u64,
    },
    /// The operating system refused.
    #[error("cannot {operation} {file}")]
    Disk {
        /// What was tried.
        operation: Operation,
        /// The file within the directory of the journal.
        file: String,
        /// Why not.
        source: Arc<io::Error>,
    },
    /// The journal was closed or its thread has ended; records that were not confirmed were not written.
    #[error("the journal is closed")]
    Closed,
}

impl Error {
    /// Whether the same call may succeed later although nobody changes settings, permissions or mounts.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Locked | Self::Full { .. } => true,
            Self::TooLarge { .. } | Self::Closed => false,
            Self::Disk { source, .. } => !matches!(
                source.kind(),
                io::ErrorKind::PermissionDenied
                    | io::ErrorKind::ReadOnlyFilesystem
                    | io::ErrorKind::NotFound
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::Unsupported
            ),
        }
    }

    /// For `map_err`.
    pub(crate) fn disk(operation: Operation, file: &str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Disk { operation, file: file.to_owned(), source: Arc::new(source) }
    }
}

/// What was asked of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Operation {
    Lock,
    List,
    Create,
    Open,
    Read,
    Write,
    Sync,
    Remove,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lock => "lock",
            Self::List => "list",
            Self::Create => "create",
            Self::Open => "open",
            Self::Read => "read",
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Remove => "remove",
        })
    }
}
