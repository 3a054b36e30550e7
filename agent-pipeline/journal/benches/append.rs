//! How fast records become durable and come back, and what it costs.
//!
//! `cargo bench -p agent-journal`, with a directory to measure another disk than that of temporary files. A row is some
//! seconds of: so many tasks append, one takes and acknowledges. CPU is of the whole process, kernel included.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark has nobody to hand an error to, and prints about"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use agent_journal::{Durability, Journal, Record, Settings};
use bytes::Bytes;
use tokio::task::JoinSet;

struct Row {
    name: &'static str,
    durability: Durability,
    record_bytes: usize,
    pieces: usize,
    tasks: usize,
    records: usize,
    /// Records are read from the disk, after all of them are in.
    backlog: bool,
}

const ROWS: [Row; 6] = [
    row("350 kB, process", Durability::Process, 350_000, 20, 8, 6000),
    row("2 kB, process", Durability::Process, 2000, 2, 64, 400_000),
    row("2 kB, process, one task", Durability::Process, 2000, 2, 1, 60_000),
    row("350 kB, node", Durability::Node, 350_000, 20, 8, 600),
    row("2 kB, node", Durability::Node, 2000, 2, 64, 19_200),
    Row {
        backlog: true,
        ..row("350 kB, process, backlog of 1 GB", Durability::Process, 350_000, 20, 8, 3000)
    },
];

const fn row(
    name: &'static str,
    durability: Durability,
    record_bytes: usize,
    pieces: usize,
    tasks: usize,
    records: usize,
) -> Row {
    Row { name, durability, record_bytes, pieces, tasks, records, backlog: false }
}

fn main() {
    let directory = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let directory = directory.map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for row in &ROWS {
        let parent = tempfile::tempdir_in(&directory).unwrap();
        runtime.block_on(measure(row, parent.path().join("queue")));
    }
}

async fn measure(row: &Row, directory: PathBuf) {
    let settings = Settings::new(4 << 30, row.durability);
    let journal = Arc::new(Journal::open(&directory, settings.clone()).await.unwrap());
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let appends = append(&journal, row);
    if row.backlog {
        appends.join_all().await;
        print(row, "append", start, cpu);
        journal.close().await;
        let start = Instant::now();
        let journal = Journal::open(&directory, settings).await.unwrap();
        let (first, cpu) = (Instant::now(), cpu_seconds());
        take(&journal, 1).await;
        println!("{:<36} open and first record: {:.1} ms", row.name, start.elapsed().as_secs_f64() * 1e3);
        take(&journal, row.records - 1).await;
        print(row, "take", first, cpu);
    } else {
        take(&journal, row.records).await;
        appends.join_all().await;
        print(row, "append, take", start, cpu);
    }
}

fn append(journal: &Arc<Journal>, row: &Row) -> JoinSet<()> {
    let piece = Bytes::from(vec![7; row.record_bytes / row.pieces]);
    let record = Record::new("traces", std::iter::repeat_n(piece, row.pieces));
    let mut tasks = JoinSet::new();
    for _ in 0..row.tasks {
        let (journal, record, records) = (Arc::clone(journal), record.clone(), row.records / row.tasks);
        tasks.spawn(async move {
            for _ in 0..records {
                journal.append_when_room(record.clone()).await.unwrap();
            }
        });
    }
    tasks
}

async fn take(journal: &Journal, records: usize) {
    for _ in 0..records {
        journal.acknowledge(journal.next().await.unwrap().unwrap().sequence);
    }
}

fn print(row: &Row, what: &str, start: Instant, cpu: f64) {
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let bytes = (row.records * row.record_bytes) as f64;
    println!(
        "{:<36} {what:<13} {:>7.0} MB/s {:>8.0} records/s {:>7.1} us CPU a record {:>6.2} s CPU a GB",
        row.name,
        bytes / 1e6 / seconds,
        row.records as f64 / seconds,
        cpu * 1e6 / row.records as f64,
        cpu * 1e9 / bytes,
    );
}

/// Of this process so far, as proc(5) tells it.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks: f64 = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    // Ticks are hundredths on every Linux that is met.
    ticks / 100.0
}
