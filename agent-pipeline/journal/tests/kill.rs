//! The journal of a process that is killed, on a real disk: what it had told to be confirmed is there.
//!
//! The process is this program, started with a directory as its argument. It writes a line for each confirmed append and
//! each record it acknowledged; it is killed in the middle of that, again and again.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "outside test functions, in a file that is a test"
)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use agent_journal::{Durability, Journal, Record, Settings};
use bytes::Bytes;

const CHILD: &str = "--appends-to";
const KILLS: usize = 6;
const LINES: usize = 400;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if arguments.next().as_deref() == Some(CHILD) {
        let directory = arguments.next().unwrap();
        let first = arguments.next().unwrap().parse().unwrap();
        runtime.block_on(append_for_ever(Path::new(&directory), first));
        return;
    }
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("queue");
    let (mut confirmed, mut acknowledged) = (BTreeSet::new(), BTreeSet::new());
    for kill in 0..KILLS {
        live(&directory, kill * 1_000_000, &mut confirmed, &mut acknowledged);
        runtime.block_on(check(&directory, &confirmed, &acknowledged));
    }
    println!("{KILLS} kills: {} records confirmed, {} acknowledged", confirmed.len(), acknowledged.len());
}

fn settings() -> Settings {
    let settings = Settings::new(256 << 20, Durability::Process);
    // Little is read ahead, so that there is a backlog; some comes ahead of it.
    Settings { segment_bytes: 64 << 10, read_ahead_bytes: 16 << 10, live_share: 0.5, ..settings }
}

fn record(id: usize) -> Record {
    Record::new(id.to_string(), [Bytes::from(id.to_string().repeat(id % 1000))])
}

fn id_of(record: &Record) -> usize {
    let id = std::str::from_utf8(&record.header).unwrap().parse().unwrap();
    assert_eq!(record.clone().into_body(), self::record(id).into_body());
    id
}

/// Appends from many tasks, and acknowledges two of three records that come.
async fn append_for_ever(directory: &Path, first: usize) {
    let journal = Arc::new(Journal::open(directory, settings()).await.unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..10 {
        let journal = Arc::clone(&journal);
        tasks.spawn(async move {
            for id in (first + task..).step_by(10) {
                journal.append(record(id)).await.unwrap();
                tell("confirmed", id);
            }
        });
    }
    while let Some(stored) = journal.next().await.unwrap() {
        let id = id_of(&stored.record);
        if !id.is_multiple_of(3) {
            // Told first: what is told and not done comes back, which is allowed.
            tell("acknowledged", id);
            journal.acknowledge(stored.sequence);
        }
    }
}

fn tell(what: &str, id: usize) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what} {id}").and_then(|()| out.flush()).unwrap();
}

/// Starts a process, kills it after some lines, and takes in what it told.
fn live(directory: &Path, first: usize, confirmed: &mut BTreeSet<usize>, acknowledged: &mut BTreeSet<usize>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([CHILD, directory.to_str().unwrap(), &first.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    for (number, line) in BufReader::new(child.stdout.take().unwrap()).lines().enumerate() {
        if number == LINES {
            child.kill().unwrap();
        }
        // What was in the pipe when it was killed counts too. Lines are short, so a pipe takes them whole.
        let line = line.unwrap();
        let (what, id) = line.split_once(' ').unwrap();
        let told = if what == "confirmed" { &mut *confirmed } else { &mut *acknowledged };
        told.insert(id.parse().unwrap());
    }
    assert!(!child.wait().unwrap().success());
}

/// Everything that was confirmed and not acknowledged comes, and nothing twice.
async fn check(directory: &Path, confirmed: &BTreeSet<usize>, acknowledged: &BTreeSet<usize>) {
    let journal = Journal::open(directory, settings()).await.unwrap();
    let status = journal.status();
    assert_eq!((status.damage.records, status.damage.set_aside, status.damage.unreadable), (0, 0, 0));
    let mut came = BTreeSet::new();
    for _ in 0..status.records {
        let next = tokio::time::timeout(Duration::from_secs(20), journal.next());
        let stored = next.await.expect("as many as there are").unwrap().unwrap();
        assert!(came.insert(id_of(&stored.record)));
    }
    let lost: Vec<_> = confirmed.difference(acknowledged).filter(|id| !came.contains(id)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    journal.close().await;
}
