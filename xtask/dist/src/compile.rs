//! The release build of the agent for one target: static, stripped, and without a trace of the machine it was built on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Message;

use crate::facts::Facts;
use crate::target::{HOST_ARCHITECTURE, Target};

/// Builds and says where the binary is. `sources` is where cargo keeps dependencies.
pub(crate) fn compile(root: &Path, sources: &Path, facts: &Facts, target: &Target) -> Result<PathBuf> {
    println!("building kubeagent for {}", target.triple);
    let folders = [(sources, "/cargo"), (root, "/kubeagent")];
    let mut flags = vec!["-Ctarget-feature=+crt-static".to_owned()];
    flags.extend(folders.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())));
    let maps: Vec<String> =
        folders.iter().map(|(from, to)| format!("-ffile-prefix-map={}={to}", from.display())).collect();
    let name = target.triple.replace('-', "_");
    let mut call = Command::new("cargo");
    call.current_dir(root)
        .args(["build", "--release", "--locked", "-p", "kubeagent", "--target", target.triple])
        .arg("--message-format=json-render-diagnostics")
        // Only the flags named here: those of the environment would show in the binary.
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env(format!("CFLAGS_{name}"), maps.join(" "))
        .env("SOURCE_DATE_EPOCH", facts.time.to_string())
        .env("KUBEAGENT_COMMIT", &facts.commit)
        .stderr(Stdio::inherit());
    if let Some(compiler) = target.c_compiler() {
        call.env(format!("CC_{name}"), compiler);
        if target.architecture != HOST_ARCHITECTURE {
            call.env(format!("CARGO_TARGET_{}_LINKER", name.to_uppercase()), compiler);
        }
    }
    let output = call.output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("cargo build ended with {}", output.status);
    }
    let program =
        Message::parse_stream(output.stdout.as_slice()).flatten().find_map(|message| match message {
            Message::CompilerArtifact(artifact) if artifact.target.name == "kubeagent" => artifact.executable,
            _ => None,
        });
    Ok(program.context("the build made no binary `kubeagent`")?.into())
}
