//! A processor that gathers is left out where all behind it keep data on disk and are fed in the same way.

use crate::plan::testing::judge;
use crate::{Difference, Effect, Plan};

/// Pipelines of logs with exporters on disk (`keep/a`, `keep/b`) and in memory (`keep/m`).
fn document(processors: &str, pipelines: &str) -> String {
    format!(
        "receivers: {{hand: }}\nprocessors: {{{processors}}}\n\
         exporters: {{keep/a: {{storage: disk}}, keep/b: {{storage: disk}}, keep/m: }}\n\
         connectors: {{join: }}\nextensions: {{disk: }}\n\
         service: {{extensions: [disk], pipelines: {{{pipelines}}}}}\n"
    )
}

/// The pipelines that are folded, what each exporter does for them, and the warnings.
fn outcome(processors: &str, pipelines: &str) -> (Vec<String>, Vec<String>, String) {
    let (plan, issues) = judge(&document(processors, pipelines));
    let plan = plan.unwrap_or_else(|| panic!("{issues}"));
    let folded = plan.pipelines.iter().filter(|pipeline| pipeline.folded);
    let exporters = plan.exporters.iter().flat_map(|exporter| {
        let id = &exporter.part.id;
        exporter.folded.iter().map(move |folded| {
            format!("{id}: {} of {} due {}", folded.processor, folded.signal, folded.batching.due)
        })
    });
    let mut folded: Vec<String> = folded.map(|pipeline| pipeline.id.to_string()).collect();
    folded.sort();
    (folded, exporters.collect(), issues)
}

#[track_caller]
fn folded(processors: &str, pipelines: &str, expected: &[&str], of_exporters: &[&str]) {
    let (folded, exporters, issues) = outcome(processors, pipelines);
    assert_eq!((folded, issues), (expected.iter().map(ToString::to_string).collect(), String::new()));
    assert_eq!(exporters, of_exporters);
}

#[track_caller]
fn left(processors: &str, pipelines: &str, why: &str) {
    let (folded, exporters, issues) = outcome(processors, pipelines);
    assert!(folded.is_empty() && exporters.is_empty(), "{folded:?} {exporters:?}");
    assert!(
        issues.starts_with("warning: processors::gather: what \"gather\" gathers in logs is in memory"),
        "{issues}"
    );
    assert!(
        issues.contains(&format!("although exporter \"keep/a\" keeps its queue on disk: {why}")),
        "{issues}"
    );
    assert_eq!(issues.lines().count(), 1, "{issues}");
}

#[test]
fn a_trailing_one_in_front_of_queues_on_disk_is_folded_into_all_of_them() {
    folded(
        "gather: {due: 7}",
        "logs: {receivers: [hand], processors: [gather], exporters: [keep/a, keep/b]}",
        &["logs"],
        &["keep/a: gather of logs due 7", "keep/b: gather of logs due 7"],
    );
}

#[test]
fn pipelines_that_gather_in_the_same_way_are_folded_together_and_signals_apart() {
    folded(
        "gather: {due: 7}, gather/t: {due: 8}",
        "logs: {receivers: [hand], processors: [gather], exporters: [keep/a]}, \
         logs/2: {receivers: [hand], processors: [gather], exporters: [keep/a, keep/b]}, \
         traces: {receivers: [hand], processors: [gather/t], exporters: [keep/b]}",
        &["logs", "logs/2", "traces"],
        &["keep/a: gather of logs due 7", "keep/b: gather/t of traces due 8", "keep/b: gather of logs due 7"],
    );
}

#[test]
fn without_a_queue_on_disk_nothing_changes_and_nothing_is_said() {
    folded("gather: ", "logs: {receivers: [hand], processors: [gather], exporters: [keep/m]}", &[], &[]);
    folded("gather: ", "logs: {receivers: [hand], exporters: [keep/a]}", &[], &[]);
}

#[test]
fn a_mix_of_exporters_is_not_folded() {
    left(
        "gather: ",
        "logs: {receivers: [hand], processors: [gather], exporters: [keep/m, keep/a]}",
        "exporter \"keep/m\" does not keep its queue on disk",
    );
    left(
        "gather: ",
        "logs: {receivers: [hand], processors: [gather], exporters: [keep/a, join]}, \
         logs/2: {receivers: [join], exporters: [keep/m]}",
        "connector \"join\" keeps nothing on disk",
    );
}

#[test]
fn one_that_keeps_clients_apart_or_is_not_the_last_is_not_folded() {
    left(
        "gather: {by_client: true}",
        "logs: {receivers: [hand], processors: [gather], exporters: [keep/a]}",
        "it keeps clients apart (`metadata_keys`)",
    );
    left(
        "gather: , gather/not: {gathers: false}",
        "logs: {receivers: [hand], processors: [gather, gather/not], exporters: [keep/a]}",
        "it is not the last processor",
    );
}

#[test]
fn a_queue_that_is_fed_in_two_ways_is_not_folded_into_and_neither_are_its_neighbours() {
    let (folded, exporters, issues) = outcome(
        "gather: ",
        "logs: {receivers: [hand], exporters: [keep/a]}, \
         logs/2: {receivers: [hand], processors: [gather], exporters: [keep/a, keep/b]}, \
         logs/3: {receivers: [hand], processors: [gather], exporters: [keep/b]}, \
         traces: {receivers: [hand], processors: [gather], exporters: [keep/a, keep/b]}",
    );
    assert_eq!(folded, ["traces"]);
    assert_eq!(exporters, ["keep/a: gather of traces due 0", "keep/b: gather of traces due 0"]);
    let mut lines: Vec<&str> = issues.lines().collect();
    lines.sort_unstable();
    assert!(lines[0].contains("keep/a\" gets data from logs too"), "{issues}");
    assert!(lines[1].contains("keep/b\" gets data from logs/2 too"), "{issues}");
    assert_eq!(lines.len(), 2);
}

#[test]
fn an_edit_of_the_processor_or_of_the_folding_exchanges_the_exporters() {
    let plan = |due: usize, exporters: &str| -> Plan {
        let pipelines =
            format!("logs: {{receivers: [hand], processors: [gather], exporters: [{exporters}]}}");
        judge(&document(&format!("gather: {{due: {due}}}"), &pipelines)).0.unwrap()
    };
    let changed = |before: &Plan, after: &Plan| {
        Difference::between(before, after).components(Effect::Change).collect::<Vec<_>>()
    };
    let (processor, exporter) = ("\"gather\" processor of logs", "\"keep/a\" exporter");
    assert_eq!(changed(&plan(1, "keep/a"), &plan(1, "keep/a")), [""; 0]);
    assert_eq!(changed(&plan(1, "keep/a"), &plan(2, "keep/a")), [processor, exporter]);
    assert_eq!(changed(&plan(1, "keep/a"), &plan(1, "keep/a, keep/m")), [processor, exporter]);
    assert_eq!(changed(&plan(1, "keep/m"), &plan(2, "keep/m")), [processor]);
}
