//! Names under the switches.

use agent_config::document::PrometheusExporter;

use super::names;

#[test]
fn names_follow_the_switches() {
    let plain = PrometheusExporter::default();
    let bare = PrometheusExporter::of_the_collector();
    let no_units = PrometheusExporter { without_units: true, ..PrometheusExporter::default() };
    for (name, unit, counter, with, without_units, without) in [
        (
            "otelcol_process_uptime",
            "s",
            true,
            "otelcol_process_uptime_seconds_total",
            "otelcol_process_uptime_total",
            "otelcol_process_uptime",
        ),
        (
            "otelcol_process_cpu_seconds",
            "s",
            true,
            "otelcol_process_cpu_seconds_total",
            "otelcol_process_cpu_seconds_total",
            "otelcol_process_cpu_seconds",
        ),
        (
            "otelcol_process_memory_rss",
            "By",
            false,
            "otelcol_process_memory_rss_bytes",
            "otelcol_process_memory_rss",
            "otelcol_process_memory_rss",
        ),
        ("a.b-c", "{spans}", true, "a_b_c_total", "a_b_c_total", "a_b_c"),
        ("a_total", "By", true, "a_bytes_total", "a_total", "a_total"),
        ("2xx", "", false, "_2xx", "_2xx", "_2xx"),
        ("load", "1", false, "load_ratio", "load", "load"),
    ] {
        let named = |switches| names::metric(name, unit, counter, !counter, switches);
        assert_eq!([named(&plain), named(&no_units), named(&bare)], [with, without_units, without]);
    }
    assert_eq!(names::label("service.name:x"), "service_name_x");
}
