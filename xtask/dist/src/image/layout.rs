//! Blobs by their digests, and the tar that holds them.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use super::root::Entry;
use super::tape;
use crate::facts::Facts;
use crate::outputs;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Something that a descriptor points to.
pub(super) struct Blob {
    media_type: &'static str,
    pub(super) content: Vec<u8>,
}

/// A digest as OCI writes it.
pub(super) fn digest(content: &[u8]) -> String {
    format!("sha256:{}", outputs::digest(content))
}

impl Blob {
    pub(super) fn new(media_type: &'static str, content: Vec<u8>) -> Self {
        Self { media_type, content }
    }

    pub(super) fn json(media_type: &'static str, value: &Value) -> Result<Self> {
        Ok(Self::new(media_type, serde_json::to_vec(value)?))
    }

    pub(super) fn descriptor(&self) -> Value {
        json!({"mediaType": self.media_type, "digest": digest(&self.content), "size": self.content.len()})
    }
}

/// Blobs by the part of the digest that names their file.
#[derive(Default)]
pub(super) struct Layout(BTreeMap<String, Vec<u8>>);

impl Layout {
    pub(super) fn add(&mut self, blob: Blob) {
        self.0.insert(outputs::digest(&blob.content), blob.content);
    }

    /// The tar: one named index over the manifests of all architectures.
    pub(super) fn finish(mut self, facts: &Facts, manifests: &[Value]) -> Result<Vec<u8>> {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        let index = Blob::json(INDEX, &index)?;
        let mut descriptor = index.descriptor();
        if let Some(fields) = descriptor.as_object_mut() {
            let name = json!({"org.opencontainers.image.ref.name": facts.version});
            fields.insert("annotations".to_owned(), name);
        }
        self.add(index);
        let top = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor]});
        let mut entries = vec![Entry::folder("blobs"), Entry::folder("blobs/sha256")];
        entries.extend(
            self.0
                .into_iter()
                .map(|(name, content)| Entry::file(&format!("blobs/sha256/{name}"), 0o644, content)),
        );
        entries.push(Entry::file("index.json", 0o644, serde_json::to_vec(&top)?));
        entries.push(Entry::file("oci-layout", 0o644, br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
        tape::write(&entries, facts.time)
    }
}
