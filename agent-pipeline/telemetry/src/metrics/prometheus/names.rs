//! OpenTelemetry names as Prometheus names: only letters, digits and `_`, with unit and `_total` where asked for.

use std::borrow::Cow;

use agent_config::document::PrometheusExporter;

/// The name of a metric of a Prometheus `kind` as the reader's switches want it.
pub(super) fn metric(name: &str, unit: &str, kind: &str, switches: &PrometheusExporter) -> String {
    let mut name = escape(name, true).into_owned();
    let with_total = kind == "counter" && !switches.without_type_suffix;
    if with_total && let Some(bare) = name.strip_suffix("_total") {
        name.truncate(bare.len());
    }
    if !switches.without_units
        && let Some(suffix) = unit_suffix(unit, kind)
        && !name.split('_').any(|part| part == suffix)
    {
        name.push('_');
        name.push_str(suffix);
    }
    if with_total {
        name.push_str("_total");
    }
    name
}

/// The name of a label.
pub(super) fn label(name: &str) -> Cow<'_, str> {
    escape(name, false)
}

fn escape(name: &str, colons: bool) -> Cow<'_, str> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':');
    let needs_start = name.starts_with(|c: char| c.is_ascii_digit());
    if !needs_start && name.chars().all(is_allowed) {
        return Cow::Borrowed(name);
    }
    let start = needs_start.then_some('_');
    start.into_iter().chain(name.chars().map(|c| if is_allowed(c) { c } else { '_' })).collect()
}

/// Words for the units in use; annotations in braces and unknown units add nothing.
fn unit_suffix(unit: &str, kind: &str) -> Option<&'static str> {
    match unit {
        "s" => Some("seconds"),
        "ms" => Some("milliseconds"),
        "By" => Some("bytes"),
        "1" if kind == "gauge" => Some("ratio"),
        _ => None,
    }
}
