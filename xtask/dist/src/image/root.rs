//! The root file system of the image: what the agent needs of the world, and nothing else.

use std::fmt::Write as _;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{PROGRAM, USER};

/// A file or folder of the layer.
pub(super) struct Entry {
    /// Without the leading slash.
    pub(super) path: String,
    /// Permissions.
    pub(super) mode: u32,
    /// Its owner, and group.
    pub(super) owner: u32,
    /// `None` for a folder.
    pub(super) content: Option<Vec<u8>>,
}

impl Entry {
    /// A folder of root's.
    pub(super) fn folder(path: &str) -> Self {
        Self { path: path.to_owned(), mode: 0o755, owner: 0, content: None }
    }

    /// A file of root's.
    pub(super) fn file(path: &str, mode: u32, content: Vec<u8>) -> Self {
        Self { path: path.to_owned(), mode, owner: 0, content: Some(content) }
    }
}

/// All of it, folders before what is in them.
pub(super) fn files(binary: &[u8], licences: &[u8]) -> Result<Vec<Entry>> {
    let text = |path: &str, content: String| Entry::file(path, 0o644, content.into_bytes());
    Ok(vec![
        Entry::folder("etc"),
        text("etc/group", format!("root:x:0:\nnonroot:x:{USER}:\n")),
        // Without it the C library would ask the network before the file that Kubernetes mounts.
        text("etc/nsswitch.conf", "hosts: files dns\n".to_owned()),
        text(
            "etc/passwd",
            format!(
                "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:{USER}:{USER}:nonroot:/var/lib/kubeagent:/sbin/nologin\n"
            ),
        ),
        Entry::folder("etc/ssl"),
        Entry::folder("etc/ssl/certs"),
        text("etc/ssl/certs/ca-certificates.crt", certificates()?),
        Entry::file(PROGRAM.trim_start_matches('/'), 0o755, binary.to_vec()),
        Entry { mode: 0o1777, ..Entry::folder("tmp") },
        Entry::folder("usr"),
        Entry::folder("usr/share"),
        Entry::folder("usr/share/licenses"),
        Entry::folder("usr/share/licenses/kubeagent"),
        Entry::file("usr/share/licenses/kubeagent/THIRD-PARTY-LICENSES.txt", 0o644, licences.to_vec()),
        Entry::folder("var"),
        Entry::folder("var/lib"),
        // `file_storage`, where no volume is mounted.
        Entry { owner: USER, mode: 0o700, ..Entry::folder("var/lib/kubeagent") },
    ])
}

/// Mozilla's roots in PEM.
fn certificates() -> Result<String> {
    let mut text = String::new();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let encoded = STANDARD.encode(certificate);
        for line in encoded.as_bytes().chunks(64) {
            writeln!(text, "{}", String::from_utf8_lossy(line))?;
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    Ok(text)
}
