//! What components count, and what stays of it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use agent_config::{Environment as _, ProcessEnvironment};

use super::super::registry::{Registry, Value, attributes};
use super::super::{ComponentKind, Reload, table};
use super::scrape::total;
use super::*;

#[tokio::test]
async fn a_replaced_component_counts_on_and_never_back() {
    let running = Running::with(DEFAULT_SWITCHES);
    let first = running.metrics.exporter(&id("otlphttp/a"), Signal::Logs);
    first.sent.add(40);
    first.send_failed.add_items(2);
    let second = running.metrics.exporter(&id("otlphttp/a"), Signal::Logs);
    second.sent.add(2);
    first.sent.add(1); // still draining
    drop(first);
    let name = "otelcol_exporter_sent_log_records";
    assert_eq!(
        running.scrape().await.series(name),
        [("exporter=otlphttp/a".to_owned(), "43".to_owned())].into()
    );
    drop(second);
    assert_eq!(running.scrape().await.series(name).len(), 1, "the count stays without its component");
    let third = running.metrics.exporter(&id("otlphttp/a"), Signal::Logs);
    third.sent.add(1);
    let scrape = running.scrape().await;
    assert_eq!(scrape.series(name)["exporter=otlphttp/a"], "44");
    assert_eq!(scrape.series("otelcol_exporter_send_failed_log_records")["exporter=otlphttp/a"], "2");
    assert_eq!(scrape.series("otelcol_exporter_enqueue_failed_log_records")["exporter=otlphttp/a"], "0");
    running.stop().await;
}

#[tokio::test]
async fn every_kind_of_component_has_the_collectors_labels() {
    let running = Running::with(DEFAULT_SWITCHES);
    let metrics = &running.metrics;
    metrics.receiver(&id("otlp"), "grpc", Signal::Traces).accepted.add(1);
    metrics.scraper(&id("hostmetrics"), "cpu", Signal::Metrics).scraped.add(2);
    metrics.processor(&id("filter/x"), Signal::Metrics).incoming.add(3);
    metrics.limiter(&id("memory_limiter"), Signal::Logs).refused.add(4);
    metrics.filtered(&id("filter/x"), Signal::Metrics).add(8);
    metrics.batch(&id("batch")).by_size.add(5);
    let queue = Arc::new(AtomicU64::new(6));
    let size = {
        let queue = Arc::downgrade(&queue);
        move || Some(queue.upgrade()?.load(Ordering::Relaxed))
    };
    let registration = metrics.queue(&id("otlp"), Signal::Traces, size, 1000);
    metrics.dropped(ComponentKind::Exporter, &id("otlp"), None, Signal::Logs, "queue_full").add(7);
    let scrape = running.scrape().await;
    for (name, labels, value) in [
        ("otelcol_receiver_accepted_spans", "receiver=otlp,transport=grpc", "1"),
        ("otelcol_receiver_refused_spans", "receiver=otlp,transport=grpc", "0"),
        ("otelcol_scraper_scraped_metric_points", "receiver=hostmetrics,scraper=cpu", "2"),
        ("otelcol_processor_incoming_items", "otel_signal=metrics,processor=filter/x", "3"),
        ("otelcol_processor_refused_log_records", "processor=memory_limiter", "4"),
        ("otelcol_processor_filter_datapoints_filtered", "filter=filter/x", "8"),
        ("otelcol_processor_batch_batch_size_trigger_send", "processor=batch", "5"),
        ("otelcol_exporter_queue_size", "data_type=traces,exporter=otlp", "6"),
        ("otelcol_exporter_queue_capacity", "data_type=traces,exporter=otlp", "1000"),
        (
            "otelcol_kubeagent_dropped_items",
            "otelcol_component_id=otlp,otelcol_component_kind=exporter,otelcol_signal=logs,reason=queue_full",
            "7",
        ),
    ] {
        assert_eq!(
            scrape.series(name).get(labels),
            Some(&value.to_owned()),
            "{name}: {:?}",
            scrape.series(name)
        );
    }
    assert_eq!(scrape.kinds["otelcol_exporter_queue_size"], "gauge");
    assert_eq!(scrape.kinds["otelcol_receiver_accepted_spans"], "counter");
    drop(queue);
    let scrape = running.scrape().await;
    assert!(scrape.series("otelcol_exporter_queue_size").is_empty(), "what is gone has no size");
    drop(registration);
    assert!(running.scrape().await.series("otelcol_exporter_queue_capacity").is_empty());
    running.stop().await;
}

#[tokio::test]
async fn of_two_gauges_with_the_same_labels_the_newest_counts() {
    let running = Running::with(DEFAULT_SWITCHES);
    let queue = |size| running.metrics.queue(&id("otlp"), Signal::Logs, move || Some(size), 10);
    let old = queue(1);
    let new = queue(2);
    let size =
        |scrape: Scrape| scrape.series("otelcol_exporter_queue_size")["data_type=logs,exporter=otlp"].clone();
    assert_eq!(size(running.scrape().await), "2");
    drop(old);
    assert_eq!(size(running.scrape().await), "2");
    drop(new);
    running.stop().await;
}

#[tokio::test]
async fn reloads_are_told() {
    let running = Running::with(DEFAULT_SWITCHES);
    let reloads = "otelcol_kubeagent_config_reloads";
    let scrape = running.scrape().await;
    assert_eq!(total(&scrape.series(reloads)), 0);
    assert!(scrape.series("otelcol_kubeagent_config_last_success_timestamp_seconds").is_empty());
    running.metrics.reloaded(Reload::Applied("abc"));
    running.metrics.reloaded(Reload::Applied("def"));
    running.metrics.reloaded(Reload::Rejected);
    running.metrics.reloaded(Reload::Failed);
    running.metrics.reloaded(Reload::Unchanged);
    let scrape = running.scrape().await;
    let expected = [("applied", "2"), ("failed", "1"), ("rejected", "1"), ("unchanged", "1")];
    assert_eq!(
        scrape.series(reloads),
        expected.map(|(result, count)| (format!("result={result}"), count.to_owned())).into()
    );
    assert_eq!(
        scrape.series("otelcol_kubeagent_config_info"),
        [("hash=def".to_owned(), "1".to_owned())].into()
    );
    let when = scrape.series("otelcol_kubeagent_config_last_success_timestamp_seconds")[""]
        .parse::<f64>()
        .expect("a number");
    let age = scrape.series("otelcol_kubeagent_config_last_success_age_seconds")[""]
        .parse::<f64>()
        .expect("a number");
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs_f64();
    assert!((now - when - age).abs() < 5., "{now} {when} {age}");
    running.stop().await;
}

#[test]
fn series_are_bounded_and_orphans_make_room() {
    let registry = Arc::new(Registry::default());
    let labels = |n: usize| attributes(&[("exporter", &format!("otlp/{n}"))]);
    let metric = table::EXPORTER_SENT.of(Signal::Logs);
    let held: Vec<_> = (0..1000).map(|n| registry.counter(metric, labels(n))).collect();
    let beyond = registry.counter(metric, labels(1000));
    let further = registry.counter(metric, labels(1001));
    beyond.add(1);
    further.add(1);
    assert_eq!(beyond.get(), 2, "both count in the overflow");
    let known = registry.counter(metric, labels(7));
    known.add(5);
    assert_eq!(held[7].get(), 5, "what is known is found at the limit too");
    drop(held);
    let fresh = registry.counter(metric, labels(1002));
    fresh.add(1);
    assert_eq!(fresh.get(), 1, "a series without an owner made room");
    assert_eq!(registry.snapshot(metric.name).len(), 1001);
    let ours = registry.snapshot(metric.name).into_iter().any(|(found, _)| found == labels(1002));
    assert!(ours);
}

#[test]
fn a_gauge_may_drop_what_is_registered_itself() {
    let registry = Arc::new(Registry::default());
    let inner = registry.watch(
        &table::EXPORTER_QUEUE_SIZE,
        attributes(&[("a", "1")]),
        Value::Gauge(Arc::new(|| Some(1))),
    );
    let slot = std::sync::Mutex::new(Some(inner));
    let outer = Value::Gauge(Arc::new(move || slot.lock().expect("not poisoned").take().map(|_| 1)));
    let outer = registry.watch(&table::EXPORTER_QUEUE_SIZE, attributes(&[("a", "2")]), outer);
    let values = registry.snapshot(table::EXPORTER_QUEUE_SIZE.name);
    let asked =
        values.iter().filter_map(|(_, value)| if let Value::Gauge(read) = value { read() } else { None });
    assert_eq!(asked.count(), 2);
    assert_eq!(registry.snapshot(table::EXPORTER_QUEUE_SIZE.name).len(), 1);
    drop(outer);
    assert!(registry.snapshot(table::EXPORTER_QUEUE_SIZE.name).is_empty());
}

/// `docs/metrics.md` has the table of this crate between its marks; with `BLESS` set it is written.
#[test]
fn the_document_lists_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let text = std::fs::read_to_string(&path).expect("the document");
    let (before, rest) = text.split_once("<!-- table -->\n").expect("a mark");
    let (_, after) = rest.split_once("<!-- end -->").expect("a second mark");
    let mut table = "| metric | kind | unit | from level | description |\n|---|---|---|---|---|\n".to_owned();
    for metric in table::all() {
        let kind = match metric.kind {
            table::Kind::Counter | table::Kind::SecondsCounter => "counter",
            table::Kind::Gauge | table::Kind::Seconds => "gauge",
            table::Kind::Histogram(_) => "histogram",
        };
        let level = format!("{:?}", metric.level).to_lowercase();
        let row =
            format!("| `{}` | {kind} | {} | {level} | {} |\n", metric.name, metric.unit, metric.description);
        table.push_str(&row);
    }
    let expected = format!("{before}<!-- table -->\n{table}<!-- end -->{after}");
    if ProcessEnvironment.get("BLESS").is_some() {
        std::fs::write(&path, &expected).expect("it can be written");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("the document"), expected);
}

#[test]
fn names_in_the_table_are_unique_and_fit_both_worlds() {
    let mut names = std::collections::BTreeSet::new();
    for metric in table::all() {
        assert!(names.insert(metric.name), "{} comes twice", metric.name);
        assert!(metric.name.starts_with("otelcol_") && metric.name.len() < 256);
        assert!(
            metric
                .name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.'))
        );
        assert!(!metric.description.is_empty() && metric.unit.len() < 64);
    }
}
