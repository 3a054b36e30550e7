//! `file_storage`: a directory in which exporters keep their queues (the Collector's `filestorage`, v0.145.0).
//!
//! It provides the place and nothing else: what is kept there, and how, is the business of who keeps it. So it has no
//! client, no lock and nothing to run.

mod config;

#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use agent_component::{
    BoxFuture, BuildContext, BuildError, Extension, ExtensionComponent, Info, Life, Registered, RunError,
    Stability, StartError, Storage, Storages,
};
use agent_config::ComponentId;

pub use config::{Compaction, Config};

/// The `file_storage` extension.
#[derive(Debug)]
pub struct FileStorage {
    id: ComponentId,
    storage: Storage,
    storages: Storages,
    /// From the start on.
    registered: Mutex<Option<Registered>>,
}

impl ExtensionComponent for FileStorage {
    const INFO: Info =
        Info { type_name: "file_storage", aliases: &[], signals: &[], stability: Stability::Beta };
    const IS_STORAGE: bool = true;
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        let (directory, is_made) = config.place(context.host.state_dir.as_deref());
        if is_made {
            create(config, &directory)?;
        }
        check(&directory)?;
        let storage = Storage { directory, fsync: config.fsync, max_bytes: config.max_size.as_bytes() };
        let storages = context.host.storages.clone();
        Ok(Self { id: context.id.clone(), storage, storages, registered: Mutex::new(None) })
    }
}

impl Extension for FileStorage {
    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        let registered = self.storages.register(self.id.clone(), self.storage.clone());
        *self.registered.lock().unwrap_or_else(PoisonError::into_inner) = Some(registered);
        Box::pin(async { Ok(()) })
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            life.stop.cancelled().await;
            Ok(())
        })
    }
}

fn create(config: &Config, directory: &Path) -> Result<(), BuildError> {
    // Validation let octal numbers through only.
    let mode = config.mode().unwrap_or(0o750);
    DirBuilder::new().recursive(true).mode(mode).create(directory).map_err(|error| {
        let directory = directory.display();
        BuildError::new("directory", format!("cannot create the directory {directory}: {error}"))
    })
}

fn check(directory: &Path) -> Result<(), BuildError> {
    let shown = directory.display();
    let text = match fs::metadata(directory) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => format!("{shown} is not a directory"),
        Err(error) if error.kind() == ErrorKind::NotFound => format!(
            "directory must exist: {shown}: {error}. You can enable the create_directory option to automatically create it"
        ),
        Err(error) => format!("problem accessing configured directory: {shown}, err: {error}"),
    };
    Err(BuildError::new("directory", text))
}
