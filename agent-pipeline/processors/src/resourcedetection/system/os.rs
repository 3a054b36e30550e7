//! The operating system: uname(2), os-release(5), machine-id(5).

use rustix::system::{Uname, uname};

use super::files::Files;
use super::{Found, SystemAttribute};

/// Adds what is wanted of `os.*`, and `host.id` and `host.arch`.
pub(super) fn add(found: &mut Found<'_>, files: &Files) {
    let release = Release::read(files);
    let kernel = uname();
    found.text(SystemAttribute::OsType, || Some("linux".to_owned()));
    found.text(SystemAttribute::OsName, || release.get("ID"));
    found.text(SystemAttribute::OsVersion, || version(&release, files));
    let build = || release.get("BUILD_ID");
    found.text(SystemAttribute::OsBuildId, || build().or_else(|| Some(text(kernel.release()))));
    found.text(SystemAttribute::OsDescription, || Some(description(&release, &kernel)));
    found.text(SystemAttribute::HostId, || machine_id(files));
    found.text(SystemAttribute::HostArch, || Some(arch(std::env::consts::ARCH).to_owned()));
}

/// The assignments of os-release(5); of two to one name the later counts.
struct Release(Vec<(String, String)>);

impl Release {
    fn read(files: &Files) -> Self {
        let text = files.text("etc/os-release").or_else(|| files.text("usr/lib/os-release"));
        let text = text.unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| line.split_once('='));
        Self(pairs.map(|(name, value)| (name.to_owned(), unquoted(value))).collect())
    }

    fn get(&self, name: &str) -> Option<String> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    }
}

/// A value as a shell reads it: in either quotes or none, with `\` before what means something in double ones.
fn unquoted(value: &str) -> String {
    let within = |quote| value.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    if let Some(plain) = within('\'') {
        return plain.to_owned();
    }
    let mut out = String::new();
    let mut characters = within('"').unwrap_or(value).chars();
    while let Some(character) = characters.next() {
        out.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    out
}

/// Debian writes the number after the dot in a file of its own.
fn version(release: &Release, files: &Files) -> Option<String> {
    let of_debian = || files.text("etc/debian_version").map(|text| text.trim().to_owned());
    let own = release.get("ID").filter(|id| id == "debian").and_then(|_| of_debian());
    own.or_else(|| release.get("VERSION_ID"))
}

/// `Ubuntu 22.04.4 LTS (Jammy Jellyfish) (Linux host 5.15.0 #1 SMP x86_64)`.
fn description(release: &Release, kernel: &Uname) -> String {
    let version = release.get("VERSION").or_else(|| release.get("VERSION_ID"));
    let system = match (release.get("NAME"), version) {
        (Some(name), Some(version)) => Some(format!("{name} {version}")),
        (Some(name), None) => Some(name),
        (None, _) => release.get("PRETTY_NAME"),
    };
    let parts = [kernel.sysname(), kernel.nodename(), kernel.release(), kernel.version(), kernel.machine()];
    let kernel = parts.map(text).join(" ");
    match system {
        Some(system) => format!("{system} ({kernel})"),
        None => kernel,
    }
}

fn machine_id(files: &Files) -> Option<String> {
    let found = ["etc/machine-id", "var/lib/dbus/machine-id"].into_iter().find_map(|path| files.text(path));
    if found.is_none() {
        tracing::warn!("failed to get host ID: there is no machine-id");
    }
    found.map(|text| text.trim().to_owned())
}

/// The name of the semantic conventions for one of Rust's.
fn arch(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc64" => "ppc64",
        "powerpc" => "ppc32",
        other => other,
    }
}

fn text(text: &std::ffi::CStr) -> String {
    text.to_string_lossy().into_owned()
}
