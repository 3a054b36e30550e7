//! What is built for, as far as this machine can.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

/// A target of the compiler that gives a static binary.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// As the compiler calls it.
    pub(crate) triple: &'static str,
    /// As OCI calls it.
    pub(crate) architecture: &'static str,
    /// The C compiler, where it is not `cc`.
    c_compiler: Option<&'static str>,
}

/// The architecture of this machine, as OCI calls it.
pub(crate) const HOST_ARCHITECTURE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };

/// The C library that programs of this machine use.
const HOST_LIBRARY: &str = if cfg!(target_env = "musl") { "musl" } else { "gnu" };

/// For each architecture, the best first. musl is made for static binaries; the static C library of GNU does as well,
/// since 2.34 without any module to load for name resolution.
const WANTED: [&[Target]; 2] = [
    &[
        Target { triple: "x86_64-unknown-linux-musl", architecture: "amd64", c_compiler: Some("musl-gcc") },
        Target { triple: "x86_64-unknown-linux-gnu", architecture: "amd64", c_compiler: None },
    ],
    &[
        Target {
            triple: "aarch64-unknown-linux-musl",
            architecture: "arm64",
            c_compiler: Some("aarch64-linux-musl-gcc"),
        },
        Target {
            triple: "aarch64-unknown-linux-gnu",
            architecture: "arm64",
            c_compiler: Some("aarch64-linux-gnu-gcc"),
        },
    ],
];

/// The targets that can be built, one for each architecture at most, and what was left out with the reason.
pub(crate) fn installed() -> Result<(Vec<&'static Target>, Vec<String>)> {
    let (mut targets, mut left_out) = (Vec::new(), Vec::new());
    for choices in &WANTED {
        let mut reasons = Vec::new();
        for target in *choices {
            match target.missing()? {
                None => {
                    targets.push(target);
                    break;
                }
                Some(reason) => reasons.push(format!("{}: {reason}", target.triple)),
            }
        }
        left_out.extend(reasons);
    }
    Ok((targets, left_out))
}

impl Target {
    /// The C compiler to use, where it is not the usual one of this machine.
    pub(crate) fn c_compiler(&self) -> Option<&'static str> {
        let native = self.architecture == HOST_ARCHITECTURE && self.triple.ends_with(HOST_LIBRARY);
        self.c_compiler.filter(|_| !native)
    }

    fn missing(&self) -> Result<Option<String>> {
        let output = Command::new("rustc")
            .args(["--print", "target-libdir", "--target", self.triple])
            .output()
            .context("cannot run rustc")?;
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        if !output.status.success() || !folder.is_dir() {
            return Ok(Some(format!(
                "its Rust target is not installed (`rustup target add {}`)",
                self.triple
            )));
        }
        let compiler = self.c_compiler();
        let there = compiler.is_none_or(|name| Command::new(name).arg("--version").output().is_ok());
        Ok((!there).then(|| format!("there is no C compiler `{}`", compiler.unwrap_or_default())))
    }
}
