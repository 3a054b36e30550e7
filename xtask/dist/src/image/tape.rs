//! A tar file in which nothing depends on the machine that writes it (POSIX.1-2001, the ustar part).

use anyhow::{Context as _, Result};
use tar::{Builder, EntryType, Header};

use super::root::Entry;

/// Writes the entries in their order, all with one time.
pub(super) fn write(entries: &[Entry], time: u64) -> Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::new());
    for entry in entries {
        let content = entry.content.as_deref().unwrap_or_default();
        let mut header = Header::new_ustar();
        header.set_entry_type(if entry.content.is_some() {
            EntryType::Regular
        } else {
            EntryType::Directory
        });
        header.set_mode(entry.mode);
        header.set_uid(entry.owner.into());
        header.set_gid(entry.owner.into());
        header.set_mtime(time);
        header.set_size(u64::try_from(content.len())?);
        let name = if entry.content.is_some() { entry.path.clone() } else { format!("{}/", entry.path) };
        tar.append_data(&mut header, name, content).with_context(|| entry.path.clone())?;
    }
    Ok(tar.into_inner()?)
}
