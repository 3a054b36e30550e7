//! Reads an image as a container runtime would, checking every digest on the way.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::outputs::digest;

/// Unpacks the image of one architecture into a folder that does not exist yet or is empty.
pub(crate) fn unpack(image: &Path, folder: &Path, architecture: &str) -> Result<()> {
    let files = files(&fs::read(image).with_context(|| image.display().to_string())?)?;
    let top = json(files.get("index.json").context("the image has no index.json")?)?;
    let index = json(blob(&files, top.pointer("/manifests/0").context("the index is empty")?)?)?;
    let manifests = index.pointer("/manifests").and_then(Value::as_array);
    let is_ours = |manifest: &&Value| {
        manifest.pointer("/platform/architecture").and_then(Value::as_str) == Some(architecture)
    };
    let manifest = manifests.into_iter().flatten().find(is_ours);
    let manifest = json(blob(&files, manifest.with_context(|| format!("no image for {architecture}"))?)?)?;
    let config = json(blob(&files, manifest.pointer("/config").context("a manifest without config")?)?)?;
    let layer = blob(&files, manifest.pointer("/layers/0").context("a manifest without layers")?)?;
    let mut tar = Vec::new();
    GzDecoder::new(layer).read_to_end(&mut tar).context("the layer is damaged")?;
    let expected = config.pointer("/rootfs/diff_ids/0").and_then(Value::as_str);
    ensure!(expected == Some(format!("sha256:{}", digest(&tar)).as_str()), "the layer has another digest");
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut archive = tar::Archive::new(tar.as_slice());
    archive.set_preserve_permissions(true);
    archive.set_preserve_ownerships(fs::metadata("/proc/self").is_ok_and(|own| owner(&own) == 0));
    archive.unpack(folder).with_context(|| folder.display().to_string())
}

/// The user that a file belongs to; of `/proc/self` it is the one who asks.
fn owner(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::uid(metadata)
}

fn files(tar: &[u8]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(tar).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        files.insert(path, content);
    }
    Ok(files)
}

/// What a descriptor points to, when it is what it says.
fn blob<'a>(files: &'a BTreeMap<String, Vec<u8>>, descriptor: &Value) -> Result<&'a [u8]> {
    let named =
        descriptor.pointer("/digest").and_then(Value::as_str).context("a descriptor without digest")?;
    let hex = named.strip_prefix("sha256:").with_context(|| format!("unknown digest {named}"))?;
    let content = files.get(&format!("blobs/sha256/{hex}")).with_context(|| format!("no blob {named}"))?;
    ensure!(digest(content) == hex, "blob {named} is damaged");
    let size = descriptor.pointer("/size").and_then(Value::as_u64);
    ensure!(size == u64::try_from(content.len()).ok(), "blob {named} has another size");
    Ok(content)
}

fn json(content: &[u8]) -> Result<Value> {
    serde_json::from_slice(content).context("a document of the image is no JSON")
}
