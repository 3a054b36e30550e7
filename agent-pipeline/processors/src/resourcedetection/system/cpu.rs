//! The first processor, from `/proc/cpuinfo` (proc(5)).

use agent_otlp::AnyValue;

use super::files::Files;
use super::{Found, SystemAttribute};

const TEXTS: [(SystemAttribute, &[&str]); 4] = [
    (SystemAttribute::HostCpuFamily, &["cpu family"]),
    (SystemAttribute::HostCpuModelId, &["model", "CPU part"]),
    (SystemAttribute::HostCpuModelName, &["model name"]),
    (SystemAttribute::HostCpuStepping, &["stepping", "CPU revision"]),
];

/// Adds what is wanted of `host.cpu.*`.
pub(super) fn add(found: &mut Found<'_>, files: &Files) {
    let wanted = TEXTS.iter().map(|(attribute, _)| *attribute);
    let others = [SystemAttribute::HostCpuVendorId, SystemAttribute::HostCpuCacheL2Size];
    if !wanted.chain(others).any(|attribute| found.wants(attribute)) {
        return;
    }
    let text = files.text("proc/cpuinfo").unwrap_or_default();
    let get = |names: &[&str]| names.iter().find_map(|name| field(&text, name));
    for (attribute, names) in TEXTS {
        found.text(attribute, || get(names).map(str::to_owned));
    }
    let vendor = || get(&["vendor_id"]).or_else(|| get(&["CPU implementer"]).and_then(arm_vendor));
    found.text(SystemAttribute::HostCpuVendorId, || vendor().map(str::to_owned));
    found.add(SystemAttribute::HostCpuCacheL2Size, || cache_size(&text).map(AnyValue::Int));
}

/// The value of the first line `name : value`.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.into_iter().find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
}

/// The number before ` KB`, as the Collector gives it.
fn cache_size(text: &str) -> Option<i64> {
    field(text, "cache size")?.strip_suffix("KB")?.trim_end().parse().ok()
}

/// Implementers by the number in the main ID register of Arm processors.
fn arm_vendor(number: &str) -> Option<&'static str> {
    match number.to_ascii_lowercase().as_str() {
        "0x41" => Some("ARM"),
        "0x42" => Some("Broadcom"),
        "0x43" => Some("Cavium"),
        "0x4e" => Some("NVIDIA"),
        "0x50" => Some("APM"),
        "0x51" => Some("Qualcomm"),
        "0x61" => Some("Apple"),
        _ => None,
    }
}
