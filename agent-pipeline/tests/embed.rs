//! `examples/embed.rs` does what it says: its own processor stands between a real receiver and a real exporter.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[allow(dead_code, reason = "`main` is for who runs the example")]
#[path = "../examples/embed.rs"]
mod embed;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use agent_component::{BuildInfo, Host};
use agent_config::MapEnvironment;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

const LOGS: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}"#;

fn host() -> Arc<Host> {
    let build = BuildInfo { version: "0.0.0", commit: "none" };
    Arc::new(Host::new(build, Arc::new(MapEnvironment::new())))
}

#[tokio::test]
async fn what_is_posted_leaves_with_the_mark_of_the_processor() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out.json");
    let (host, stop) = (host(), CancellationToken::new());
    // The receiver finds the socket in the table of the host, so the kernel may choose the port.
    let socket = host.listeners.tcp("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let configuration = format!(
        "receivers: {{otlp: {{protocols: {{http: {{endpoint: '{address}'}}}}}}}}
processors: {{team: {{name: storage}}}}
exporters: {{file: {{path: '{}'}}}}
service: {{pipelines: {{logs: {{receivers: [otlp], processors: [team], exporters: [file]}}}}}}
",
        out.display()
    );
    let (ran, answer) = tokio::join!(embed::run(&configuration, &host, &stop), async {
        let answer = tokio::time::timeout(Duration::from_secs(30), post(address)).await;
        stop.cancel();
        answer
    });
    ran.unwrap();
    let answer = answer.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let written = std::fs::read_to_string(out).unwrap();
    assert!(written.contains(r#"{"key":"team","value":{"stringValue":"storage"}}"#), "{written}");
    assert!(written.contains("hello"), "{written}");
}

#[tokio::test]
async fn its_configuration_is_judged_and_a_mistake_in_another_is_told_with_its_place() {
    let text = embed::CONFIGURATION.replace("${env:TEAM:-platform}", "");
    let told = embed::run(&text, &host(), &CancellationToken::new()).await.unwrap_err().to_string();
    assert!(told.starts_with("processors::team::name: must not be empty (line 3, "), "{told}");
    let text = embed::CONFIGURATION.replace("localhost:4318", "127.0.0.1:0");
    let stopped = CancellationToken::new();
    stopped.cancel();
    embed::run(&text, &host(), &stopped).await.unwrap();
}

async fn post(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /v1/logs HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{LOGS}",
        LOGS.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
