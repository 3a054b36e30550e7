//! Pipelines come and go under open connections.

use std::sync::Arc;

use agent_component::{Consumer, Outputs};
use agent_otlp::Signal;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use tonic::transport::Channel;

use super::harness::{BOTH, LOGS_JSON, Pipeline, Running, context, logs, run_in, soon};

/// One open connection to each port.
struct Clients {
    grpc: LogsServiceClient<Channel>,
    http: SendRequest<Full<Bytes>>,
}

impl Clients {
    #[expect(clippy::disallowed_methods, reason = "ends with the connection")]
    async fn of(receiver: &Running) -> Self {
        let (http, connection) = handshake(TokioIo::new(receiver.connect().await)).await.unwrap();
        tokio::spawn(connection);
        let grpc = LogsServiceClient::connect(format!("http://{}", receiver.grpc.unwrap())).await.unwrap();
        Self { grpc, http }
    }

    /// What a request over each gets: the gRPC code and the HTTP status.
    async fn ask(&mut self) -> (tonic::Code, u16) {
        let code = self.grpc.export(logs(1)).await.map_or_else(|status| status.code(), |_| tonic::Code::Ok);
        let request =
            Request::post("/v1/logs").header("host", "h").header("content-type", "application/json");
        let request = request.body(Full::new(Bytes::from_static(LOGS_JSON.as_bytes()))).unwrap();
        let response = self.http.send_request(request).await.unwrap();
        let status = response.status().as_u16();
        // Read to its end, so that the connection can be used again.
        http_body_util::BodyExt::collect(response.into_body()).await.unwrap();
        (code, status)
    }
}

#[tokio::test]
async fn open_connections_see_every_change() {
    let outputs = Outputs::default();
    let receiver = run_in(&context(), BOTH, Pipeline::new(), outputs.clone()).await;
    let mut clients = Clients::of(&receiver).await;
    let mut ask = async || soon(clients.ask()).await;
    let switch = |to: Option<Arc<dyn Consumer>>| drop(outputs.edge(Signal::Logs).switch(to));
    let (first, second) = (Pipeline::new(), Pipeline::new());
    assert_eq!(ask().await, (tonic::Code::Unimplemented, 404));
    switch(Some(first.clone()));
    assert_eq!(ask().await, (tonic::Code::Ok, 200));
    switch(Some(second.clone()));
    assert_eq!(ask().await, (tonic::Code::Ok, 200));
    switch(None);
    assert_eq!(ask().await, (tonic::Code::Unimplemented, 404));
    assert_eq!((first.items().len(), second.items().len()), (2, 2));
}
