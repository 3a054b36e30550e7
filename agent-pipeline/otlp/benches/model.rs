//! Nanoseconds an item for what the agent does with a batch, with the full decode of a protobuf library as the
//! reference. Run with `cargo bench -p agent-otlp`; a name as argument runs the rows that contain it.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark prints and may fail loudly"
)]

mod payload;

use std::hint::black_box;
use std::time::{Duration, Instant};

use agent_otlp::{Batch, Signal, Verdict};
use bytes::Bytes;

const ITEMS: u32 = 100;

/// Runs `work` for about half a second and prints the best of its rounds, which are short so that some of them
/// are not interrupted on a busy machine.
fn row(filter: Option<&str>, name: &str, items: u32, mut work: impl FnMut()) {
    if filter.is_some_and(|filter| !name.contains(filter)) {
        return;
    }
    let once = Instant::now();
    work();
    let rounds = (2_000_000 / once.elapsed().as_nanos().max(1)).clamp(1, 100_000);
    let rounds = u32::try_from(rounds).unwrap();
    let mut best = Duration::MAX;
    for _ in 0..250 {
        let start = Instant::now();
        for _ in 0..rounds {
            work();
        }
        best = best.min(start.elapsed());
    }
    println!("{name:<40} {:>9.1} ns/item", best.as_secs_f64() * 1e9 / f64::from(rounds) / f64::from(items));
}

fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let filter = filter.as_deref();
    for (signal, message) in [
        (Signal::Traces, payload::traces(ITEMS)),
        (Signal::Logs, payload::logs(ITEMS)),
        (Signal::Metrics, payload::metrics(ITEMS)),
    ] {
        let bytes = Bytes::from(message);
        println!("{signal}: {} bytes, {} an item", bytes.len(), bytes.len() / ITEMS as usize);
        let row = |name: &str, work: &mut dyn FnMut()| row(filter, &format!("{signal}: {name}"), ITEMS, work);
        row("scan", &mut || {
            black_box(Batch::from_protobuf(signal, black_box(bytes.clone())).unwrap());
        });
        row("decode by the library (reference)", &mut || payload::decode(signal, black_box(&bytes)));
        let batch = Batch::from_protobuf(signal, bytes.clone()).unwrap();
        row("resource edit", &mut || {
            let mut batch = batch.clone();
            batch.edit_resources(|resource| {
                resource.attributes_mut().upsert("deployment.environment.name", "production");
                resource.attributes_mut().remove("host.name");
            });
            black_box(batch);
        });
        row("attribute edit of every record", &mut || {
            let mut batch = batch.clone();
            edit_attributes(&mut batch);
            black_box(batch);
        });
        row("look at every record, change none", &mut || {
            let mut batch = batch.clone();
            look(&mut batch);
            black_box(batch);
        });
        row("split in two", &mut || {
            let mut batch = batch.clone();
            black_box(batch.split_front(ITEMS as usize / 2));
            black_box(batch);
        });
        let mut json = Vec::new();
        row("JSON out", &mut || {
            json.clear();
            batch.write_json(&mut json);
            black_box(&json);
        });
        json.clear();
        batch.write_json(&mut json);
        row("JSON in", &mut || {
            black_box(Batch::from_json(signal, black_box(&json)).unwrap());
        });
    }
}

fn edit_attributes(batch: &mut Batch) {
    batch.edit_spans(|_, span| {
        span.attributes_mut().upsert("added", "value");
        span.attributes_mut().remove("http.route");
        Verdict::Keep
    });
    batch.edit_log_records(|_, record| {
        record.attributes_mut().upsert("added", "value");
        record.attributes_mut().remove("http.route");
        Verdict::Keep
    });
    batch.edit_data_points(|_, _, point| {
        point.attributes_mut().upsert("added", "value");
        point.attributes_mut().remove("http.route");
        Verdict::Keep
    });
}

fn look(batch: &mut Batch) {
    batch.edit_spans(|_, span| {
        black_box(span.attributes().get("http.route"));
        Verdict::Keep
    });
    batch.edit_log_records(|_, record| {
        black_box(record.attributes().get("http.route"));
        Verdict::Keep
    });
    batch.edit_data_points(|_, _, point| {
        black_box(point.attributes().get("http.route"));
        Verdict::Keep
    });
}
