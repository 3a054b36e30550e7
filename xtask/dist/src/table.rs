//! What was made, how large it is, and how large it may be.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, bail};

use crate::outputs::{Output, Outputs, digest};

/// What the image may have unpacked, in bytes.
const LAYER: usize = 20_000_000;
/// What it may have compressed.
const COMPRESSED: usize = 8_000_000;

/// A line for each file, and one for each layer.
pub(crate) fn of(outputs: &Outputs, folder: &Path) -> String {
    let mut text = format!("in {}:\n", folder.display());
    for Output { name, content, .. } in &outputs.files {
        let short: String = digest(content).chars().take(16).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:<48}{:>10}  sha256 {short}..", megabytes(content.len()));
    }
    for layer in &outputs.layers {
        let _ = writeln!(
            text,
            "  image for {:<38}{:>10}  unpacked (at most {}), {} compressed (at most {})",
            layer.architecture,
            megabytes(layer.unpacked),
            megabytes(LAYER),
            megabytes(layer.compressed),
            megabytes(COMPRESSED),
        );
    }
    text
}

/// Refuses an image that became too large.
pub(crate) fn judge(outputs: &Outputs) -> Result<()> {
    for layer in &outputs.layers {
        if layer.unpacked > LAYER || layer.compressed > COMPRESSED {
            bail!("the image for {} is too large", layer.architecture);
        }
    }
    Ok(())
}

fn megabytes(bytes: usize) -> String {
    format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000)
}
