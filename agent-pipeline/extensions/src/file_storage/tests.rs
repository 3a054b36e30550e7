//! `file_storage`: what it takes, and how its place is found.

use std::os::unix::fs::PermissionsExt;

use agent_component::{BuildInfo, Host};
use agent_config::{Issues, MapEnvironment, Section};

use super::*;
use crate::EXTENSIONS;

fn section(yaml: &str) -> Section {
    let (section, issues) = Section::parse("extensions::file_storage", yaml, &MapEnvironment::new());
    section.unwrap_or_else(|| panic!("{issues}"))
}

/// What is told of a section, and what it is.
fn check_yaml(yaml: &str) -> (Option<Config>, String) {
    let mut issues = Issues::new();
    let config = section(yaml).decode_valid(&mut issues);
    (config, issues.to_string())
}

fn context() -> BuildContext {
    let build = BuildInfo { version: "0.0.0", commit: "none" };
    let host = Host::new(build, Arc::new(MapEnvironment::new()));
    BuildContext { id: "file_storage".parse().unwrap(), pipeline: None, host: Arc::new(host) }
}

fn build(yaml: &str, context: &BuildContext) -> Result<Arc<dyn Extension>, BuildError> {
    let row = EXTENSIONS.iter().find(|row| row.info.type_name == "file_storage").unwrap();
    (row.decode)(&section(yaml), &mut Issues::new()).unwrap().build(context)
}

#[track_caller]
fn refusal(yaml: &str) -> (String, String) {
    let error = build(yaml, &context()).err().unwrap();
    (error.at, error.message)
}

#[test]
fn the_defaults_are_the_collectors() {
    let config = check_yaml("{}").0.unwrap();
    assert_eq!(config.place(None), ("/var/lib/otelcol/file_storage".into(), false));
    assert_eq!((config.fsync, config.create_directory, config.recreate), (false, false, false));
    assert_eq!((&*config.directory_permissions, config.mode()), ("0750", Some(0o750)));
    assert_eq!(config.timeout.to_std().as_secs(), 1);
    assert_eq!(config.compaction.check_interval.to_std().as_secs(), 5);
    assert_eq!(config.compaction.max_transaction_size, 65_536);
}

#[test]
fn without_a_directory_the_state_directory_of_the_process_has_it() {
    let state = tempfile::tempdir().unwrap();
    let mut host = Host::clone(&context().host);
    host.state_dir = Some(state.path().join("state"));
    let context = BuildContext { host: Arc::new(host), ..context() };
    build("{}", &context).unwrap();
    assert!(state.path().join("state/queues").is_dir());
    let own = state.path().join("own");
    let error = build(&format!("{{directory: {}}}", own.display()), &context).err().unwrap();
    assert!(error.message.starts_with("directory must exist"), "{}", error.message);
}

#[test]
fn every_key_of_the_collector_is_taken() {
    let yaml = "{directory: /tmp, timeout: 2s, fsync: true, create_directory: true, directory_permissions: '0700', \
                recreate: true, compaction: {on_start: true, on_rebound: true, directory: /tmp, \
                rebound_needed_threshold_mib: 1, rebound_trigger_threshold_mib: 1, max_transaction_size: 0, \
                check_interval: 1s, cleanup_on_start: true}}";
    let (config, told) = check_yaml(yaml);
    assert!(config.is_some() && told.is_empty(), "{told}");
}

#[test]
fn bad_values_are_errors() {
    for (yaml, expected) in [
        ("{directory: ''}", "directory: directory must be specified"),
        (
            "{create_directory: true, directory_permissions: '8'}",
            "directory_permissions: directory_permissions value must be a valid octal representation",
        ),
        (
            "{create_directory: true, directory_permissions: '1777'}",
            "directory_permissions: directory_permissions contain invalid bits for file access",
        ),
        ("{max_size: 1000}", "max_size: `max_size` must be at least 1MiB"),
        (
            "{compaction: {max_transaction_size: -1}}",
            "compaction::max_transaction_size: max transaction size for compaction cannot be less than 0",
        ),
        (
            "{compaction: {on_rebound: true, check_interval: 0s}}",
            "compaction::check_interval: compaction check interval must be positive when rebound compaction is set",
        ),
        ("{direktory: /tmp}", "direktory: unknown key, did you mean `directory`?"),
    ] {
        let (config, told) = check_yaml(yaml);
        assert!(
            config.is_none() && told.contains(&format!("extensions::file_storage::{expected}")),
            "{told}"
        );
    }
}

#[test]
fn the_directory_must_be_there() {
    let parent = tempfile::tempdir().unwrap();
    let missing = parent.path().join("missing");
    let (at, text) = refusal(&format!("{{directory: {}}}", missing.display()));
    assert_eq!(at, "directory");
    assert!(text.starts_with("directory must exist: ") && text.contains("create_directory"), "{text}");
    fs::write(&missing, "").unwrap();
    let (at, text) = refusal(&format!("{{directory: {}}}", missing.display()));
    assert_eq!((&*at, text), ("directory", format!("{} is not a directory", missing.display())));
}

#[test]
fn a_directory_is_made_on_demand_with_its_permissions() {
    let parent = tempfile::tempdir().unwrap();
    let made = parent.path().join("a/b");
    let yaml =
        format!("{{directory: {}, create_directory: true, directory_permissions: '0700'}}", made.display());
    build(&yaml, &context()).unwrap();
    assert_eq!(fs::metadata(&made).unwrap().permissions().mode() & 0o777, 0o700);
    // The next start finds it.
    build(&yaml, &context()).unwrap();
    fs::write(parent.path().join("file"), "").unwrap();
    let yaml = format!("{{directory: {}/file/c, create_directory: true}}", parent.path().display());
    assert!(refusal(&yaml).1.starts_with("cannot create the directory "));
}

#[tokio::test]
async fn its_place_is_found_from_start_to_end() {
    let directory = tempfile::tempdir().unwrap();
    let context = context();
    let yaml = format!("{{directory: {}, fsync: true, max_size: 64MiB}}", directory.path().display());
    let extension = build(&yaml, &context).unwrap();
    let found = || context.host.storages.of(&context.id);
    assert_eq!(found(), None, "what was only built may never run");
    extension.start().await.unwrap();
    let expected = Storage { directory: directory.path().to_owned(), fsync: true, max_bytes: 64 << 20 };
    assert_eq!(found(), Some(expected.clone()));
    let life = Life::default();
    let mut run = Arc::clone(&extension).run(life.clone());
    tokio::select! {
        biased;
        _ = &mut run => panic!("ended before the stop"),
        () = tokio::task::yield_now() => {}
    }
    life.stop.cancel();
    run.await.unwrap();
    drop(extension);
    assert_eq!(found(), None);
}
