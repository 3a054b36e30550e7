//! An OCI image (image specification 1.1), as the layout that `skopeo`, `podman load` and `docker load` read from a tar.

mod layout;
mod root;
mod tape;

use anyhow::{Context as _, Result};
use libdeflater::{CompressionLvl, Compressor};
use serde_json::{Value, json};

use crate::facts::Facts;
use crate::target::Target;

use layout::{Blob, Layout};

/// A binary and what it is for.
pub(crate) struct Program {
    /// Its target.
    pub(crate) target: &'static Target,
    /// The file.
    pub(crate) binary: Vec<u8>,
}

/// An image for all architectures.
pub(crate) struct Image {
    /// The layout in a tar.
    pub(crate) tar: Vec<u8>,
    /// Sizes.
    pub(crate) layers: Vec<LayerSize>,
}

/// How large the one layer of an architecture is.
#[derive(Debug)]
pub(crate) struct LayerSize {
    /// As OCI calls it.
    pub(crate) architecture: &'static str,
    /// Bytes in the root file system.
    pub(crate) unpacked: usize,
    /// Bytes to be pulled.
    pub(crate) compressed: usize,
}

/// Where the agent stands in the image.
pub(crate) const PROGRAM: &str = "/kubeagent";
/// The user of the image, as in the manifests.
const USER: u32 = 65532;
/// OTLP, and the health server.
const PORTS: [u16; 3] = [4317, 4318, 13133];

/// Builds the image.
pub(crate) fn build(facts: &Facts, programs: &[Program], licences: &[u8]) -> Result<Image> {
    let (mut layout, mut manifests, mut layers) = (Layout::default(), Vec::new(), Vec::new());
    for Program { target, binary } in programs {
        let tar = tape::write(&root::files(binary, licences)?, facts.time)?;
        let layer = Blob::new("application/vnd.oci.image.layer.v1.tar+gzip", compressed(&tar)?);
        layers.push(LayerSize {
            architecture: target.architecture,
            unpacked: tar.len(),
            compressed: layer.content.len(),
        });
        let config = config(facts, target, &layout::digest(&tar))?;
        let config = Blob::json("application/vnd.oci.image.config.v1+json", &config)?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config.descriptor(),
            "layers": [layer.descriptor()],
        });
        let manifest = Blob::json("application/vnd.oci.image.manifest.v1+json", &manifest)?;
        let mut descriptor = manifest.descriptor();
        if let Some(fields) = descriptor.as_object_mut() {
            let platform = json!({"architecture": target.architecture, "os": "linux"});
            fields.insert("platform".to_owned(), platform);
        }
        manifests.push(descriptor);
        for blob in [layer, config, manifest] {
            layout.add(blob);
        }
    }
    Ok(Image { tar: layout.finish(facts, &manifests)?, layers })
}

fn config(facts: &Facts, target: &Target, layer: &str) -> Result<Value> {
    let ports: serde_json::Map<_, _> =
        PORTS.map(|port| (format!("{port}/tcp"), json!({}))).into_iter().collect();
    let date = facts.date()?;
    Ok(json!({
        "created": date,
        "architecture": target.architecture,
        "os": "linux",
        "config": {
            "User": format!("{USER}:{USER}"),
            "ExposedPorts": ports,
            "Entrypoint": [PROGRAM],
            "WorkingDir": "/",
            "StopSignal": "SIGTERM",
            "Labels": {
                "org.opencontainers.image.title": "kubeagent",
                "org.opencontainers.image.version": facts.version,
                "org.opencontainers.image.revision": facts.commit,
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [layer]},
        "history": [{"created": date, "created_by": "cargo xtask dist"}],
    }))
}

fn compressed(tar: &[u8]) -> Result<Vec<u8>> {
    let mut coder = Compressor::new(CompressionLvl::best());
    let mut out = vec![0; coder.gzip_compress_bound(tar.len())];
    let size = coder.gzip_compress(tar, &mut out).context("cannot compress the layer")?;
    out.truncate(size);
    Ok(out)
}
