//! The command line.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// Printed for `--help`.
pub(crate) const USAGE: &str = "\
usage: cargo xtask dist [options]

Builds static release binaries for the targets that are installed, and makes of them an OCI image (one layer: the binary,
CA certificates, a user that is not root), a CycloneDX bill of materials, the licences of all dependencies and checksums.

  --out DIR       where it all goes (target/dist)
  --check         makes everything twice from the binaries and compares, then runs the demo with the image's binary in
                  a root file system that holds nothing but the image
  --unpack DIR    also unpacks the image of this machine's architecture";

/// What was asked for.
pub(crate) struct Options {
    /// Folder of the workspace.
    pub(crate) root: PathBuf,
    /// Where files go.
    pub(crate) out: PathBuf,
    /// Make it twice.
    pub(crate) check: bool,
    /// Where the image is unpacked.
    pub(crate) unpack: Option<PathBuf>,
}

impl Options {
    /// Reads arguments.
    pub(crate) fn parse(args: &[String]) -> Result<Self> {
        let (mut root, mut out, mut check, mut unpack) = (None, None, false, None);
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value\n\n{USAGE}"));
            match arg.as_str() {
                "--check" => check = true,
                "--out" => out = Some(PathBuf::from(value()?)),
                "--root" => root = Some(PathBuf::from(value()?)),
                "--unpack" => unpack = Some(PathBuf::from(value()?)),
                other => bail!("unknown option `{other}`\n\n{USAGE}"),
            }
        }
        let root = root.context("this is started by `cargo xtask dist`, which names the workspace")?;
        let out = out.unwrap_or_else(|| root.join("target/dist"));
        Ok(Self { root, out, check, unpack })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_mistakes_named() {
        let parse =
            |args: &[&str]| Options::parse(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>());
        let options = parse(&["--root", "r", "--check"]).unwrap();
        assert_eq!((options.out, options.check), (PathBuf::from("r/target/dist"), true));
        for (args, expected) in
            [(vec!["--nope"], "unknown option"), (vec!["--out"], "needs a value"), (vec![], "is started by")]
        {
            let text = parse(&args).err().unwrap().to_string();
            assert!(text.contains(expected), "{text}");
        }
    }
}
