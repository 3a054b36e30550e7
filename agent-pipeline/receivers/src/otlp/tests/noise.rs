//! Whatever is sent to the ports, the next client is served.

use agent_otlp::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::harness::{BOTH, LOGS_JSON, run, soon};

/// Bytes without a pattern, the same in each run.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| random.u8(..)).take(len).collect()
}

#[tokio::test]
async fn noise_ends_its_connection_and_nothing_else() {
    let receiver = run(BOTH).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let headers = b"POST /v1/logs HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100\r\n\r\n";
    let starts: [&[u8]; 4] = [b"", preface, headers, b"POST /v1/logs HTTP/1.1\r\n"];
    for address in [receiver.grpc.unwrap(), receiver.http.unwrap()] {
        for (seed, start) in (0..40).zip(starts.into_iter().cycle()) {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let sent = [start, &noise(seed, 3000)].concat();
            // The far end may have hung up already.
            let _ = stream.write_all(&sent).await;
            let _ = stream.shutdown().await;
            let mut rest = Vec::new();
            let _ = soon(stream.read_to_end(&mut rest)).await;
        }
    }
    assert_eq!(soon(receiver.post_json("/v1/logs", LOGS_JSON)).await.status, 200);
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 1)]);
    receiver.life.stop.cancel();
    soon(receiver.ended()).await;
}
