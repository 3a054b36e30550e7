//! The log of a process, seen from outside: this file starts itself as that process, which is why it has its own `main`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "outside test functions, in a file that is a test"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use agent_telemetry::{LogError, init};
use tracing::Level;

/// The argument that makes this binary the process under test.
const CHILD: &str = "--say-five-thousand-things";

fn main() {
    if std::env::args().any(|argument| argument == CHILD) {
        say_five_thousand_things();
    }
    lines_are_on_standard_output_before_the_process_exits();
    a_reader_that_goes_away_does_not_end_the_process();
    println!("2 passed, 0 failed");
}

fn start() -> Child {
    let this = std::env::current_exe().unwrap();
    Command::new(this).arg(CHILD).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
}

fn lines_are_on_standard_output_before_the_process_exits() {
    let output = start().wait_with_output().unwrap();
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

fn a_reader_that_goes_away_does_not_end_the_process() {
    let mut child = start();
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

fn say_five_thousand_things() -> ! {
    let log = init(Level::INFO).unwrap();
    assert!(matches!(init(Level::INFO), Err(LogError::Installed)));
    log.set_sampling(None);
    for n in 0..5_000 {
        tracing::warn!(n, "a thing");
    }
    assert!(log.flush());
    std::process::exit(7);
}
