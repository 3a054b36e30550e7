//! `cargo xtask soak`: builds the agent and the soak, then lets the soak run.
//!
//! The work is in the package `agent-soak` below this one, which needs a Kubernetes client and the OTLP protobuf types.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::cargo::{self, Binaries, Profile, Scope};

/// What CI runs: every scenario in a form that takes seconds, also without optimisation.
const SHORT: &[&[&str]] = &[
    &["reload", "--edits", "10", "--rate", "2000"],
    &["outage", "--seconds", "2", "--rate", "2000"],
    &["kill", "--short"],
    &["kill", "--short", "--fsync"],
    &["disk", "--short"],
    &["statuses"],
    &["overload", "--short"],
    &["bombs", "--short"],
    &["hostile", "--short"],
    &["shutdown", "--rate", "2000"],
];

/// Runs the verb.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let (profile, args) = profile(args)?;
    let without_agent = args.iter().any(|arg| matches!(arg.as_str(), "--help" | "-h" | "--agent"));
    println!("building the soak and, unless it is given, the agent (minutes the first time)");
    // One after the other: built together, the agent would get the features that the soak's crates ask for.
    let mut binaries = cargo::build(Scope::Packages(&["agent-soak"]), profile)?;
    if !without_agent {
        binaries.extend(cargo::build(Scope::Packages(&["kubeagent"]), profile)?);
    }
    start(&binaries, profile, &args)
}

/// Runs the soak with programs that are built already.
pub(crate) fn start(binaries: &Binaries, profile: Profile, args: &[String]) -> Result<ExitCode> {
    let mut call = Command::new(cargo::binary(binaries, "agent-soak")?);
    call.args(args);
    if let Some(agent) = binaries.get("kubeagent") {
        call.arg("--agent").arg(agent);
    }
    if profile == Profile::Dev {
        call.arg("--relaxed");
    }
    let status = call.status().context("cannot start the soak")?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

/// Runs every scenario in its short form, the others also after one has failed.
///
/// # Errors
/// Names those that failed.
pub(crate) fn short(binaries: &Binaries) -> Result<()> {
    let mut failed = Vec::new();
    for args in SHORT {
        println!("\n-- {}", args.join(" "));
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        if start(binaries, Profile::Dev, &args)? != ExitCode::SUCCESS {
            failed.push(args.join(" "));
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    bail!("not every promise held: {}", failed.join(", "))
}

/// Takes `--profile` out of the arguments; the others are the soak's own.
fn profile(args: &[String]) -> Result<(Profile, Vec<String>)> {
    let mut profile = Profile::Release;
    let mut rest = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.strip_prefix("--profile") {
            Some("") => {
                let Some(value) = args.next() else { bail!("--profile needs a value: release or dev") };
                profile = Profile::parse(value)?;
            }
            Some(value) if value.starts_with('=') => profile = Profile::parse(value.trim_start_matches('='))?,
            _ => rest.push(arg.clone()),
        }
    }
    Ok((profile, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_taken_out_in_both_spellings() {
        let read = |args: &[&str]| profile(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>());
        let (found, rest) = read(&["reload", "--profile", "dev", "--edits", "3"]).unwrap();
        assert_eq!((found, rest), (Profile::Dev, ["reload", "--edits", "3"].map(str::to_owned).to_vec()));
        assert_eq!(read(&["--profile=dev"]).unwrap().0, Profile::Dev);
        assert_eq!(read(&["reload"]).unwrap().0, Profile::Release);
        assert!(read(&["--profile"]).is_err() && read(&["--profile", "fast"]).is_err());
    }
}
