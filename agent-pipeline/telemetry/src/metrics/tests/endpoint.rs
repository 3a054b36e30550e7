//! The Prometheus endpoint: names and labels under the switches, and bad clients.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::scrape::ask;
use super::*;

#[tokio::test]
async fn with_the_default_switches_names_are_as_the_collectors_dashboards_know_them() {
    let running = Running::with(DEFAULT_SWITCHES);
    running.metrics.batch(&id("batch")).size.record(60);
    running.metrics.batch(&id("batch")).bytes.record(60);
    let scrape = running.scrape().await;
    let process = ["otelcol_process_uptime", "otelcol_process_cpu_seconds", "otelcol_process_memory_rss"];
    for name in process {
        let labels = format!(
            "{name}{{service_instance_id=\"{}\",service_name=\"kubeagent\",service_version=\"{}\"}}",
            running.metrics.0.identity.attributes(&telemetry(DEFAULT_SWITCHES), "x")[0].value,
            env!("CARGO_PKG_VERSION")
        );
        assert!(
            scrape.value(&labels).is_some_and(|value| value != "0"),
            "{labels}: {:?}",
            scrape.samples.keys()
        );
    }
    assert_eq!(scrape.kinds["otelcol_process_uptime"], "counter");
    assert_eq!(scrape.kinds["otelcol_process_memory_rss"], "gauge");
    assert_eq!(scrape.kinds["target_info"], "gauge");
    assert_eq!(scrape.series("target_info"), [(String::new(), "1".to_owned())].into());
    let size = "otelcol_processor_batch_batch_send_size";
    assert_eq!(scrape.kinds[size], "histogram");
    let buckets = scrape.series(&format!("{size}_bucket"));
    assert_eq!(buckets["le=50,processor=batch"], "0");
    assert_eq!(buckets["le=75,processor=batch"], "1");
    assert_eq!(buckets["le=100000,processor=batch"], "1");
    assert_eq!(buckets["le=+Inf,processor=batch"], "1");
    assert_eq!(buckets.len(), 23);
    assert_eq!(scrape.series(&format!("{size}_sum"))["processor=batch"], "60");
    assert_eq!(scrape.series(&format!("{size}_count"))["processor=batch"], "1");
    assert!(!scrape.kinds.contains_key(&format!("{size}_bytes")), "that is for level detailed");
    running.stop().await;
}

#[tokio::test]
async fn without_switches_names_have_suffixes_and_labels_of_the_scope() {
    let running = Running::with(
        "{resource: {service.name: 'my \"agent\"', team: 7, service.version: null},
          metrics: {level: detailed, readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}}]}}",
    );
    running.metrics.receiver(&id("otlp"), "http", Signal::Logs).accepted.add(3);
    running.metrics.batch(&id("batch")).bytes.record(6000);
    let scrape = running.scrape().await;
    for name in [
        "otelcol_process_uptime_seconds_total",
        "otelcol_process_cpu_seconds_total",
        "otelcol_process_memory_rss_bytes",
        "otelcol_process_runtime_heap_alloc_bytes",
        "otelcol_processor_batch_batch_send_size_bytes",
    ] {
        assert!(scrape.kinds.contains_key(name), "{name}: {:?}", scrape.kinds.keys());
    }
    let series = "otelcol_receiver_accepted_log_records_total{otel_scope_name=\"kubeagent\",otel_scope_version=\"0.1.0\",receiver=\"otlp\",transport=\"http\"}";
    assert_eq!(scrape.value(series), Some("3"), "{:?}", scrape.samples.keys());
    let target = scrape.labels.iter().find(|(key, _)| key.starts_with("target_info")).expect("it is there").1;
    assert_eq!(target["service_name"], "my \"agent\"");
    assert_eq!(target["team"], "7");
    assert!(!target.contains_key("service_version"), "a null removes it");
    running.stop().await;
}

#[tokio::test]
async fn labels_of_the_resource_are_chosen() {
    let reader = |selection: &str| {
        format!(
            "{{metrics: {{readers: [{{pull: {{exporter: {{prometheus: {{host: 127.0.0.1, port: 0,
               with_resource_constant_labels: {selection}}}}}}}}}]}}}}"
        )
    };
    let running = Running::new();
    for (selection, expected) in [
        (
            "{included: ['service.*'], excluded: [service.instance.id]}",
            vec!["service_name", "service_version"],
        ),
        ("{included: [service.name]}", vec!["service_name"]),
        ("{excluded: ['*']}", vec![]),
    ] {
        running.configure(&reader(selection)).expect("it can be made");
        // The reader is replaced on the same socket; both answer until the old one has ended.
        let labels = async || {
            let scrape = running.scrape().await;
            let series = scrape.labels.iter().find(|(key, _)| key.starts_with("otelcol_process_uptime"));
            let labels = series.expect("it is there").1.keys();
            labels.filter(|label| label.starts_with("service_")).cloned().collect::<Vec<_>>()
        };
        let wait = async {
            while labels().await != expected {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the new labels are served");
    }
    running.stop().await;
}

#[tokio::test]
async fn labels_come_once_and_escaped_whatever_the_resource_is_called() {
    let resource = r#"{metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0,
        with_resource_constant_labels: {}}}}}]},
        resource: {receiver: clash, a.b: one, a-b: two, text: "back\\slash \"quote\" new\nline"}}"#;
    let running = Running::with(resource);
    running.metrics.receiver(&id("otlp"), "grpc", Signal::Logs).accepted.add(1);
    let scrape = running.scrape().await;
    let accepted = |(key, _): &(&String, _)| key.starts_with("otelcol_receiver_accepted_log_records_total");
    let labels = scrape.labels.iter().find(accepted).expect("it is there").1;
    assert_eq!(labels["receiver"], "otlp", "the series' own label wins");
    assert_eq!(labels["a_b"].split(';').count(), 2, "two keys of one name share it");
    assert_eq!(labels["text"], "back\\slash \"quote\" new\nline");
    running.stop().await;
}

#[tokio::test]
async fn nothing_but_metrics_is_served() {
    let running = Running::with(DEFAULT_SWITCHES);
    let address = running.address();
    let status =
        async |request: &str| ask(address, request).await.lines().next().unwrap_or_default().to_owned();
    assert_eq!(status("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await, "HTTP/1.1 404 Not Found");
    assert_eq!(status("POST /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await, "HTTP/1.1 405 Method Not Allowed");
    let head = ask(address, "HEAD /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK") && head.ends_with("\r\n\r\n"), "{head}");
    let long = format!("GET /metrics HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024));
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, long.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains(" 200 "));
    running.stop().await;
}

#[tokio::test]
async fn clients_that_say_nothing_do_not_keep_it_from_ending() {
    let running = Running::with(DEFAULT_SWITCHES);
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(running.address()).await.expect("a connection"));
    }
    running.stop().await;
}

#[tokio::test]
async fn a_scrape_in_between_waits_no_longer_than_silent_clients_may_stay() {
    let running = Running::with(DEFAULT_SWITCHES);
    let mut silent = Vec::new();
    for _ in 0..15 {
        silent.push(TcpStream::connect(running.address()).await.expect("a connection"));
    }
    let scrape = tokio::time::timeout(Duration::from_secs(5), running.scrape()).await;
    assert!(scrape.expect("one place is left").kinds.len() > 3);
    running.stop().await;
}
