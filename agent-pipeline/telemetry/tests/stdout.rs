//! The log of a process, seen from outside: this file's test binary starts itself as that process.

#![expect(clippy::unwrap_used, reason = "outside test functions, in a file that is a test")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use agent_telemetry::{LogError, init};
use tracing::Level;

/// Starts this binary with only the ignored test `name`.
fn start(name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", name, "--nocapture"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn lines_are_on_standard_output_before_the_process_exits() {
    let output = start("child_that_says_five_thousand_things").wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 5_000);
    assert_eq!(lines[4_999]["n"], 4_999);
}

#[test]
fn a_reader_that_goes_away_does_not_end_the_process() {
    let mut child = start("child_that_says_five_thousand_things");
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with('{') {
        line.clear();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the child said nothing");
    }
    // The rest is more than a pipe holds: the child is still writing when its reader goes.
    drop(reader);
    assert_eq!(child.wait().unwrap().code(), Some(7));
}

#[test]
#[ignore = "a process for the tests above"]
fn child_that_says_five_thousand_things() {
    let log = init(Level::INFO).unwrap();
    assert!(matches!(init(Level::INFO), Err(LogError::Installed)));
    log.set_sampling(None);
    for n in 0..5_000 {
        tracing::warn!(n, "a thing");
    }
    assert!(log.flush());
    std::process::exit(7);
}
