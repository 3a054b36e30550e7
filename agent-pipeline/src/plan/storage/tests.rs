//! An exporter keeps data only in an extension that runs and is a storage, and goes with its settings.

use crate::plan::testing::judge as judge_text;
use crate::{Difference, Effect, Plan};

/// An exporter that keeps its data in `storage`, where `listed` extensions run.
fn judge(storage: &str, listed: &str, directory: &str) -> (Option<Plan>, String) {
    let text = format!(
        "receivers: {{hand: }}\nexporters: {{keep: {{storage: {storage}}}, keep/idle: {{storage: nowhere}}}}\n\
         extensions: {{disk/a: {{directory: {directory}}}, other: }}\n\
         service: {{extensions: [{listed}], pipelines: {{logs: {{receivers: [hand], exporters: [keep]}}}}}}\n"
    );
    judge_text(&text)
}

#[track_caller]
fn refused(storage: &str, listed: &str, words: &str) {
    let (plan, issues) = judge(storage, listed, "x");
    assert!(
        plan.is_none() && issues.starts_with(&format!("exporters::keep::queue::storage: {words}")),
        "{issues}"
    );
}

#[test]
fn a_storage_that_runs_is_taken() {
    let (plan, issues) = judge("disk/a", "disk/a, other", "x");
    assert!(plan.is_some() && issues.is_empty(), "{issues}");
}

#[test]
fn a_storage_that_does_not_run_is_refused() {
    refused("disk/a", "other", "no storage client extension found: \"disk/a\" is not in service::extensions");
    refused("disk/b", "disk/a", "no storage client extension found");
}

#[test]
fn an_extension_that_keeps_nothing_is_refused() {
    refused("other", "other", "requested extension is not a storage extension: \"other\"");
}

#[test]
fn an_exporter_is_exchanged_with_the_settings_of_its_storage() {
    let changed = |after: &str| {
        let plan = |directory| judge("disk/a", "disk/a", directory).0.unwrap();
        Difference::between(&plan("x"), &plan(after)).components(Effect::Change).collect::<Vec<_>>()
    };
    assert_eq!(changed("x"), [""; 0]);
    assert_eq!(changed("y"), ["\"disk/a\" extension", "\"keep\" exporter"]);
}
