//! Names under the switches.

use agent_config::document::PrometheusExporter;

use super::names;

#[test]
fn names_follow_the_switches() {
    let plain = PrometheusExporter::default();
    let bare = PrometheusExporter::of_the_collector();
    let no_units = PrometheusExporter { without_units: true, ..PrometheusExporter::default() };
    for (name, unit, kind, with, without_units, without) in [
        (
            "otelcol_process_uptime",
            "s",
            "counter",
            "otelcol_process_uptime_seconds_total",
            "otelcol_process_uptime_total",
            "otelcol_process_uptime",
        ),
        (
            "otelcol_process_cpu_seconds",
            "s",
            "counter",
            "otelcol_process_cpu_seconds_total",
            "otelcol_process_cpu_seconds_total",
            "otelcol_process_cpu_seconds",
        ),
        (
            "otelcol_process_memory_rss",
            "By",
            "gauge",
            "otelcol_process_memory_rss_bytes",
            "otelcol_process_memory_rss",
            "otelcol_process_memory_rss",
        ),
        ("a.b-c", "{spans}", "counter", "a_b_c_total", "a_b_c_total", "a_b_c"),
        ("a_total", "By", "counter", "a_bytes_total", "a_total", "a_total"),
        ("2xx", "", "gauge", "_2xx", "_2xx", "_2xx"),
        ("load", "1", "gauge", "load_ratio", "load", "load"),
    ] {
        let named = |switches| names::metric(name, unit, kind, switches);
        assert_eq!([named(&plain), named(&no_units), named(&bare)], [with, without_units, without]);
    }
    assert_eq!(names::label("service.name:x"), "service_name_x");
}
