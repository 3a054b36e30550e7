//! Readers over reloads: ports move, sockets stay, and a reader that cannot be made changes nothing.

use std::net::TcpListener;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::scrape::total;
use super::*;

fn pull(host: &str, port: u16) -> String {
    format!("{{pull: {{exporter: {{prometheus: {{host: '{host}', port: {port}}}}}}}}}")
}

fn readers(list: &[String]) -> String {
    format!("{{metrics: {{readers: [{}]}}}}", list.join(", "))
}

/// Whether a scrape of this port is answered; a port that is closed fails the test.
async fn answers(port: u16) -> bool {
    let mut stream = match TcpStream::connect(("127.0.0.1", port)).await {
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return false,
        stream => stream.expect("the port is open"),
    };
    let mut answer = String::new();
    let asked = stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n").await;
    asked.is_ok() && stream.read_to_string(&mut answer).await.is_ok() && answer.contains("target_info")
}

/// Waits until nobody listens at `address`.
async fn closed(address: SocketAddr) {
    let wait = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the port is closed");
}

#[tokio::test]
async fn an_unchanged_reader_keeps_its_socket_and_its_port() {
    let running = Running::with(DEFAULT_SWITCHES);
    let before = running.address();
    let waiting = TcpStream::connect(before).await.expect("a connection");
    running.configure(DEFAULT_SWITCHES).expect("it can be made");
    assert_eq!(running.address(), before);
    let other_switches = DEFAULT_SWITCHES.replace("without_units: true", "without_units: false");
    running.configure(&other_switches).expect("it can be made");
    assert_eq!(running.address(), before, "switches do not move the port");
    let wait = async {
        while !running.scrape().await.kinds.contains_key("otelcol_process_memory_rss_bytes") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the new switches are served");
    drop(waiting);
    running.stop().await;
}

#[tokio::test]
async fn the_port_moves_and_the_counts_stay() {
    let running = Running::with(&readers(&[pull("127.0.0.1", 0)]));
    let first = running.address();
    let counts = running.metrics.receiver(&id("otlp"), "grpc", Signal::Traces);
    counts.accepted.add(5);
    let name = "otelcol_receiver_accepted_spans_total";
    assert_eq!(total(&running.scrape().await.series(name)), 5);
    running.configure(&readers(&[pull("localhost", 0)])).expect("it can be made");
    let second = running.address();
    assert_ne!(first, second);
    counts.accepted.add(1);
    assert_eq!(total(&running.scrape().await.series(name)), 6);
    closed(first).await;
    running.stop().await;
    closed(second).await;
}

#[tokio::test]
async fn the_same_port_can_be_opened_to_every_interface_and_back() {
    let running = Running::with(&readers(&[pull("127.0.0.1", 0)]));
    let port = running.address().port();
    for host in ["127.0.0.1", "0.0.0.0", "localhost", "0.0.0.0", "127.0.0.1"] {
        running.configure(&readers(&[pull(host, port)])).expect("the port is ours");
        assert_eq!(running.address().port(), port);
        // While both sockets are there a connection may end with the old one; a refused one would fail the test.
        let wait = async {
            while !answers(port).await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the port answers");
        let strangers = TcpListener::bind(("0.0.0.0", port));
        assert!(strangers.is_err(), "the port is not shared with others");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_its_place_and_nothing_changes() {
    let running = Running::with(&readers(&[pull("127.0.0.1", 0)]));
    let before = running.address();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let both = readers(&[pull("localhost", 0), pull("127.0.0.1", port)]);
    let error = running.configure(&both).expect_err("it is taken");
    assert_eq!(
        error.to_string(),
        format!(
            "service::telemetry::metrics::readers[1]::pull::exporter::prometheus: cannot listen on 127.0.0.1:{port}; \
             choose another address, or level `none` for no metrics"
        )
    );
    let by_name = readers(&[pull("localhost", port)]);
    running.configure(&by_name).expect_err("nor is it evaded through the other family");
    assert_eq!(running.metrics.endpoints(), [before]);
    assert!(running.scrape().await.kinds.contains_key("target_info"));
    drop(taken);
    running.configure(&both).expect("now it is free");
    assert_eq!(running.metrics.endpoints().len(), 2);
    running.stop().await;
}

#[tokio::test]
async fn a_change_that_is_not_applied_gives_its_port_back() {
    let running = Running::with(&readers(&[pull("127.0.0.1", 0)]));
    let before = running.address();
    let change =
        running.metrics.configure(&telemetry(&readers(&[pull("localhost", 0)]))).expect("it can be made");
    drop(change);
    assert_eq!(running.metrics.endpoints(), [before]);
    assert!(running.scrape().await.kinds.contains_key("target_info"));
    running.stop().await;
}

#[tokio::test]
async fn level_none_closes_everything_and_the_counts_come_back_with_the_level() {
    let running = Running::with(&readers(&[pull("127.0.0.1", 0)]));
    let first = running.address();
    running.metrics.processor(&id("filter"), Signal::Logs).incoming.add(9);
    running.configure("{metrics: {level: none}}").expect("nothing to be made");
    assert!(running.metrics.endpoints().is_empty());
    closed(first).await;
    running.configure(&readers(&[pull("127.0.0.1", 0)])).expect("it can be made");
    let counts = running.scrape().await.series("otelcol_processor_incoming_items_total");
    assert_eq!(total(&counts), 9);
    running.stop().await;
}

#[test]
fn without_readers_there_is_the_collectors_one() {
    let readers = telemetry("{}").metrics.readers_or_default();
    let prometheus = readers[0].pull.as_ref().expect("a pull reader").exporter.prometheus.clone();
    let prometheus = prometheus.expect("prometheus");
    assert_eq!((prometheus.host.as_str(), prometheus.port, readers.len()), ("localhost", 8888, 1));
    assert!(prometheus.without_scope_info && prometheus.without_units && prometheus.without_type_suffix);
    assert!(prometheus.with_resource_constant_labels.is_some());
}
