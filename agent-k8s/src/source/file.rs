//! A document in a file: `<dir>/<key>`, as a mounted `ConfigMap` has it.
//!
//! It is read as a whole each time. A mounted `ConfigMap` is swapped by renaming a symlink, so what is opened is always one
//! version or the other, never a mixture.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::io::AsyncReadExt as _;

use super::{Origin, ReadError, Snapshot, TEXT_LIMIT};

/// Reads the document from a file.
#[derive(Debug, Clone)]
pub struct FileSource {
    path: PathBuf,
}

impl FileSource {
    /// The document at `<dir>/<key>`.
    pub fn new(dir: &Path, key: &str) -> Self {
        Self { path: dir.join(key) }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file, of which [`TEXT_LIMIT`] bytes are allowed.
    ///
    /// # Errors
    ///
    /// [`ReadError::File`], [`ReadError::TooLarge`] or [`ReadError::NotText`].
    pub async fn read(&self) -> Result<Snapshot, ReadError> {
        let bytes = self.bytes().await.map_err(|source| {
            let source = Arc::new(source);
            ReadError::File { path: self.path.clone(), source }
        })?;
        if bytes.len() > TEXT_LIMIT {
            return Err(ReadError::TooLarge { limit: TEXT_LIMIT });
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Snapshot::new(text, Origin::File(self.path.clone()))),
            Err(_) => Err(ReadError::NotText { path: self.path.clone() }),
        }
    }

    async fn bytes(&self) -> std::io::Result<Vec<u8>> {
        // Opening a pipe would wait for its writer.
        if !tokio::fs::metadata(&self.path).await?.is_file() {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = tokio::fs::File::open(&self.path).await?;
        let mut bytes = Vec::new();
        file.take(TEXT_LIMIT as u64 + 1).read_to_end(&mut bytes).await?;
        Ok(bytes)
    }
}
