//! HTTP/2 on the HTTP port, by prior knowledge.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::harness::{BOTH, LOGS_JSON, http_with, run, soon};

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "ends with the connection")]
async fn requests_share_a_connection_and_are_answered_as_over_http1() {
    let receiver = run(&http_with("include_metadata: true")).await;
    let (mut client, connection) =
        handshake(TokioExecutor::new(), TokioIo::new(receiver.connect().await)).await.unwrap();
    tokio::spawn(connection);
    for (path, kind, status) in [
        ("/v1/logs", "application/json", 200),
        ("/v1/logs", "text/plain", 415),
        ("/v1/log", "application/json", 404),
        ("/v1/logs?x=y", "application/json; charset=utf-8", 200),
    ] {
        let request = Request::post(format!("http://host.example{path}")).header("content-type", kind);
        let request = request.body(Full::new(Bytes::from_static(LOGS_JSON.as_bytes()))).unwrap();
        let response = soon(client.send_request(request)).await.unwrap();
        assert_eq!(response.status(), status, "{path} {kind}");
        soon(response.into_body().collect()).await.unwrap();
    }
    let got = receiver.pipeline.got.lock().unwrap();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].client.as_ref().unwrap().metadata("host").collect::<Vec<_>>(), ["host.example"]);
}

#[tokio::test]
async fn a_large_body_comes_in_many_frames() {
    let receiver = run(BOTH).await;
    let large = LOGS_JSON.replace("hello", &"x".repeat(5 << 20));
    assert_eq!(receiver.post_json("/v1/logs", &large).await.status, 200);
    let (mut client, connection) =
        handshake(TokioExecutor::new(), TokioIo::new(receiver.connect().await)).await.unwrap();
    let request = Request::post("http://h/v1/logs").header("content-type", "application/json");
    let request = request.body(Full::new(Bytes::from(large))).unwrap();
    let response = soon(async {
        tokio::select! {
            response = client.send_request(request) => response.unwrap(),
            _ = connection => panic!("the connection ended"),
        }
    })
    .await;
    assert_eq!(response.status(), 200);
}
