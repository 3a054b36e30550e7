//! Clients that want to hurt: each is stopped at a limit, and the next client is served.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::harness::{BOTH, LOGS_JSON, Running, run, soon};
use super::http2;

/// `ENHANCE_YOUR_CALM` and `REFUSED_STREAM` (RFC 9113, 7).
const CALM: u32 = 11;
const REFUSED: u32 = 7;

async fn is_well(receiver: &Running) -> bool {
    soon(receiver.post_json("/v1/logs", LOGS_JSON)).await.status == 200
}

async fn http2(address: Option<std::net::SocketAddr>) -> TcpStream {
    let mut stream = TcpStream::connect(address.unwrap()).await.unwrap();
    stream.write_all(http2::START).await.unwrap();
    stream
}

#[tokio::test]
async fn http1_heads_have_a_size_and_a_count() {
    let receiver = run(BOTH).await;
    let long = format!("X-Long: {}", "x".repeat(500 << 10));
    let many = vec!["X-One-Of-Many: 1"; 120].join("\r\n");
    for headers in [long, many] {
        let reply = soon(receiver.post("/v1/logs", &headers, b"")).await;
        assert_eq!(reply.status, 431);
    }
    assert!(is_well(&receiver).await);
}

#[tokio::test]
async fn http2_headers_have_a_size() {
    let receiver = run(BOTH).await;
    for address in [receiver.grpc, receiver.http] {
        let stream = TcpStream::connect(address.unwrap()).await.unwrap();
        let io = hyper_util::rt::TokioIo::new(stream);
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(hyper_util::rt::TokioExecutor::new(), io).await.unwrap();
        let value = "x".repeat(1 << 10);
        let headers = (0..70).map(|n| (format!("x-{n}"), value.clone()));
        let request = headers.fold(http::Request::post("http://h/v1/logs"), |request, (name, value)| {
            request.header(name, value)
        });
        let request = request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
        let answered = async {
            tokio::select! {
                answer = client.send_request(request) => answer.unwrap().status(),
                _ = connection => panic!("the connection ended"),
            }
        };
        assert_eq!(soon(answered).await, 431);
    }
    assert!(is_well(&receiver).await);
}

#[tokio::test]
async fn an_http2_connection_has_two_hundred_requests_open_at_most() {
    let receiver = run(BOTH).await;
    for address in [receiver.grpc, receiver.http] {
        let mut stream = http2(address).await;
        let kind = if address == receiver.grpc { "application/grpc" } else { "application/json" };
        let heads: Vec<u8> = (0..201).flat_map(|n| http2::head(2 * n + 1, "/v1/logs", kind)).collect();
        stream.write_all(&heads).await.unwrap();
        let refused = http2::read_until(&mut stream, |frame| {
            frame.kind == http2::RST_STREAM && frame.code() == REFUSED
        });
        assert_eq!(soon(refused).await.stream, 401);
    }
    assert!(is_well(&receiver).await);
}

#[tokio::test]
async fn who_resets_what_it_opens_again_and_again_is_disconnected() {
    let receiver = run(BOTH).await;
    for address in [receiver.grpc, receiver.http] {
        let mut stream = http2(address).await;
        let cancel = 8_u32.to_be_bytes();
        let rapid: Vec<u8> = (0..2000)
            .flat_map(|n| {
                let id = 2 * n + 1;
                [
                    http2::head(id, "/v1/logs", "application/grpc"),
                    http2::frame(http2::RST_STREAM, 0, id, &cancel),
                ]
                .concat()
            })
            .collect();
        // It may be cut off before all is out.
        let _ = stream.write_all(&rapid).await;
        let end = soon(http2::read_until(&mut stream, |frame| frame.kind == http2::GOAWAY)).await;
        assert_eq!(end.code(), CALM);
    }
    assert!(is_well(&receiver).await);
}

#[tokio::test]
async fn who_makes_us_reset_what_it_opens_is_disconnected_too() {
    const WINDOW_UPDATE: u8 = 8;
    let receiver = run(BOTH).await;
    for address in [receiver.grpc, receiver.http] {
        let mut stream = http2(address).await;
        let wrong: Vec<u8> = (0..1200)
            .flat_map(|n| {
                let id = 2 * n + 1;
                // More than a window may ever have.
                let too_much = http2::frame(WINDOW_UPDATE, 0, id, &(u32::MAX >> 1).to_be_bytes());
                [http2::head(id, "/v1/logs", "application/grpc"), too_much].concat()
            })
            .collect();
        let _ = stream.write_all(&wrong).await;
        let end = soon(http2::read_until(&mut stream, |frame| frame.kind == http2::GOAWAY)).await;
        assert_eq!(end.code(), CALM);
    }
    assert!(is_well(&receiver).await);
}

#[tokio::test]
async fn headers_without_an_end_are_not_collected() {
    const CONTINUATION: u8 = 9;
    let receiver = run(BOTH).await;
    for address in [receiver.grpc, receiver.http] {
        let mut stream = http2(address).await;
        let endless = [
            http2::frame(http2::HEADERS, 0, 1, &[0x82]),
            http2::frame(CONTINUATION, 0, 1, &[0; 1000]).repeat(20_000),
        ];
        let _ = stream.write_all(&endless.concat()).await;
        let end = soon(http2::read_until(&mut stream, |frame| frame.kind == http2::GOAWAY)).await;
        assert_ne!(end.code(), 0);
    }
    assert!(is_well(&receiver).await);
}
